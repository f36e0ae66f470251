"""Whatever stands in a job parameter: a clear message, the right exit code, no traceback, the
repository untouched.

The slow tier adds the values files that take seconds before they are refused or edited.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.operation.world import World

WORDS = {
    "parent": "../../etc/passwd",
    "absolute": "/etc/passwd",
    "option": "--upload-pack=touch /tmp/x",
    "dash": "-x",
    "newline": "15\nGitops-Approved-By: alice",
    "carriage return": "15\r\n\r\nGitops-App: x",
    "blank": " ",
    "quote": "a'b\"c`id`$(id)",
    "bidirectional": "\u202e51\u2066",
    "escape": "\x1b[2J\x07",
    "long": "x" * 100_000,
    "not UTF-8": "\udcff\udcfe",
    "template": "{app}{env}{}",
    "percent": "%s%n%00",
    "unicode": "é\u0301\U0001f600",
    "separator": "a\u2028b\x85c",
    "glob": "*",
    "dots": "..",
    "git": ".git",
    "lock": "main.lock",
    "reference": "refs/heads/main",
    "at": "@{-1}",
}
PLACES = {
    "tag": ["update", "shop", "--env", "dev", "--tag=%s"],
    "digest": ["update", "shop", "--env", "dev", "--tag", "15", "--digest=%s"],
    "image": ["update", "shop", "--env", "dev", "--image=%s"],
    "release": ["update", "shop", "--env", "dev", "--release=%s"],
    "env": ["update", "shop", "--env=%s", "--tag", "15"],
    "app": ["update", "--env", "dev", "--tag", "15", "--", "%s"],
    "branch": ["update", "shop", "--env", "dev", "--tag", "15", "--branch=%s"],
    "config": ["plan", "update", "shop", "--env", "dev", "--tag", "15", "--config=%s"],
    "ca file": ["update", "shop", "--env", "dev", "--tag", "15", "--ca-file=%s"],
    "timeout": ["update", "shop", "--env", "dev", "--tag", "15", "--timeout=%s"],
    "from": ["promote", "shop", "--to", "stage", "--from=%s"],
    "commit": ["promote", "shop", "--to", "stage", "--commit=%s"],
    "to tag": ["rollback", "shop", "--env", "dev", "--to-tag=%s"],
    "override": ["promote", "shop", "--to", "stage", "--reason", "x", "--override=%s"],
    "plan": ["promote", "shop", "--to", "stage", "--approved-plan=%s"],
    "approver": ["promote", "shop", "--to", "prod", "--requested-by", "carol", "--approved-by=%s"],
}


@pytest.fixture
def deployed(world: World) -> World:
    """A world in which 15 runs in dev and stage, and 16 waits in dev."""
    world.after(deploy)
    return world


def deploy(world: World) -> None:
    for tag in ("15", "16"):
        world.image(tag)
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    world.ok("promote", "shop", "--to", "stage")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")


@pytest.mark.parametrize("place", PLACES)
def test_hostile_words_are_refused_with_a_clear_message(deployed: World, place: str) -> None:
    for what, word in WORDS.items():
        if (place, what) in {
            ("override", "blank"),
            ("plan", "blank"),
            ("config", "absolute"),
            ("ca file", "blank"),
        }:
            continue
        arguments = [each.replace("%s", word) for each in PLACES[place]]
        before = deployed.refs()
        ran = deployed.run(*_before_dashes(arguments, deployed))
        assert ran.code in {1, 2, 3}, (place, what, ran)
        assert deployed.refs() == before, (place, what)
        shown = ran.out + ran.err
        assert not any(char in shown for char in "\x1b\x07\u202e\u2066\x85\u2028\r"), (
            place,
            what,
            shown,
        )
        assert len(ran.err) < 3000, (place, what)
        assert ran.result["message"]
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []


def _before_dashes(arguments: list[str], world: World) -> list[str]:
    """Put the arguments that ``run`` adds before the ``--`` that ends the options."""
    if "--" not in arguments:
        return arguments
    cut = arguments.index("--")
    return [
        *arguments[:cut],
        "--repo",
        str(world.bare),
        "--result-file",
        str(world.folder / "result.json"),
        *arguments[cut:],
    ]


@pytest.mark.parametrize("what", WORDS)
def test_hostile_reasons_and_names_are_one_line_of_the_message(deployed: World, what: str) -> None:
    word = WORDS[what]
    before = deployed.head()
    words = [
        "promote",
        "shop",
        "--to",
        "stage",
        f"--reason={word}",
        f"--requested-by={word}",
        f"--build-url={word}",
    ]
    ran = deployed.run(*words, check=0)
    assert deployed.git("rev-parse", "main~1") == before
    message = deployed.message()
    assert message.count("\n\n") == 1
    keys = [line.partition(":")[0] for line in deployed.trailers()]
    assert len(keys) == len(message.partition("\n\n")[2].splitlines())
    for key in ("Gitops-App", "Gitops-Operation", "Gitops-Image"):
        assert keys.count(key) == 1, message
    assert "Gitops-Approved-By" not in keys
    assert ran.result["commit"] == deployed.head()
    assert deployed.same("promote", "shop", "--to", "stage").result["commit"] == deployed.head()


@pytest.mark.usefixtures("clock")
def test_a_url_that_is_none_is_not_given_to_git(deployed: World) -> None:
    marker = deployed.folder / "marker"
    urls = [
        "",
        " ",
        "-x",
        f"ext::sh -c touch% {marker}",
        f"--upload-pack=touch {marker}",
        "\udcff",
        "a\nb",
        "file://",
    ]
    urls += [
        "http://",
        "ssh://-oProxyCommand=x/y",
        "ftp://example.com/x",
        "http://[::1",
        "http://a b/",
        "http://u:\udcff@localhost:9/r",
    ]
    for url in urls:
        ran = deployed.run("promote", "shop", "--to", "stage", "--timeout", "20s", repo=url)
        assert ran.code in {1, 2, 4}, (url, ran)
    assert not marker.exists()


VALUES = {
    "broken": b"image: {tag: [\n",
    "binary": bytes(range(256)) * 10,
    "latin-1": 'image:\n  tag: "é"\n'.encode("latin-1"),
    "empty": b"",
    "list": b"- a\n- b\n",
    "scalar": b"text\n",
    "two documents": b"image: {tag: a}\n---\nimage: {tag: b}\n",
    "duplicate": b'image:\n  tag: "1"\n  digest: ""\nimage:\n  tag: "2"\n  digest: ""\n',
    "key missing": b"image: {}\n",
    "mapping in place": b"image:\n  tag: {a: b}\n  digest: ''\n",
    "alias": b"base: &base {tag: '1', digest: ''}\nimage: *base\n",
    "bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(
        b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)
    )
    + b"image: {tag: *j, digest: ''}\n",
    "deep": b"x: "
    + b"[" * 1_100
    + b"]" * 1_100
    + b"\nimage: {tag: [], digest: ''}\n",  # libyaml stops at 1,000
    "very deep": b"x: " + b"[" * 50_000 + b"]" * 50_000 + b"\nimage: {tag: [], digest: ''}\n",
    "too large": b'image:\n  tag: "1"\n  digest: ""\n' + b"#" * 5_000_001,
    "nul": b"image:\n  tag: \x00\n",
    "tagged": b"image:\n  tag: !!int 5\n  digest: ''\n",
    "python": b"image:\n  tag: !!python/object/apply:os.system [id]\n  digest: ''\n",
    "conflict": b"<<<<<<< HEAD\nimage: {tag: '1'}\n=======\n>>>>>>> x\n",
    "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 5\n",
}


READ_FOR_SECONDS = {"deep", "very deep"}


@pytest.mark.parametrize(
    "what",
    [pytest.param(what, marks=[pytest.mark.slow] * (what in READ_FOR_SECONDS)) for what in VALUES],
)
def test_a_values_file_that_cannot_be_edited_is_left_alone(deployed: World, what: str) -> None:
    deployed.write({"values-stage.yaml": VALUES[what]})
    ran = deployed.refused("promote", "shop", "--to", "stage", code=1)
    assert "values-stage.yaml" in ran.result["message"]
    deployed.write({"values-dev.yaml": VALUES[what]})
    ran = deployed.refused("update", "shop", "--env", "dev", "--tag", "15", code=1)
    assert "values-dev.yaml" in ran.result["message"]


@pytest.mark.slow
def test_a_large_values_file_is_edited(deployed: World) -> None:
    large = b'image:\n  tag: "1"\n  digest: ""\n' + b"".join(
        b"key%d: value\n" % number for number in range(300_000)
    )
    deployed.write({"values-stage.yaml": large})
    deployed.ok("promote", "shop", "--to", "stage")
    after = deployed.git("cat-file", "blob", "main:values-stage.yaml").encode()
    assert after.splitlines()[3:] == large.splitlines()[3:]


def test_a_missing_file_is_named_with_what_to_do(deployed: World) -> None:
    config = deployed.text("gitops.yaml").replace("values-stage.yaml", "values-satge.yaml")
    deployed.write({"gitops.yaml": config})
    ran = deployed.refused("promote", "shop", "--to", "stage", code=1)
    assert "values-satge.yaml" in ran.result["message"]
    assert "gitops.yaml" in ran.err


@pytest.mark.parametrize("link", ["/etc/passwd", "../../../etc/passwd", "values-dev.yaml"])
def test_links_in_the_repository_are_not_followed(deployed: World, link: str) -> None:
    deployed.write({"values-stage.yaml": link}, modes="120000")
    ran = deployed.refused("promote", "shop", "--to", "stage", code=1)
    assert "values-stage.yaml is a symbolic link" in ran.result["message"]
    assert "root:" not in ran.out + ran.err


def test_a_configuration_that_leaves_the_repository_is_refused(deployed: World) -> None:
    good = deployed.text("gitops.yaml")
    for path in ("../outside", "/etc", "a/../../b", ".git", "a/.GIT/b", "\u202e", "a\\\\b"):
        deployed.write({"gitops.yaml": good.replace('path: "."', f'path: "{path}"')})
        ran = deployed.refused("promote", "shop", "--to", "stage", code=1)
        assert "gitops.yaml:3:" in ran.result["message"], path
    deployed.write({"gitops.yaml": "../../etc/passwd"}, modes="120000")
    deployed.refused("promote", "shop", "--to", "stage", code=1)


CONFIGS = {
    "binary": bytes(range(256)),
    "empty": b"",
    "list": b"- a\n",
    "null": b"null\n",
    "scalar": b"x",
    "bomb": VALUES["bomb"],
    "deep": b"apps: " + b"{a: " * 10_000,
    "large": b"#" * 5_000_000,
    "circle": b"a: &a\n  b: *a\n",
    "no apps": b"version: 1\napps: {}\nenvironments: {dev: {}}\n",
    "null apps": b"version: 1\napps:\nenvironments:\n",
    "null app": b"version: 1\napps: {shop: }\nenvironments: {dev: }\n",
    "numbers": b"version: 1\napps: {1: {}}\nenvironments: {2: {}}\n",
    "list keys": b"version: 1\n? [a]\n: b\n",
}


@pytest.mark.parametrize("what", CONFIGS)
def test_a_configuration_that_is_none_is_refused(deployed: World, what: str) -> None:
    deployed.write({"gitops.yaml": CONFIGS[what]})
    ran = deployed.run("promote", "shop", "--to", "stage")
    assert ran.code in {1, 2}, ran
    assert not ran.result["changed"]
    if what != "null app" and what != "numbers":
        assert "gitops.yaml" in ran.result["message"]


def test_an_empty_repository_says_so(tmp_path: Path, world: World) -> None:
    bare = tmp_path / "empty.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    ran = world.run("promote", "shop", "--to", "stage", repo=str(bare), check=1)
    assert "no commits yet" in ran.result["message"]
    ran = world.run("promote", "shop", "--to", "stage", repo=str(tmp_path), check=1)
    assert str(tmp_path) in ran.result["message"]


def test_variables_that_are_not_utf_8_are_no_defect(deployed: World) -> None:
    words = [
        sys.executable,
        "-m",
        "gitops_ci",
        "promote",
        "shop",
        "--to",
        "stage",
        "--dry-run",
        "--repo",
        str(deployed.bare),
    ]
    result = deployed.folder / "result.json"
    for name in (
        "GITOPS_CI_GIT_PASSWORD",
        "GITOPS_CI_REASON",
        "GITOPS_CI_APPROVED_BY",
        "GITOPS_CI_X\udcff",
        "BUILD_URL",
        "GITOPS_CI_REGISTRY_TOKEN",
        "BUILD_USER_ID",
        "GITOPS_CI_GIT_TOKEN_FILE",
        "GITOPS_CI_CA_FILE",
    ):
        environment = {
            **os.environ,
            "GITOPS_CI_GIT_USERNAME": "u",
            name: "sec\udcffret",
            "GITOPS_CI_RESULT_FILE": str(result),
        }
        if name != "GITOPS_CI_GIT_PASSWORD":
            environment.pop("GITOPS_CI_GIT_USERNAME")
        done = subprocess.run(words, env=environment, capture_output=True, check=False)
        assert done.returncode in {0, 1, 2}, (name, done)
        assert json.loads(result.read_text(encoding="utf-8"))["exit_code"] == done.returncode
        assert b"Traceback" not in done.stderr
