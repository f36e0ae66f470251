"""Verifies the signatures of commits with git itself, against a file of allowed signers."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from gitops_ci.adapters.git.connection.environment import with_settings
from gitops_ci.adapters.git.connection.process import Git, lines
from gitops_ci.base import processes, temporary
from gitops_ci.base.errors import GitError
from gitops_ci.base.processes import Process
from gitops_ci.base.redaction import one_line
from gitops_ci.model.commits import Signature

_PGP_BEGIN, _PGP_END = (
    b"-----BEGIN PGP PUBLIC KEY BLOCK-----",
    b"-----END PGP PUBLIC KEY BLOCK-----",
)
_FORMAT = "tformat:%H%x00%G?%x00%GS%x00%GK%x00%GF"
_FIELDS = 5
_SHARE = 100  # commits of one process: their ids and what git says of them fit into its pipes


def verify(git: Git, commits: Iterable[str], signers: bytes) -> dict[str, Signature]:
    """Return how each commit is signed, by several git processes at once where there are many
    commits.

    ``signers`` is an OpenSSH file of allowed signers (whose ``valid-after`` and the like hold at
    the time of the commit), in which armoured PGP public keys may stand too. Raises GitError when
    git can't verify.
    """
    wanted = list(dict.fromkeys(commits))
    if not wanted:
        return {}
    with temporary.folder("signers") as folder:
        keys, rest = _split_keys(signers)
        (folder / "allowed_signers").write_bytes(rest)
        environment = _environment(git, folder)
        if keys and shutil.which("gpg"):
            _write_keyring(git, folder, keys, environment)
        shares = [wanted[start : start + _SHARE] for start in range(0, len(wanted), _SHARE)]
        side_by_side = os.cpu_count() or 1
        rounds = [
            shares[start : start + side_by_side] for start in range(0, len(shares), side_by_side)
        ]
        out = b"".join(_logs(git, some, environment) for some in rounds)
    return _signatures(out, bool(keys))


def _split_keys(signers: bytes) -> tuple[list[bytes], bytes]:
    """Return the armoured PGP keys of a file, and what is left of it without them."""
    keys: list[bytes] = []
    rest: list[bytes] = []
    position = 0
    while (begin := signers.find(_PGP_BEGIN, position)) >= 0 and (
        end := signers.find(_PGP_END, begin)
    ) >= 0:
        line_end = signers.find(b"\n", end)
        after = line_end + 1 if line_end >= 0 else len(signers)
        rest.append(signers[position:begin])
        keys.append(signers[begin:after])
        position = after
    return keys, b"".join([*rest, signers[position:]])


def _environment(git: Git, folder: Path) -> dict[str, str]:
    """Nobody's own keys and programs decide: an empty home for GPG, and the usual names of the
    programs.
    """
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    keyring = f'keyring "{folder}/keys.gpg"'
    options = (
        "trust-model always",
        "no-auto-key-retrieve",
        "no-autostart",
        "no-default-keyring",
        keyring,
    )
    (home / "gpg.conf").write_text("".join(f"{option}\n" for option in options), encoding="utf-8")
    settings = {
        "gpg.program": "gpg",
        "gpg.ssh.program": "ssh-keygen",
        "gpg.ssh.allowedSignersFile": str(folder / "allowed_signers"),
        "gpg.ssh.revocationFile": "",
        "gpg.minTrustLevel": "undefined",
    }
    return with_settings({**git.environment, "GNUPGHOME": str(home)}, settings.items())


def _write_keyring(
    git: Git, folder: Path, blocks: Iterable[bytes], environment: Mapping[str, str]
) -> None:
    """Write PGP keys as a keyring: importing them would start GPG's agent."""
    keyring = b""
    for block in blocks:
        try:
            process = processes.run(
                ["gpg", "--batch", "--quiet", "--dearmor"],
                max(1.0, git.deadline.remaining()),
                stdin=block,
                environ=environment,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitError(
                "gpg can't read the PGP keys of the signers file",
                remedy="check the gpg installation",
            ) from error
        if process.code:
            raise GitError(
                f"gpg can't read the PGP keys of the signers file: {one_line(process.err)}",
                remedy="put keys there as `gpg --armor --export` writes them",
            )
        keyring += process.out
    (folder / "keys.gpg").write_bytes(keyring)


def _logs(git: Git, shares: list[list[str]], environment: Mapping[str, str]) -> bytes:
    """Return what git says of the commits of every share, one process each: it runs ssh-keygen or
    gpg for every commit.
    """
    running: list[Process] = []
    try:
        for share in shares:
            running.append(_start(git, share, environment))
        finished = [git.finish(process, "log") for process in running]
    except BaseException:
        for process in running:
            processes.stop(process)
        raise
    for log in finished:
        if log.code:
            raise GitError(
                f"git can't verify signatures: {one_line(log.err)}",
                remedy="install git 2.34 or newer, and OpenSSH",
            )
    return b"".join(log.out for log in finished)


def _start(git: Git, commits: list[str], environment: Mapping[str, str]) -> Process:
    process = git.start(
        "log",
        "-z",
        "--no-walk=unsorted",
        "--no-show-signature",
        "--no-notes",
        "--no-mailmap",
        f"--format={_FORMAT}",
        "--stdin",
        extra=environment,
        stderr=subprocess.PIPE,
    )
    if process.stdin:
        # where git has ended, its own words tell why
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(lines(commits))
        process.stdin = None
    return process


def _signatures(out: bytes, pgp_keys: bool) -> dict[str, Signature]:
    fields = out.decode("utf-8", "replace").split("\x00")
    signatures: dict[str, Signature] = {}
    for start in range(0, len(fields) - _FIELDS + 1, _FIELDS):
        commit, status, signer, key, _ = fields[start : start + _FIELDS]
        signatures[commit] = _signature(status, one_line(signer), one_line(key), pgp_keys)
    return signatures


def _signature(status: str, signer: str, key: str, pgp_keys: bool) -> Signature:
    if status == "N":
        return Signature("unsigned", "it is not signed")
    # gpg says nothing of trust where all of its keys are trusted, as here: newer versions of git
    # call that "U". Its keyring
    # holds the signers' keys alone. Of a key of SSH it says that nobody is named for it.
    if signer and (status == "G" or (status == "U" and not key.startswith("SHA256:"))):
        return Signature("good", f"signed by {signer}")
    if status == "E" and not key.startswith("SHA256:"):
        return Signature("wrong", _pgp_words(key, pgp_keys))
    words = {
        "U": f"key {key or '(unknown)'} is not among the signers",
        "G": f"key {key or '(unknown)'} is not among the signers",
        "B": "its signature does not fit its content, or its key is not allowed at that time",
        "X": f"the signature of {signer} has expired",
        "Y": f"the key of {signer} has expired",
        "R": f"the key of {signer} has been revoked",
    }
    return Signature("wrong", words.get(status, "its signature can't be verified"))


def _pgp_words(key: str, pgp_keys: bool) -> str:
    if not pgp_keys:
        return "it is signed with GPG, and the signers file has no PGP key"
    return f"PGP key {key or '(unknown)'} is not among the signers"
