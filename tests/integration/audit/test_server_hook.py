"""The hook on a real server: what a person should not push is refused, in words that reach that
person.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from tests.integration.audit.people import Signer, ssh_signer
from tests.integration.audit.test_audit import ALICE
from tests.integration.operation.world import VALUES, Ran, World
from tests.realparts import need
from tests.servers.git_http import GitHttp
from tests.surroundings import ROOT

HOOK = """\
#!/bin/sh
PYTHONPATH={root} exec {python} -m gitops_ci audit --hook --repo . --branch main
"""


@dataclass
class Server:
    """A bare repository with the hook, behind HTTP with a login, and a clone that a person works
    in.
    """

    world: World
    url: str
    clone: Path

    def run(self, *words: str, check: int = 0) -> Ran:
        """Run the program against the server."""
        return self.world.run(*words, repo=self.url, check=check)

    def git(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run git in the clone."""
        return subprocess.run(
            ["git", "-C", str(self.clone), *words], check=check, capture_output=True, text=True
        )

    def write(self, files: dict[str, str], message: str = "by hand") -> None:
        """Commit files in the clone, on top of what the server has."""
        self.git("fetch", "--quiet", "origin")
        self.git("reset", "--quiet", "--hard", "origin/main")
        for path, text in files.items():
            (self.clone / path).parent.mkdir(exist_ok=True, parents=True)
            (self.clone / path).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def push(self, *what: str) -> str:
        """Push, and return why it was refused; empty when it was taken."""
        before = self.world.refs()
        done = self.git("push", "--quiet", "origin", *(what or ("HEAD:main",)), check=False)
        assert (done.returncode == 0) == (self.world.refs() != before), done.stderr
        return "" if done.returncode == 0 else done.stderr

    def text(self, path: str) -> str:
        """Return a file as the server has it."""
        return self.world.text(path) + "\n"


def deploy(world: World) -> None:
    """Bring 15 to production and 16 to stage."""
    for tag in ("15", "16"):
        world.image(tag)
        world.ok("update", "shop", "--env", "dev", "--tag", tag)
        world.ok("promote", "shop", "--to", "stage")
        if tag == "15":
            world.ok("promote", "shop", "--to", "prod", *ALICE)


def guarded(world: World, before: GitHttp) -> Server:
    """Install the hook in a world, and clone it as a person does."""
    hook = world.bare / "hooks" / "pre-receive"
    hook.write_text(HOOK.format(root=ROOT, python=sys.executable))
    hook.chmod(0o755)
    url = before.url("gitops.git", "jenkins:a-secret-word")
    clone = world.folder / "clone"
    subprocess.run(["git", "clone", "--quiet", url, str(clone)], check=True)
    return Server(world, url, clone)


@pytest.fixture
def server(world: World, before_the_world: GitHttp) -> Server:
    """Production runs 15; stage has 16."""
    world.after(deploy)
    return guarded(world, before_the_world)


def test_a_hand_edit_is_refused_with_words_for_the_person(server: Server) -> None:
    """Who pushes reads what is wrong and what to do."""
    server.write({"values-prod.yaml": VALUES.replace('tag: ""', 'tag: "99"')})
    words = server.push()
    assert "remote: NO   hand-edit" in words
    assert "tess@example.com wrote 99 over 15 by hand" in words
    assert "nothing was taken: make the change with gitops-ci" in words
    assert "pre-receive hook declined" in words


def test_rules_for_a_newer_program_than_the_servers_are_refused(server: Server) -> None:
    """What they ask for could not be judged here: nothing is taken until the server is updated."""
    newer = server.text("gitops.yaml").replace("version: 1\n", 'version: 1\nrequires: ">=9.1"\n')
    server.write({"gitops.yaml": newer})
    words = server.push()
    assert "gitops-ci >=9.1 is required, and this is" in words
    assert "update gitops-ci here" in words


def test_operations_and_everything_else_pass(server: Server) -> None:
    """A promotion, other files, other parts of a values file, other branches, notes and tags."""
    server.run("promote", "shop", "--to", "prod", *ALICE)
    server.write(
        {
            "README.md": "hello\n",
            "values-prod.yaml": server.text("values-prod.yaml").replace(
                "replicas: 2", "replicas: 5"
            ),
        }
    )
    assert server.push() == ""
    server.write({"values-prod.yaml": VALUES.replace('tag: ""', 'tag: "99"')})
    assert server.push("HEAD:refs/heads/a-proposal") == ""
    assert server.push("HEAD:refs/notes/gitops-ci") == ""
    assert server.push("HEAD:refs/tags/v1") == ""


