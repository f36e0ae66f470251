"""The files that an installation is made of."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from installer import contents
from installer.words import Problem

LOCK = """\
# a comment
pbr==7.1.3 \\
    --hash=sha256:11 \\
    --hash=sha256:12
    # via python-jenkins
setuptools==84.2.1 \\
    --hash=sha256:21
    # via pbr
setuptools-scm==1 --hash=sha256:31
Wheel==0.45 ; python_version < '3.12' \\
    --hash=sha256:41
"""


def test_builders_are_found_in_a_lock_with_their_hashes() -> None:
    found = contents.lines_of(LOCK, {"setuptools", "wheel"})
    assert found == (
        "setuptools==84.2.1 \\\n    --hash=sha256:21\nWheel==0.45 ; python_version < '3.12' "
        "\\\n    --hash=sha256:41\n"
    )


def test_a_lock_without_builders_has_none() -> None:
    assert contents.lines_of("# nothing\nclick==8 --hash=sha256:11\n", {"setuptools"}) == ""


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("inside-1.py", "")
    return file.getvalue()


FILES = {
    "wheels/a-1-py3-none-any.whl": b"a",
    "./b-1.tar.gz": b"b",
    "../../c-1-py3-none-any.whl": _zip(),
}


def tar(mode: Literal["w", "w:gz", "w:xz"]) -> Callable[[Path], None]:
    """Return what writes a tar archive, with a link that leads out of it."""

    def write(path: Path) -> None:
        with tarfile.open(path, mode) as archive:
            link = tarfile.TarInfo("passwd-1-py3-none-any.whl")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
            archive.addfile(_folder("wheels"))
            for name, content in FILES.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))

    return write


def _folder(name: str) -> tarfile.TarInfo:
    folder = tarfile.TarInfo(name)
    folder.type = tarfile.DIRTYPE
    return folder


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("wheels")
        for name, content in FILES.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("name", "write"),
    [("w.tar", tar("w")), ("w.tar.gz", tar("w:gz")), ("w.tar.xz", tar("w:xz")), ("w.zip", zipped)],
)
def test_the_files_of_an_archive_lie_side_by_side(
    tmp_path: Path, name: str, write: Callable[[Path], None]
) -> None:
    write(tmp_path / name)
    scratch = tmp_path / "scratch" / "of" / "this"
    scratch.mkdir(parents=True)
    folder = contents.wheelhouse_folder(tmp_path / name, scratch)
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == {
        Path(path).name: FILES[path] for path in FILES
    }
    assert {each.name for each in tmp_path.rglob("*-1*")} == {
        each.name for each in folder.iterdir()
    }


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert contents.wheelhouse_folder(tmp_path, tmp_path / "scratch") == tmp_path


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "there is no wheelhouse"), ("no archive", "is no .tar, .tar.gz or .zip")],
)
def test_a_wheelhouse_that_is_none_is_named(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "wheels.tar"
    if text:
        path.write_text(text)
    with pytest.raises(Problem, match=words):
        contents.wheelhouse_folder(path, tmp_path)
