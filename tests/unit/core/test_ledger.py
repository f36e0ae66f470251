"""What an operation writes into its commit is what is read from it, whatever stands in names and
reasons.
"""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.core import ledger, plan
from gitops_ci.core.config import reader as config
from gitops_ci.model.names import is_name
from gitops_ci.model.operation import (
    ADOPT,
    PROMOTE,
    ROLLBACK,
    UPDATE,
    Actor,
    Choice,
    Origin,
    Plan,
    Record,
    Request,
    Target,
    Verdict,
)
from gitops_ci.model.release import Image, Release

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
APPS = '{"*": {path: "apps/{app}", images: [{tag: tag, digest: digest}]}}'
CONFIG = config.read(
    f"version: 1\napps: {APPS}\nenvironments: {{dev: {{}}, prod: {{from: dev}}}}\n".encode()
)
VALUES = b'tag: "14"\ndigest: ""\n'
COMMIT, PARENT = "c" * 40, "d" * 40

hostile = st.text(max_size=60) | st.sampled_from(
    [
        "x\nGitops-App: forged",
        "x\r\n\r\nGitops-Operation: adopt",
        "\n\n",
        "Gitops-App: forged",
        "\u2028Gitops-App: forged",
        "a\x85Gitops-App: b",
        "\x0bGitops-App: forged",
        "\ud800",
        "\u202e",
        "x" * 5000,
    ]
)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True).filter(is_name)
tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)
images = st.builds(
    Image,
    st.sampled_from(["r.example.com/a", "localhost:5000/b/c", "oci:/some/dir"]),
    tags,
    st.sampled_from([None, A, B]),
)
mails = st.lists(st.from_regex(r"[a-z]{1,8}@example\.com", fullmatch=True), max_size=3).map(tuple)
releases = st.builds(
    Release,
    images.map(lambda image: (image,)),
    source_revision=st.sampled_from([None, "4c1f" * 10]),
    source_authors=mails,
    build_url=st.sampled_from([None, "https://ci.example.com/job/a/15/"]),
)
actors = st.builds(
    Actor,
    hostile,
    approved_by=st.lists(hostile, max_size=3).map(tuple),
    reason=st.none() | hostile,
    build_url=st.none() | hostile,
)


def planned(operation: str, apps: Sequence[str], release: Release, actor: Actor) -> Plan:
    environment = CONFIG.environments["prod"]
    targets, choices, files = [], [], {}
    for name in apps:
        app = CONFIG.app(name)
        assert app
        file = CONFIG.values_file(app, environment)
        files["main", file] = VALUES
        before = Release((Image(release.images[0].repository, "14", None),))
        targets.append(Target(app, environment, "main", file, before))
        choices.append(Choice(app, release, Origin("dev", None, present=True)))
    return plan.make(Request(operation, "prod", actor, tuple(apps)), targets, choices, files)


def written(made: Plan, actor: Actor, verdicts: Sequence[Verdict] = ()) -> str:
    return ledger.message(made, verdicts, actor, "e" * 40)


def read(text: str) -> list[Record]:
    return ledger.records(COMMIT, [PARENT], 5, text)


@given(
    st.sampled_from([UPDATE, PROMOTE, ROLLBACK, ADOPT]),
    st.lists(names, min_size=1, max_size=4, unique=True),
    releases.filter(lambda release: release.images[0].tag != "14"),
    actors,
)
def test_what_was_written_is_read(
    operation: str, apps: list[str], release: Release, actor: Actor
) -> None:
    made = planned(operation, apps, release, actor)
    text = written(made, actor)
    found = read(text)
    assert [record.app for record in found] == apps
    for record in found:
        assert (record.operation, record.environment, record.plan) == (
            operation,
            "prod",
            f"2:{made.id}",
        )
        assert (record.commit, record.parent, record.time) == (COMMIT, PARENT, 5)
        assert record.release.images == release.images
        assert [image.tag for image in record.previous] == ["14"]
        assert record.release.source_authors == release.source_authors
        assert record.release.source_revision == release.source_revision
        assert record.source == ("dev" if operation == PROMOTE else None)
        if release.build_url:
            assert record.release.build_url == release.build_url
    text.encode()
    assert text.count("\n\n") == 1
    lines = text.partition("\n\n")[2].splitlines()
    assert all(line.startswith("Gitops-") for line in lines)
    assert sum(line.startswith("Gitops-Approved-By:") for line in lines) == len(
        [each for each in actor.approved_by if each]
    )


lines = st.sampled_from(
    [
        "Gitops-Operation: promote",
        "Gitops-App: a",
        "Gitops-Image: r/a:1",
        "",
        "Gitops-Image: @",
        "Gitops-Environment: prod",
    ]
)


@given(st.text(max_size=300) | st.lists(lines, max_size=12).map("\n".join))
def test_any_message_is_read_without_a_defect(text: str) -> None:
    for record in read(text):
        assert record.app
        assert record.release.images


