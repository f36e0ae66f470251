"""The script that the vars run: what reaches the program, how it is found, keys with a
passphrase.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

import gitops_ci
from tests.integration.agent.agent import Agent
from tests.realparts import need
from tests.servers import git_ssh

SECRET = 'it\'s a $(touch pwned) "secret"'
TELLS = f"""#!/bin/sh
[ "$1" != --version ] || {{ echo "gitops-ci, version {gitops_ci.__version__}"; exit 0; }}
echo "words: $*"
env | grep -E '^(GITOPS|GIT_|SSH_ASKPASS)' | sort
"""


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    """An agent that has the program in the library's version."""
    agent = Agent(tmp_path / "agent")
    agent.program("gitops-ci", TELLS)
    return agent


def test_the_program_gets_the_named_variables_alone(agent: Agent) -> None:
    given = {
        "GITOPS_NAMES": "GITOPS_CI_APP GITOPS_CI_REASON",
        "GITOPS_CI_APP": "shop",
        "GITOPS_CI_REASON": "two lines\nGITOPS_CI_OTHER=1",
        "GITOPS_CI_DRY_RUN": "1",
        "GITOPS_CI_TYPO": "1",
        "GITOPS_SSH_KEY": "/key/of/the/agent",
        "GITOPS_TOOL_SOURCE": "something else",
    }
    ran = agent.call(variables=given)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("words: plan promote\n")
    kept = {line.partition("=")[0] for line in ran.out.splitlines()[1:]}
    # what looks like a variable in a text is one line of it
    own = {"GITOPS_COMMAND", "GITOPS_FOLDER", "GITOPS_NAMES", "GITOPS_VERSION"}
    assert kept == own | {"GITOPS_CI_APP", "GITOPS_CI_REASON", "GITOPS_CI_OTHER"}


def test_a_key_without_passphrase_is_handed_to_ssh_by_its_path(agent: Agent) -> None:
    ran = agent.call(
        variables={"GITOPS_NAMES": "GITOPS_SSH_KEY", "GITOPS_SSH_KEY": "/a path/it's key"}
    )
    assert (
        'GIT_SSH_COMMAND=ssh -i "$GITOPS_SSH_KEY" -o IdentitiesOnly=yes -o BatchMode=yes\n'
        in ran.out
    )


@pytest.fixture
def locked_key(tmp_path: Path) -> Path:
    """Make a key that wants a passphrase."""
    need("ssh-keygen")
    key = tmp_path / "it's a key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", SECRET, "-f", str(key)], check=True)
    return key


def test_a_key_with_a_passphrase_opens_the_server(
    agent: Agent, tmp_path: Path, locked_key: Path
) -> None:
    need("sshd", "ssh", "ssh-keygen")
    bare = tmp_path / "gitops.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    agent.program("gitops-ci", TELLS + 'git ls-remote "$GITOPS_CI_REPO" && echo reached\n')
    with git_ssh.serve() as server:
        shutil.copy(locked_key, server.key)
        shutil.copy(f"{locked_key}.pub", server.key.with_suffix(".pub"))
        authorized = server.key.parent / "authorized_keys"
        authorized.write_bytes(server.key.with_suffix(".pub").read_bytes())
        # ssh looks for the hosts it knows in the home folder that the system names, not in HOME
        real = shutil.which("ssh")
        agent.program(
            "ssh",
            f'#!/bin/sh\nexec {real} -F none -o UserKnownHostsFile={server.known_hosts} "$@"\n',
        )
        given = {
            "GITOPS_CI_REPO": server.url(bare),
            "GITOPS_SSH_KEY": str(server.key),
            "GITOPS_SSH_PASSPHRASE": SECRET,
        }
        ran = agent.call(variables={"GITOPS_NAMES": " ".join(given), **given})
    assert (ran.code, "reached" in ran.out) == (0, True), ran.err
    assert SECRET not in ran.out + ran.err
    assert "SSH_ASKPASS" not in ran.out
    assert not list(tmp_path.rglob("pwned"))
    assert all(SECRET not in file.read_text() for file in agent.root.rglob("run-*/*"))


def test_a_wrong_passphrase_ends_it_before_the_program(agent: Agent, locked_key: Path) -> None:
    given = {"GITOPS_SSH_KEY": str(locked_key), "GITOPS_SSH_PASSPHRASE": "wrong"}
    ran = agent.call(variables={"GITOPS_NAMES": " ".join(given), **given})
    assert ran.code == 1
    assert "words:" not in ran.out
    assert ran.problem == "the SSH key of gitCredentials was not opened by its passphrase\n"


def test_what_tool_says_of_another_installation_does_not_reach_the_program(
    agent: Agent, carried: Path
) -> None:
    ran = agent.call(carried=carried, tool={"home": "/x", "index": "https://bob:pw@host/simple"})
    assert ran.out.startswith("words: plan promote\n"), ran.err
    assert not [line for line in ran.out.splitlines() if line.startswith("GITOPS_TOOL")]
