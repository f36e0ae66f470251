"""People with signing keys, and Git's settings that make every commit a signed one."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import run_folder
from tests.realparts import need_git


@dataclass(frozen=True)
class Signer:
    """Somebody with an SSH key; ``line`` is the one of a file of allowed signers."""

    mail: str
    key: Path

    @property
    def line(self) -> str:
        """Return who may sign with which key."""
        public = " ".join(self.key.with_suffix(".pub").read_text().split()[:2])
        return f'{self.mail} namespaces="git" {public}\n'

    def sign_from_now_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make Git sign every commit with this key."""
        need_git(2, 34)
        configure(
            monkeypatch,
            self.key.parent,
            {"gpg.format": "ssh", "user.signingKey": str(self.key), "commit.gpgSign": "true"},
        )


def ssh_signer(folder: Path, name: str) -> Signer:
    """Make a key."""
    key = folder / f"{name}-key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    return Signer(f"{name}@example.com", key)


def pgp_key(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a PGP key in a home of its own, make Git sign with it, and return the armoured public
    key.
    """
    home = Path(tempfile.mkdtemp(prefix="gnupg-", dir=run_folder.for_servers()))
    (folder / f"{name}-gnupg").symlink_to(home)
    monkeypatch.setenv("GNUPGHOME", str(home))
    mail = f"{name}@example.com"
    command = [
        "gpg",
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-generate-key",
        mail,
        "ed25519",
        "sign",
        "never",
    ]
    subprocess.run(command, check=True, capture_output=True)
    configure(
        monkeypatch,
        folder,
        {"gpg.format": "openpgp", "user.signingKey": mail, "commit.gpgSign": "true"},
    )
    exported = subprocess.run(
        ["gpg", "--armor", "--export", mail], check=True, capture_output=True, text=True
    )
    return exported.stdout


def end_agent(home: Path) -> None:
    """End the agent that GPG left running for a key, and remove its home."""
    subprocess.run(
        ["gpgconf", "--homedir", str(home.resolve()), "--kill", "all"],
        check=False,
        capture_output=True,
    )
    shutil.rmtree(home.resolve(), ignore_errors=True)


def configure(monkeypatch: pytest.MonkeyPatch, folder: Path, settings: dict[str, str]) -> None:
    """Give Git a home with these settings, as a person or a pipeline configures it."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    for key, value in {
        "user.name": "Tess Tester",
        "user.email": "tess@example.com",
        **settings,
    }.items():
        subprocess.run(
            ["git", "config", "--file", str(home / ".gitconfig"), key, value], check=True
        )
    monkeypatch.setenv("HOME", str(home))
