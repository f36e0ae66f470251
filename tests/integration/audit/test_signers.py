"""Environments with signers: only commits that those have signed count, with SSH and with PGP
keys.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.audit.people import configure, end_agent, pgp_key, ssh_signer
from tests.integration.audit.test_audit import audit, deploy, findings
from tests.integration.operation.world import World
from tests.realparts import need

SIGNERS = "keys/prod.allowed_signers"


@pytest.fixture
def gnupg(tmp_path: Path) -> Iterator[Path]:
    """Where PGP keys of the test are; their agent is ended."""
    yield tmp_path
    for home in tmp_path.glob("*-gnupg"):
        end_agent(home)


def ask_for_signers(world: World, lines: str) -> None:
    """Let only these sign for production."""
    rules = (
        world.text("gitops.yaml").replace("from: stage,", f"from: stage, signers: {SIGNERS},")
        + "\n"
    )
    world.write({SIGNERS: lines, "gitops.yaml": rules})


def test_signed_operations_are_clean_and_say_no_more_that_the_approver_is_unverified(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pipeline signs with the key that the repository names."""
    need("ssh-keygen")
    pipeline = ssh_signer(tmp_path, "pipeline")
    ask_for_signers(world, pipeline.line)
    pipeline.sign_from_now_on(monkeypatch)
    deploy(world, "15")
    assert "SSH SIGNATURE" in world.git("cat-file", "commit", "main")
    result = audit(world)
    assert {each["kind"] for each in result["findings"]} == {"policy-change"}


def test_many_commits_are_verified_side_by_side(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each keeps its own answer, whichever process gave it."""
    need("ssh-keygen")
    monkeypatch.setattr("gitops_ci.adapters.git.history.signatures._SHARE", 1)
    pipeline = ssh_signer(tmp_path, "pipeline")
    ask_for_signers(world, pipeline.line)
    for tag in ("14", "15"):
        deploy(world, tag)
    pipeline.sign_from_now_on(monkeypatch)
    for tag in ("16", "17", "18"):
        deploy(world, tag)
    result = audit(world, code=3)
    unsigned = [each["commit"] for each in result["findings"] if each["kind"] == "unsigned"]
    assert (
        unsigned
        == world.git("log", "--reverse", "--format=%H", "--grep=prod 1[45]$", "main").split()
    )


def test_unsigned_and_wrongly_signed_operations_are_found(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit with perfect trailers, made by somebody who has no key, or another one."""
    need("ssh-keygen")
    pipeline, mallory = ssh_signer(tmp_path, "pipeline"), ssh_signer(tmp_path, "mallory")
    ask_for_signers(world, pipeline.line)
    deploy(world, "15")
    mallory.sign_from_now_on(monkeypatch)
    deploy(world, "16")
    assert [kind for severity, kind, _ in findings(world, code=3) if severity == "violation"] == [
        "unsigned",
        "wrong-signer",
    ]
    words = audit(world, code=3)["findings"][-1]["message"]
    assert "is not among the signers" in words
    assert "SHA256:" in words


def test_a_key_counts_only_for_its_time(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the file of allowed signers says of a key's validity is held against the time of the
    commit.
    """
    need("ssh-keygen")
    pipeline = ssh_signer(tmp_path, "pipeline")
    ask_for_signers(
        world, pipeline.line.replace('namespaces="git"', 'namespaces="git",valid-before="20200101"')
    )
    pipeline.sign_from_now_on(monkeypatch)
    deploy(world, "15")
    assert ("violation", "wrong-signer", "shop prod") in findings(world, code=3)


def test_pgp_keys_in_the_file_count_too(
    world: World, gnupg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some pipelines sign with GPG."""
    need("gpg", "ssh-keygen")
    other = ssh_signer(gnupg, "somebody")
    ask_for_signers(world, other.line)
    public = pgp_key(gnupg, "pipeline", monkeypatch)
    deploy(world, "15")
    words = [
        each["message"]
        for each in audit(world, code=3)["findings"]
        if each["kind"] == "wrong-signer"
    ]
    assert "the signers file has no PGP key" in words[0]
    before = world.head()
    other.sign_from_now_on(monkeypatch)
    world.write({SIGNERS: other.line + public})
    configure(
        monkeypatch, gnupg, {"gpg.format": "openpgp", "user.signingKey": "pipeline@example.com"}
    )
    deploy(world, "16")
    assert "PGP SIGNATURE" in world.git("cat-file", "commit", "main")
    assert [kind for _, kind, _ in findings(world, "--since", before, code=3)] == [
        "policy-change",
        "unsigned",
    ]


def test_the_rules_of_an_environment_with_signers_change_by_their_hand_alone(
    world: World, tmp_path: Path
) -> None:
    """Otherwise whoever may push would drop the signers first."""
    need("ssh-keygen")
    pipeline = ssh_signer(tmp_path, "pipeline")
    ask_for_signers(world, pipeline.line)
    world.write(
        {"gitops.yaml": world.text("gitops.yaml").replace(f"signers: {SIGNERS}, ", "") + "\n"}
    )
    world.write({SIGNERS: ssh_signer(tmp_path, "mallory").line})
    found = findings(world, code=3)
    assert found == [
        ("notice", "policy-change", "prod"),
        ("notice", "policy-change", "prod"),
        ("violation", "policy-weakened", "prod"),
        ("violation", "unsigned", "prod"),
    ]
