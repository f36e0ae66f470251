"""The script of gitopsScript, as gitopsCli runs it: what reaches the program, how it is found, keys with a passphrase."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import gitops_ci
from tests.realparts import need
from tests.servers import git_ssh
from tests.surroundings import ROOT

SECRET = 'it\'s a $(touch pwned) "secret"'
TELLS = f"""#!/bin/sh
[ "$1" != --version ] || {{ echo "gitops-ci, version {gitops_ci.__version__}"; exit 0; }}
echo "words: $*"
env | grep -E '^(GITOPS|GIT_|SSH_ASKPASS)' | sort
"""


def program(folder: Path, name: str, text: str) -> None:
    """Write a program that is found before all others."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def run(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script as the var does, with a PATH that begins with ``bin`` of the test's folder."""
    text = (ROOT / "vars" / "gitopsScript.groovy").read_text(encoding="utf-8")
    script = tmp_path / "script.sh"
    script.write_text(text.split("'''")[1].replace("\\\\", "\\"))
    environment = {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "GITOPS_COMMAND": "plan promote",
        "GITOPS_FOLDER": str(tmp_path / "folder"),
        "GITOPS_VERSION": gitops_ci.__version__,
        "GITOPS_NAMES": "",
    }
    return subprocess.run(
        ["sh", str(script)], env=environment | variables, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_program_gets_the_named_variables_alone(tmp_path: Path):
    program(tmp_path / "bin", "gitops-ci", TELLS)
    ran = run(
        tmp_path,
        GITOPS_NAMES="GITOPS_CI_APP GITOPS_CI_REASON",
        GITOPS_CI_APP="shop",
        GITOPS_CI_REASON="two lines\nGITOPS_CI_OTHER=1",
        GITOPS_CI_DRY_RUN="1",
        GITOPS_CI_TYPO="1",
        GITOPS_SSH_KEY="/key/of/the/agent",
        GITOPS_TOOL_SOURCE="something else",
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("words: plan promote\n")
    kept = {line.partition("=")[0] for line in ran.stdout.splitlines()[1:]}
    # what looks like a variable in a text is one line of it
    own = {"GITOPS_COMMAND", "GITOPS_FOLDER", "GITOPS_NAMES", "GITOPS_VERSION"}
    assert kept == own | {"GITOPS_CI_APP", "GITOPS_CI_REASON", "GITOPS_CI_OTHER"}


def test_a_key_without_passphrase_is_handed_to_ssh_by_its_path(tmp_path: Path):
    program(tmp_path / "bin", "gitops-ci", TELLS)
    ran = run(tmp_path, GITOPS_NAMES="GITOPS_SSH_KEY", GITOPS_SSH_KEY="/a path/it's key")
    assert 'GIT_SSH_COMMAND=ssh -i "$GITOPS_SSH_KEY" -o IdentitiesOnly=yes -o BatchMode=yes\n' in ran.stdout


@pytest.fixture
def locked_key(tmp_path: Path) -> Path:
    """Make a key that wants a passphrase."""
    need("ssh-keygen")
    key = tmp_path / "it's a key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", SECRET, "-f", str(key)], check=True)
    return key


def test_a_key_with_a_passphrase_opens_the_server(tmp_path: Path, locked_key: Path):
    need("sshd", "ssh", "ssh-keygen")
    bare = tmp_path / "gitops.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    program(tmp_path / "bin", "gitops-ci", TELLS + 'git ls-remote "$GITOPS_CI_REPO" && echo reached\n')
    with git_ssh.serve() as server:
        shutil.copy(locked_key, server.key)
        shutil.copy(f"{locked_key}.pub", server.key.with_suffix(".pub"))
        authorized = server.key.parent / "authorized_keys"
        authorized.write_bytes(server.key.with_suffix(".pub").read_bytes())
        # ssh looks for the hosts it knows in the home folder that the system names, not in HOME
        real = shutil.which("ssh")
        program(tmp_path / "bin", "ssh", f'#!/bin/sh\nexec {real} -F none -o UserKnownHostsFile={server.known_hosts} "$@"\n')
        names = "GITOPS_CI_REPO GITOPS_SSH_KEY GITOPS_SSH_PASSPHRASE"
        secrets = {"GITOPS_SSH_KEY": str(server.key), "GITOPS_SSH_PASSPHRASE": SECRET}
        ran = run(tmp_path, GITOPS_NAMES=names, GITOPS_CI_REPO=server.url(bare), **secrets)
    assert (ran.returncode, "reached" in ran.stdout) == (0, True), ran.stderr
    assert SECRET not in ran.stdout + ran.stderr
    assert "SSH_ASKPASS" not in ran.stdout
    assert not (tmp_path / "pwned").exists()
    assert all(SECRET not in file.read_text() for file in (tmp_path / "folder").iterdir())


