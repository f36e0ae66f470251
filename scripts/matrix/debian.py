"""Programs of Debian's newest suite beside those of the machine: unpacked into the cache, never
installed.

They need libraries that are newer than the machine's, so each is started by the C library's loader
that came with it. The package lists, the downloads and the status of packages are kept apart from
the machine's own.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

SUITE = "sid"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

_WRAPPER = """\
#!/bin/sh
export GIT_EXEC_PATH='{root}/usr/lib/git-core'
export GIT_TEMPLATE_DIR='{root}/usr/share/git-core/templates'
exec '{loader}' --inhibit-cache --library-path '{libraries}' --argv0 "$0" '{program}' "$@"
"""
_PLAIN_WRAPPER = """\
#!/bin/sh
exec '{loader}' --inhibit-cache --library-path '{libraries}' --argv0 "$0" '{program}' "$@"
"""


class UnavailableError(Exception):
    """Nothing can be had from there; says why."""


class Debian:
    """Debian's newest suite; ``folder`` is where its lists and programs are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._apt = folder / "apt"

    def refresh(self) -> None:
        """Fetch the lists of packages; raises UnavailableError."""
        missing = [
            program
            for program in ("apt-get", "apt-cache", "dpkg-deb")
            if shutil.which(program) is None
        ]
        if missing or not KEYRING.exists():
            raise UnavailableError(f"not on this machine: {', '.join(missing) or KEYRING}")
        self._write_settings(_mirror())
        done = self._run("apt-get", "update", "-qq")
        if done.returncode:
            raise UnavailableError(f"its lists can't be fetched: {_last_line(done.stderr)}")

    def candidates(self, packages: Sequence[str]) -> dict[str, str]:
        """Return the packages that there are, with their versions."""
        found = {}
        for package in packages:
            for line in self._run("apt-cache", "policy", package).stdout.splitlines():
                name, _, version = line.strip().partition(": ")
                if name == "Candidate" and version != "(none)":
                    found[package] = version
        return found

    def unpack(self, versions: dict[str, str]) -> Path:
        """Return the root of a tree with the packages of these versions and all that they need;
        raises UnavailableError.
        """
        named = " ".join(f"{package}={version}" for package, version in sorted(versions.items()))
        root = self._folder / f"root-{hashlib.sha256(named.encode()).hexdigest()[:16]}"
        if root.exists():
            return root
        self._run("apt-get", "clean")  # an interrupted call may have left other versions
        command = [
            "apt-get",
            "install",
            "-qq",
            "--yes",
            "--no-install-recommends",
            "--download-only",
            *named.split(),
        ]
        if (done := self._run(*command)).returncode:
            raise UnavailableError(f"{named} can't be fetched: {_last_line(done.stderr)}")
        half_made = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            self._unpack_into(half_made)
            wrap_all(half_made, root)
            half_made.chmod(0o755)
            half_made.rename(root)
        except (subprocess.CalledProcessError, OSError) as error:
            shutil.rmtree(half_made, ignore_errors=True)
            raise UnavailableError(f"{named} can't be unpacked: {error}") from error
        return root

    def _unpack_into(self, folder: Path) -> None:
        archives = self._apt / "cache" / "archives"
        for package in archives.glob("*.deb"):
            subprocess.run(
                ["dpkg-deb", "--extract", package, folder],
                check=True,
                timeout=300,
                capture_output=True,
            )
            package.unlink()

    def _write_settings(self, mirror: str) -> None:
        for name in ("etc", "state/lists/partial", "cache/archives/partial"):
            (self._apt / name).mkdir(parents=True, exist_ok=True)
        (self._apt / "status").touch()  # nothing counts as installed: every library comes along
        source = f"deb [signed-by={KEYRING}] {mirror} {SUITE} main\n"
        (self._apt / "etc" / "sources.list").write_text(source, encoding="utf-8")
        (self._apt / "apt.conf").write_text(_settings(self._apt), encoding="utf-8")

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "APT_CONFIG": str(self._apt / "apt.conf"), "LC_ALL": "C"}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=900, check=False
        )


def wrap_all(tree: Path, root: Path) -> None:
    """Put a script in the place of each program that is wanted of a tree, which will stand at
    ``root``.

    The script starts the program by the tree's own loader, under the name by which the script was
    called.
    """
    libraries = next(tree.glob("usr/lib/*/libc.so.6")).parent.relative_to(tree)
    loader = next(tree.glob("usr/lib*/ld-linux*.so.*")).relative_to(tree)
    pythons = list((tree / "usr" / "bin").glob("python3.*[0-9]"))
    gits = [*(tree / "usr" / "bin").glob("git*"), *(tree / "usr" / "lib" / "git-core").glob("git*")]
    for program in [*pythons, *gits]:
        if program.is_symlink() or not program.is_file() or program.read_bytes()[:4] != b"\x7fELF":
            continue
        moved = tree / "programs" / program.relative_to(tree)
        moved.parent.mkdir(parents=True, exist_ok=True)
        program.rename(moved)
        text = (_WRAPPER if program in gits else _PLAIN_WRAPPER).format(
            root=root,
            loader=root / loader,
            libraries=root / libraries,
            program=root / moved.relative_to(tree),
        )
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)


def _mirror() -> str:
    """Return the address that this machine has Debian's packages from."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    for line in listed.stdout.splitlines():
        label, _, address = line.partition(" ")
        if label == "Debian":
            return address
    raise UnavailableError("this machine has no packages of Debian")


def _settings(folder: Path) -> str:
    return "\n".join(
        [
            f'Dir "{folder}";',
            f'Dir::State "{folder}/state";',
            f'Dir::State::status "{folder}/status";',
            f'Dir::Cache "{folder}/cache";',
            f'Dir::Etc "{folder}/etc";',
            'APT::Sandbox::User "";',
            'Acquire::Languages "none";',
            'Acquire::Retries "2";',
            # a mirror that stands still is welcome: what comes is signed all the same, and only
            # tested with
            'Acquire::Check-Valid-Until "false";',
            "",
        ]
    )


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no word why"])[-1]
