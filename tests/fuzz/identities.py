"""Who commits: people without a key, the pipeline with one, and somebody with another key."""

import subprocess
from pathlib import Path

from msgspec import Struct

HAND = "Hand <hand@example.com>"
MALLORY = "Mallory <mallory@example.com>"
_MAIL = "pipeline@example.com"


class Identities(Struct, frozen=True):
    """Homes in which Git is set up: in ``signing_home`` it signs with the pipeline's key, in
    ``wrong_home`` with one that nobody knows. ``signers`` is the pipeline's file of signers.
    """

    home: Path
    signing_home: Path
    wrong_home: Path
    signers: bytes


def make_identities(folder: Path) -> Identities:
    """Make the homes and the keys."""
    home = _home(folder / "people", {"user.name": "Hand", "user.email": "hand@example.com"})
    signing, public = _signing(folder / "pipeline")
    wrong, _ = _signing(folder / "mallory")
    return Identities(home, signing, wrong, f'{_MAIL} namespaces="git" {public}\n'.encode())


def _signing(folder: Path) -> tuple[Path, str]:
    folder.mkdir(parents=True)
    key = folder / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    settings = {
        "user.name": "Pipeline",
        "user.email": _MAIL,
        "gpg.format": "ssh",
        "user.signingKey": str(key),
        "commit.gpgSign": "true",
    }
    return _home(folder, settings), " ".join(key.with_suffix(".pub").read_text().split()[:2])


def _home(folder: Path, settings: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for key, value in settings.items():
        command = ["git", "config", "--file", str(folder / ".gitconfig"), key, value]
        subprocess.run(command, check=True)
    return folder
