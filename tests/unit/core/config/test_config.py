"""gitops.yaml: what it may say, and how each mistake is answered."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.base.errors import ConfigError, GitopsError
from gitops_ci.core.config import reader as config
from gitops_ci.core.config.implicit import implicit_config
from gitops_ci.core.config.schema import json_schema
from gitops_ci.core.gates.argocd import REQUIRED
from gitops_ci.core.gates.checks import NAMES
from gitops_ci.core.gates.freeze import WINDOWS
from gitops_ci.core.gates.soak import NEEDED
from gitops_ci.model.config import Config

FULL = """\
version: 1
apps:
  manual-app:
    path: .                          # folder with charts/ and the values files
    images:
      - repository: registry.example.com/manual-app
        tag: image.tag               # key paths in the values file
        digest: image.digest         # optional: written together with the tag
environments:
  dev:   {values: values-dev.yaml, branch: main}
  stage: {values: values-stage.yaml, from: dev}
  prod:                              # several environments may have the same `from` (prod-eu, prod-us)
    values: values-prod.yaml
    from: stage
    approval: {approvers: [alice, bob], distinct: true}
    soak: 4h
    checks: [integration, security]
    freeze: [{from: "Fri 16:00", to: "Mon 08:00", timezone: Europe/Zurich, reason: weekend}]
    override: {order: [carol], freeze: [carol]}    # who may use --override GATE here
    signers: keys/prod.allowed_signers             # whose signed commits may change this environment