def test_a_wrong_passphrase_ends_it_before_the_program(tmp_path: Path, locked_key: Path):
    program(tmp_path / "bin", "gitops-ci", TELLS)
    names = "GITOPS_SSH_KEY GITOPS_SSH_PASSPHRASE"
    ran = run(tmp_path, GITOPS_NAMES=names, GITOPS_SSH_KEY=str(locked_key), GITOPS_SSH_PASSPHRASE="wrong")
    assert ran.returncode != 0
    assert "words:" not in ran.stdout
    assert ran.stderr


def test_an_agent_without_a_python_of_use_is_told_what_it_lacks(tmp_path: Path):
    program(tmp_path / "bin", "gitops-ci", "#!/bin/sh\necho 'gitops-ci, version 0.0.1'\n")
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        program(tmp_path / "bin", name, "#!/bin/sh\nexit 1\n")
    ran = run(tmp_path)
    assert ran.returncode == 1
    assert f"gitops-ci {gitops_ci.__version__} is not on PATH (0.0.1 is), and there is no Python 3.11 or newer" in ran.stderr


def test_a_home_that_can_not_be_written_to_is_told_in_words(tmp_path: Path):
    (tmp_path / "file").write_text("")
    names, home = "GITOPS_TOOL_HOME GITOPS_TOOL_SOURCE", str(tmp_path / "file/home")
    ran = run(tmp_path, GITOPS_NAMES=names, GITOPS_TOOL_HOME=home, GITOPS_TOOL_SOURCE="x")
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert f"can't be installed into {tmp_path}/file/home/{gitops_ci.__version__}" in ran.stderr
    assert "tool: [home: ...]" in ran.stderr


def test_a_source_that_does_not_exist_is_told_in_words(tmp_path: Path):
    names = "GITOPS_TOOL_HOME GITOPS_TOOL_SOURCE GITOPS_TOOL_INDEX"
    ran = run(
        tmp_path, GITOPS_NAMES=names, GITOPS_TOOL_HOME=str(tmp_path / "tools"), GITOPS_TOOL_SOURCE=f"gitops-ci @ file://{tmp_path}/none.whl",
        GITOPS_TOOL_INDEX="http://127.0.0.1:9/simple",
    )  # fmt: skip
    assert ran.returncode == 1
    assert "Traceback (most recent call last)" not in ran.stderr.rpartition("can't be installed")[2]
    assert "can't be installed into" in ran.stderr
    assert not (tmp_path / "tools" / gitops_ci.__version__ / "complete").exists()


def test_another_version_on_path_is_named_where_the_right_one_can_not_be_had(tmp_path: Path):
    program(tmp_path / "bin", "gitops-ci", "#!/bin/sh\necho 'gitops-ci, version 0.0.1'\n")
    names = "GITOPS_TOOL_HOME GITOPS_TOOL_INDEX"
    ran = run(
        tmp_path, GITOPS_NAMES=names, GITOPS_TOOL_HOME=str(tmp_path / "tools"), GITOPS_TOOL_INDEX="http://127.0.0.1:9/simple"
    )
    assert ran.returncode == 1
    assert f"gitops-ci 0.0.1 is on PATH, and this library needs {gitops_ci.__version__}: " in ran.stderr


def test_what_was_installed_before_is_taken_without_another_python(tmp_path: Path):
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        program(tmp_path / "bin", name, "#!/bin/sh\nexit 1\n")
    place = tmp_path / "tools" / gitops_ci.__version__
    place.mkdir(parents=True)
    program(place / "bin", "gitops-ci", TELLS)
    names = {"GITOPS_NAMES": "GITOPS_TOOL_HOME GITOPS_TOOL_SOURCE", "GITOPS_TOOL_HOME": str(tmp_path / "tools")}
    (place / "complete").write_text("gitops-ci @ file:///this.whl")
    ran = run(tmp_path, **names, GITOPS_TOOL_SOURCE="gitops-ci @ file:///this.whl")
    assert ran.stdout.startswith("words: plan promote\n"), ran.stderr
    ran = run(tmp_path, **names, GITOPS_TOOL_SOURCE="gitops-ci @ file:///another.whl")
    assert (ran.returncode, ran.stdout) == (1, "")