def promoted(tag: str = "15") -> str:
    actor = Actor(("carol",))
    return written(
        planned(PROMOTE, ["shop"], Release((Image("r.example.com/a", tag),)), actor), actor
    )


def test_trailers_are_read_from_what_servers_make_of_them() -> None:
    text = promoted()
    subject, _, trailers = text.partition("\n\n")
    (expected,) = read(text)
    indented = "    " + text.replace("\n", "\n    ")
    for form in (
        text.replace("\n", "\r\n"),
        f"{subject} (#12)\n\n{trailers}\nCo-authored-by: A <a@example.com>\n",
        f"{subject}\n\n{trailers}Co-authored-by: A <a@example.com>\n",
        f"Co-authored\n\n* {subject}\n\n{trailers}\n---------\n\nCo-authored-by: A <a@example.com>",
        f"{subject}\n\n{trailers}\nSee merge request group/project!12",
        f"Squashed commit of the following:\n\ncommit {COMMIT}\nAuthor: A "
        f"<a@example.com>\n\n{indented}",
    ):
        assert read(form) == [expected]


def test_a_squash_of_several_operations_claims_all_of_them() -> None:
    assert [
        record.release.images[0].tag for record in read(f"* {promoted('15')}\n* {promoted('16')}")
    ] == ["15", "16"]


def test_quoted_trailers_and_those_without_their_operation_are_no_claim() -> None:
    text = promoted()
    assert not read("\n".join("> " + line for line in text.splitlines()))
    assert not read(text.replace("Gitops-Operation: promote\n", ""))
    assert not read(text.replace("Gitops-Operation: promote\n", "Gitops-Operation: promote\n\n"))


def test_a_merge_claims_nothing_by_itself() -> None:
    assert not ledger.records(COMMIT, [PARENT, "f" * 40], 5, promoted())


def test_a_damaged_image_makes_no_record_and_a_damaged_previous_one_does() -> None:
    text = written(
        planned(PROMOTE, ["shop"], Release((Image("r.example.com/a", "15"),)), Actor(("carol",))),
        Actor(("carol",)),
    )
    assert not read(text.replace("Gitops-Image: r", "Gitops-Image: R R"))
    assert read(text.replace("Gitops-Previous: r", "Gitops-Previous: R R"))[0].previous == ()


def test_gates_stand_with_their_application() -> None:
    release = Release((Image("r.example.com/a", "15"),))
    verdicts = [Verdict("order", app, "prod", "passed", "") for app in ("cart", "shop")]
    verdicts.append(Verdict("digest", "shop", "prod", "overridden", ""))
    lines = written(
        planned(PROMOTE, ["cart", "shop"], release, Actor(("carol",))), Actor(("carol",)), verdicts
    ).splitlines()
    assert [line for line in lines if line.startswith(("Gitops-App", "Gitops-Gate"))] == [
        "Gitops-App: cart",
        "Gitops-Gate: order=passed",
        "Gitops-App: shop",
        "Gitops-Gate: order=passed digest=overridden",
    ]


def ran(tag: str, digest: str | None = None) -> Release:
    return Release((Image("r.example.com/a", tag, digest),))


def claim(tag: str, digest: str | None = None, operation: str = PROMOTE) -> Record:
    return Record(COMMIT, PARENT, 5, operation, "shop", "prod", ran(tag, digest))


def test_a_claim_counts_only_when_the_commit_makes_the_change() -> None:
    assert ledger.made_by(claim("15"), ran("14"), ran("15"))
    assert ledger.made_by(claim("15", A), ran("14", B), ran("15", A))
    assert ledger.made_by(claim("15", A), ran("15", B), ran("15", A))
    assert not ledger.made_by(claim("15"), ran("15"), ran("15"))
    assert not ledger.made_by(claim("15"), ran("15"), ran("14"))
    assert not ledger.made_by(claim("15", A), ran("14"), ran("15", B))
    assert not ledger.made_by(claim("15"), None, ran("15"))
    assert not ledger.made_by(claim("15"), ran("14"), None)


def test_an_adoption_leaves_the_tag_as_it_is() -> None:
    assert ledger.made_by(claim("15", A, ADOPT), ran("15"), ran("15"))
    assert ledger.made_by(claim("15", A, ADOPT), ran("15"), ran("15", A))
    assert not ledger.made_by(claim("15", A, ADOPT), ran("14"), ran("15"))
    assert not ledger.made_by(claim("15", A, ADOPT), ran("15"), ran("16"))


@given(names)
def test_an_image_without_a_repository_is_known_by_its_tag(app: str) -> None:
    release = Release((Image("", "15", A),))
    (record,) = read(written(planned(UPDATE, [app], release, Actor(("carol",))), Actor(("carol",))))
    assert [(image.tag, image.digest) for image in record.release.images] == [("15", A)]
    assert record.previous