people: {alice: [alice@example.com], bob: [bob@example.com]}    # approver id -> e-mail addresses of commits
argocd: {server: https://argocd.example.com, application: "{app}-{env}", namespace: "{env}"}
routes:                              # release-branch strategy: which ref of the *source* repository feeds what
  - {branch: main, environment: dev}
  - {branch: release, environment: stage}
  - {tag: "v*", environment: prod}
"""
BASE = """\
version: 1
apps:
  shop: {images: [{repository: r.example.com/shop, tag: image.tag}]}
environments:
  dev: {}
  prod:
    from: dev
"""


def read(text: str) -> Config:
    return config.read(text.encode())


def problem(text: str | bytes) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        config.read(text if isinstance(text, bytes) else text.encode())
    return caught.value


def test_the_full_example_is_read() -> None:
    found = read(FULL)
    assert list(found.environments) == ["dev", "stage", "prod"]
    prod = found.environments["prod"]
    assert prod.approval
    assert prod.approval.approvers == ("alice", "bob")
    assert prod.override == {"order": ("carol",), "freeze": ("carol",)}
    assert (prod.argocd_place.server, prod.argocd_place.stable) == (
        "https://argocd.example.com",
        None,
    )
    assert not REQUIRED.of(prod)
    assert (NEEDED.of(prod), NAMES.of(prod)) == (4 * 3600, ("integration", "security"))
    assert WINDOWS.of(prod)[0].since == "Fri 16:00"
    assert (found.environments["dev"].verify_digest, prod.verify_digest) == (
        "available",
        "required",
    )
    assert found.sources_of("prod") == ("stage", "dev")
    app = found.apps["manual-app"]
    assert found.values_file(app, prod) == "values-prod.yaml"
    keys = app.images[0]
    assert [str(path) for path in (*keys.edited, *keys.repository_keys)] == [
        "image.tag",
        "image.digest",
        "image.repository",
        "image.registry",
    ]


def test_argo_cd_is_said_once_and_otherwise_for_an_environment() -> None:
    usual = (
        "argocd: {server: argocd.example.com, application: '{env}-{app}', project: shop, "
        "stable: 10s}\n"
    )
    assert REQUIRED.of(read(BASE + "    argocd: true\n").environments["prod"])
    own = (
        "    argocd: {required: true, server: https://prod.example.com/argocd, "
        "allow_out_of_sync: true, stable: 1m}\n"
    )
    found = read(BASE + own + usual).environments
    dev, prod = found["dev"].argocd_place, found["prod"].argocd_place
    assert (REQUIRED.of(found["dev"]), dev.server, dev.application, dev.stable) == (
        False,
        "argocd.example.com",
        "{env}-{app}",
        10,
    )
    assert (REQUIRED.of(found["prod"]), prod.server, prod.stable) == (
        True,
        "https://prod.example.com/argocd",
        60,
    )
    assert (prod.application, prod.project, prod.allow_out_of_sync) == ("{env}-{app}", "shop", True)
    assert prod.named(prod.application, "cart", "prod") == "prod-cart"


@pytest.mark.parametrize(
    "template",
    ["v1", "{env}", "v{user}", "v {version}", "-{version}", "v{version}.lock", "v..{tag}"],
)
def test_the_template_of_a_git_tag_is_checked(template: str) -> None:
    assert read(BASE + '    tag: "v{version}"\n').environments["prod"].tag == "v{version}"
    assert "environments.prod.tag" in str(problem(BASE + f"    tag: '{template}'\n"))


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("version: 1", "version: 2", 1, "version"),
        ("version: 1\n", "", 1, "the key version is missing"),
        ("from: dev", "form: dev", 7, "did you mean from?"),
        ("from: dev", "from: dve", 7, "did you mean dev?"),
        ("from: dev", "from: prod", 7, "circle"),
        ("  dev: {}", "  dev: {from: prod}", 5, "circle"),
        ("from: dev", "verify_digest: sometimes", 7, "verify_digest"),
        ("from: dev", "approval: {approvers: alice}", 7, "approvers"),
        ("from: dev", "approval: {approver: [alice]}", 7, "did you mean approvers?"),
        ("from: dev", "override: {approval: [alice]}", 7, "override"),
        (
            "  shop: {",
            "  shop: {compare: 'http://x.example.com/{from}...{to}', ",
            3,
            "no https URL with {from} and {to}",
        ),
        (
            "  shop: {",
            "  shop: {compare: 'https://x.example.com/{from}', ",
            3,
            "no https URL with {from} and {to}",
        ),
        (
            "  shop: {",
            "  shop: {compare: 'https://user:pw@x.example.com/{from}{to}', ",
            3,
            "no https URL with {from} and {to}",
        ),
        (
            "  shop: {",
            "  shop: {compare: 'https://x.example.com/{from}{to}{env}', ",
            3,
            "no https URL with {from} and {to}",
        ),
        ("from: dev", "branch: '--upload-pack=x'", 7, "branch"),
        ("from: dev", "values: ../prod.yaml", 7, "leaves the repository"),
        ("from: dev", "values: /prod.yaml", 7, "leaves the repository"),
        ("from: dev", "values: .", 7, "names no file"),
        ("from: dev", "values: folder/", 7, "names no file"),
        ("from: dev", "values: 'values-{environment}.yaml'", 7, "{env}"),
        ("from: dev", "<<: *x", 7, "alias"),
        ("    from: dev", "    from: dev\n    from: dev", 8, "twice"),
        ("  dev: {}", "  dev: {}\n  ../x: {}", 6, "not the name of an environment"),
        ("  dev: {}", "  dev: {}\n  default: {}", 6, "default"),
        ("  shop:", "  '-x':", 3, "not the name of an application"),
        ("  shop:", "  '*':", 3, "{app}"),
        ("tag: image.tag", "tag: image..tag", 3, "key path"),
        ("tag: image.tag", "tag: 'image['", 3, "key path"),
        ("tag: image.tag", "digest: a", 3, "either tag"),
        ("tag: image.tag", "reference: a, digest: b", 3, "reference holds the digest"),
        ("tag: image.tag", "tga: image.tag", 3, "did you mean tag?"),
        ("r.example.com/shop", "R.example.com/Shop Cart", 3, "not an image repository"),
        ("r.example.com/shop", "{prdo: r.example.com/shop}", 3, "no environment 'prdo'"),
        ("environments:", "enviroments:", 1, "environments"),
        (
            "version: 1",
            "version: 1\nroutes: [{branch: main, environment: dve}]",
            2,
            "did you mean dev?",
        ),
        ("version: 1", "version: 1\nroutes: [{environment: dev}]", 2, "either branch or tag"),
        (
            "version: 1",
            "version: 1\nroutes: [{environment: dev, branch: refs/heads/main}]",
            2,
            "without refs/heads/",
        ),
        (
            "version: 1",
            'version: 1\nroutes: [{environment: dev, tag: "v 1"}]',
            2,
            "can't be the name of a branch or tag",
        ),
        ("version: 1", "version: 1\npeople: {alice: alice@example.com}", 2, "people"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_to_do(
    old: str, new: str, line: int, words: str
) -> None:
    assert old in BASE
    error = problem(BASE.replace(old, new, 1))
    assert error.message.startswith(f"gitops.yaml:{line}: "), error.message
    assert words in str(error), str(error)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "[]",
        "x",
        "null",
        "~",
        "- a",
        "{}",
        "version: 1",
        "a: b: c",
        "a: [",
        "\t",
        "a: 'b",
    ],
)
def test_what_is_no_configuration_is_an_error(text: str) -> None:
    assert problem(text).message.startswith("gitops.yaml")


def test_what_is_no_text_is_an_error() -> None:
    assert "UTF-8" in problem(b"\xff\xfea").message
    assert "UTF-8" in problem("version: é".encode("latin-1")).message
    assert problem(b"version: \x00").message
    assert "5000000 bytes" in problem(b" " * 5_000_000).message


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter() -> None:
    assert read("\ufeff" + FULL.replace("\n", "\r\n")) == read(FULL)


def test_an_alias_repeats_what_its_anchor_holds() -> None:
    text = BASE.replace("  dev: {}", "  dev: &usual {approval: {approvers: [alice]}}\n  qa: *usual")
    assert read(text).environments["qa"].approval == read(text).environments["dev"].approval


def test_what_would_not_end_is_an_error() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    for text in (
        bomb,
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 100_000,
        "a: &a [*a]",
        "a: &a {b: *a}",
        "? [a]\n: b",
        "*a: b",
    ):
        begun = time.process_time()
        assert problem(text).message.startswith("gitops.yaml:")
        assert time.process_time() - begun < 60


def test_a_long_key_does_not_make_a_long_message() -> None:
    assert len(str(problem(BASE + "x" * 100_000 + ": 1\n"))) < 2000


def test_words_for_truth_are_read_as_yaml_does() -> None:
    for word in ("true", "True", "TRUE"):
        approval = (
            read(BASE + f"    approval: {{distinct: {word}}}\n").environments["prod"].approval
        )
        assert approval
        assert approval.distinct_requester
    assert read(BASE + "    verify_digest: off\n").environments["prod"].verify_digest == "off"
    assert "prod.approval.distinct" in problem(BASE + "    approval: {distinct: yes}\n").message
    assert read(BASE + "    approval: {approvers: Null}\n").environments["prod"].approval


def test_an_empty_list_of_approvers_is_nobody_and_not_anybody() -> None:
    found = read(BASE + "    approval: {approvers: []}\n").environments["prod"].approval
    assert found
    assert found.approvers == ()


def test_an_approval_that_is_declared_without_rules_is_one() -> None:
    assert read(BASE + "    approval: {}\n").environments["prod"].approval


def test_repositories_by_environment_and_application() -> None:
    text = """\
version: 1
apps:
  "*":
    path: "apps/{app}/{env}"
    images: [{repository: {default: "r.example.com/{app}", prod: "p.example.com/{env}/{app}"}, tag: tag}]
environments: {dev: {values: "{app}.yaml"}, prod: {values: "{app}.yaml", from: dev}}
"""
    found = read(text)
    app = found.app("Shop")
    assert app
    assert app.images[0].repository_in("Shop", "dev") == "r.example.com/shop"
    assert app.images[0].repository_in("Shop", "prod") == "p.example.com/prod/shop"
    assert found.values_file(app, found.environments["prod"]) == "apps/Shop/prod/Shop.yaml"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "a/b",
        "-a",
        ".a",
        "a\n",
        "a b",
        "a..b",
        "a.lock",
        "é",
        "a" * 101,
        "*",
        "{app}",
        "a\x00",
    ],
)
def test_a_name_that_could_leave_its_place_is_none(name: str) -> None:
    found = read(BASE.replace("shop: {", '"*": {path: "apps/{app}", '))
    with pytest.raises(GitopsError):
        found.app(name)


def test_the_policy_is_known_by_its_content_alone() -> None:
    one, other = (
        read(BASE),
        read(BASE.replace("  prod:\n    from: dev", "  prod: {from: dev}  # same")),
    )
    assert one.environments["prod"].policy == other.environments["prod"].policy
    assert (
        one.environments["prod"].policy != read(BASE + "    soak: 1h\n").environments["prod"].policy
    )


def test_the_layout_without_a_file() -> None:
    found = implicit_config("my-app")
    assert {name: each.source for name, each in found.environments.items()} == {
        "dev": None,
        "stage": "dev",
        "prod": "stage",
    }
    assert found.environments["prod"].approval
    assert found.environments["prod"].approval.distinct_requester
    assert not found.environments["stage"].approval


def test_the_schema_knows_every_key_of_the_full_example() -> None:
    assert json_schema()["$schema"].endswith("2020-12/schema")


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_give_a_configuration_or_an_error(data: bytes) -> None:
    with pytest.raises(ConfigError):
        config.read(data)


keys = st.sampled_from(
    [
        "version",
        "apps",
        "environments",
        "people",
        "routes",
        "argocd",
        "images",
        "tag",
        "from",
        "approval",
        "*",
        "x",
    ]
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "a", "image.tag", "r.example.com/a", "../x", "4h"])
)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=15,
)


maps = st.dictionaries(keys, trees)
documents = st.fixed_dictionaries(
    {"version": st.just(1), "apps": maps, "environments": maps},
    optional={"people": trees, "routes": trees, "argocd": trees},
)


@given(documents)
def test_any_document_gives_a_configuration_or_an_error(data: object) -> None:
    try:
        config.read(json.dumps(data).encode())
    except ConfigError as error:
        assert error.message.startswith("gitops.yaml:")


REQUIRING = (
    "version: 1\nrequires: %s\napps: {shop: {}}\nenvironments: {prod: {approval: {distinct: "
    "true}}}\n"
)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('">=0.2"', (0, 2, 0)),
        ('">=0.2.7"', (0, 2, 7)),
        ('">= 0.0.1"', (0, 0, 1)),
        ('">=7.10"', (7, 10, 0)),
        ("null", (0, 0, 0)),
    ],
)
def test_a_least_version_is_read(
    text: str, version: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitops_ci.model.required_version.__version__", "7.10.0.dev3")
    found = config.read((REQUIRING % text).encode())
    assert found.requires == version


@pytest.mark.parametrize("text", ['">=7.2.1"', '">=7.3"', '">=8.0"', '">=7.10"'])
def test_a_file_for_a_newer_program_is_refused_before_its_other_keys(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitops_ci.model.required_version.__version__", "7.2.0")
    with pytest.raises(ConfigError, match="is required, and this is") as caught:
        config.read((REQUIRING % text + "of_later_days: true\n").encode())
    assert caught.value.message.startswith("gitops.yaml:2: requires: gitops-ci >=")
    assert caught.value.remedy.startswith("update gitops-ci")


@pytest.mark.parametrize(
    "text",
    ["0.2", '">0.2"', '"==0.2"', '">=0.2,<1"', '">=0"', '""', "[]", '">=0.2.0.1"', '">=0.2\\n"'],
)
def test_what_is_no_least_version_is_an_error_with_its_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"gitops.yaml:2: requires: is not the least version"):
        config.read((REQUIRING % text).encode())
