"""The login of a Git address reaches git, and no other server."""

import subprocess
from pathlib import Path

from installer.logins import Login, git_settings


def test_git_gets_the_login_for_its_server_alone(tmp_path: Path) -> None:
    password = 'it\'s a $(touch pwned) "secret" %s\\n'
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GIT_CONFIG_COUNT": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    variables |= {"GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "tess"}
    variables |= git_settings(Login("https", "host:8443", "bob", password), variables)
    assert variables["GIT_CONFIG_COUNT"] == "3"

    def asked(host: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", "credential", "fill"],
            env=variables,
            input=f"protocol=https\nhost={host}\n\n",
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )

    assert f"username=bob\npassword={password}\n" in asked("host:8443").stdout
    assert "bob" not in asked("host").stdout
    assert not (tmp_path / "pwned").exists()