def test_a_forged_promotion_is_refused(server: Server) -> None:
    """Trailers that say what the tool would, for an approval that nobody entitled gave."""
    ran = server.run("plan", "promote", "shop", "--to", "prod", *ALICE)
    server.write(
        {"values-prod.yaml": server.text("values-stage.yaml")},
        forged(server, str(ran.result["plan_id"]), "mallory"),
    )
    words = server.push()
    assert "approval did not hold: mallory is not among the approvers" in words


def test_a_commit_that_is_as_the_tool_makes_it_passes_without_signers_alone(
    server: Server, tmp_path: Path
) -> None:
    """Perfect trailers prove nothing by themselves; with signers they need the key."""
    plan = str(server.run("plan", "promote", "shop", "--to", "prod", *ALICE).result["plan_id"])
    server.write(
        {"values-prod.yaml": server.text("values-stage.yaml")}, forged(server, plan, "alice")
    )
    assert server.push() == ""
    server.run("rollback", "shop", "--env", "prod", *ALICE)
    pipeline = ssh_signer(tmp_path, "pipeline")
    ask_for_signers(server, pipeline)
    ran = server.run("plan", "rollback", "shop", "--env", "prod", "--to-tag", "16", *ALICE)
    message = forged(server, str(ran.result["plan_id"]), "alice").replace(": promote", ": rollback")
    server.write({"values-prod.yaml": server.text("values-stage.yaml")}, message)
    assert "rollback to prod, and it is not signed" in server.push()


def test_with_signers_the_tool_signs_and_passes(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git's own settings make the operation a signed one; without a key the server refuses it."""
    need("ssh-keygen")
    pipeline = ssh_signer(tmp_path, "pipeline")
    ask_for_signers(server, pipeline)
    refused = server.run("promote", "shop", "--to", "prod", *ALICE, check=1)
    assert "it is not signed" in refused.err
    pipeline.sign_from_now_on(monkeypatch)
    assert server.run("promote", "shop", "--to", "prod", *ALICE).result["changed"]


def test_dropping_the_rules_is_refused_where_there_are_signers(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without signers it is a notice in every audit; with them the signers alone do it."""
    need("ssh-keygen")
    pipeline = ssh_signer(tmp_path, "pipeline")
    ask_for_signers(server, pipeline)
    free = {
        "gitops.yaml": server.text("gitops.yaml").replace(
            "approval: {approvers: [alice, bob], distinct: true}, ", ""
        )
    }
    server.write(free)
    assert "gitops.yaml was changed, and it is not signed" in server.push()
    pipeline.sign_from_now_on(monkeypatch)
    server.write(free)
    assert server.push() == ""


def test_branches_of_environments_are_neither_rewritten_nor_deleted(server: Server) -> None:
    """The proof is the history: it only grows."""
    server.git("reset", "--quiet", "--hard", "HEAD~1")
    server.git("commit", "--quiet", "--allow-empty", "--message", "another past")
    assert "can't be rewritten" in server.push("+HEAD:main")
    server.world.git("config", "receive.denyDeleteCurrent", "ignore")
    assert "can't be deleted" in server.push(":main")


OID = b"1" * 40


@pytest.mark.parametrize(
    "lines",
    [
        b"",  # closed, or a line of the hook before ours has read it: a push would pass unseen
        b"\n",
        b"hello\n",
        b"\xff\xfe\0" * 1000,
        b"%s %s main\n" % (OID, OID),
        b"%s %s refs/heads/a\tb\n" % (OID, OID),
        b"%s %s refs/heads/main\r\n" % (OID, OID),
        b"%s %s refs/heads/main\n%s" % (OID, OID, OID),
    ],
)
def test_input_that_no_hook_gets_is_a_usage_error(
    world: World, mocker: MockerFixture, lines: bytes
) -> None:
    mocker.patch("sys.stdin").buffer.read.return_value = lines
    assert "OLD NEW REF" in world.run("audit", "--hook", check=2).err


def ask_for_signers(server: Server, pipeline: Signer) -> None:
    """Let only the pipeline sign for production."""
    rules = server.text("gitops.yaml").replace("from: stage,", "from: stage, signers: keys/prod,")
    server.write({"keys/prod": pipeline.line, "gitops.yaml": rules})
    assert server.push() == ""


def forged(server: Server, plan: str, approver: str) -> str:
    """Return a message as a promotion of 16 to production has it."""
    world = server.world
    stage = world.git(
        "log", "-1", "--format=%(trailers:key=Gitops-Image)", "--grep=-> stage", "main"
    )
    return (
        "promote(shop): stage -> prod 16\n\nGitops-Operation: promote\nGitops-App: "
        "shop\nGitops-Environment: prod\n"
        f"Gitops-From: stage\n{stage}\nGitops-Plan: 2:{plan}\nGitops-Policy: {world.head()}\n"
        f"Gitops-Requested-By: carol\nGitops-Approved-By: {approver}\n"
    )
