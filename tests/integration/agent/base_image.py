"""A base image out of this machine's own files, as none can be pulled: a Python, git, ssh and a
shell.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

# what the script, the Containerfile, git's own scripts and the program call
PROGRAMS = """
    sh env ls rm ln cp mv cat cut sed mkdir chmod touch sha256sum uname id sort grep tr head tail basename dirname mktemp
    git ssh ssh-agent ssh-add
""".split()
_LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", "test", "tests", "idlelib", "lib2to3", "site-packages", "dist-packages", "*.a"
)


def make(folder: Path, python: str) -> Path:
    """Write the files of a small system with the Python at a path; return its root."""
    root = folder / "rootfs"
    root.mkdir()
    for name in ("bin", "sbin", "lib", "lib64"):
        if Path("/", name).is_symlink():
            (root / name).symlink_to(os.readlink(f"/{name}"))
    for each in PROGRAMS:
        found = shutil.which(each)
        assert found, f"{each} is not installed"
        _program(root, Path(found))
    _tree(root, Path(_printed("git", "--exec-path")))
    _tree(root, Path("/usr/share/git-core/templates"))
    _python(root, Path(python))
    _glibc(root)
    for name in ("tmp", "var/tmp", "proc", "dev", "sys", "root", "opt", "usr/local/bin"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name in ("tmp", "var/tmp"):
        (root / name).chmod(0o1777)
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    return root


def _python(root: Path, python: Path) -> None:
    told = "sys.base_prefix, sysconfig.get_path('stdlib'), sysconfig.get_config_var('LIBDIR')"
    code = f"import sys, sysconfig; print({told}, sep='\\n')"
    prefix, library, libraries = _printed(str(python), "-I", "-c", code).splitlines()
    _program(root, python)
    link = root / "usr" / "bin" / "python3"
    if not link.exists():
        link.symlink_to(python)
    _tree(root, Path(library))
    for folder in (Path(library, "ensurepip", "_bundled"), Path("/usr/share/python-wheels")):
        if folder.exists():
            _tree(root, folder)
    for extension in Path(library, "lib-dynload").glob("*.so"):
        _libraries(root, extension)
    for shared in Path(libraries).glob("libpython3*.so*") if prefix != "/usr" else ():
        _copy(root, shared)


def _glibc(root: Path) -> None:
    """Copy all parts of the C library: wheels that were built on older systems name some that are
    empty today.
    """
    (libc,) = (
        each for each in _needed(Path(shutil.which("git") or "")) if each.name == "libc.so.6"
    )
    for part in ("m", "dl", "pthread", "rt", "util", "resolv", "nss_files", "nss_dns"):
        for library in Path(os.path.realpath(libc.parent)).glob(f"lib{part}.so.[0-9]*"):
            _copy(root, library)


def _program(root: Path, program: Path) -> None:
    """Copy a program under the name by which it was found, with the libraries that it needs."""
    real = Path(os.path.realpath(program))
    _copy(root, real)
    place = root / program.relative_to("/")
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(real)
    _libraries(root, real)


def _libraries(root: Path, binary: Path) -> None:
    for path in _needed(binary):
        _copy(root, Path(os.path.realpath(path)))
        place = root / os.path.realpath(path.parent).lstrip("/") / path.name
        if not place.is_symlink() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(os.path.realpath(path))


def _needed(binary: Path) -> Iterator[Path]:
    done = subprocess.run(
        ["ldd", str(binary)], capture_output=True, text=True, timeout=60, check=False
    )
    return (Path(each) for each in re.findall(r"(/\S+) \(0x", done.stdout))


def _tree(root: Path, folder: Path) -> None:
    shutil.copytree(
        folder, root / folder.relative_to("/"), symlinks=True, ignore=_LEFT_OUT, dirs_exist_ok=True
    )
    for file in folder.iterdir():
        if os.access(file, os.X_OK) and file.is_file():
            _libraries(root, file)


def _copy(root: Path, file: Path) -> None:
    place = root / file.relative_to("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        shutil.copy2(file, place)


def _printed(*command: str) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()
