"""The Go programs of the tests are built once for all checkouts of a user, and again when version
or sources change.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.surroundings import ROOT

BASICS = (
    "basename cat chmod cksum cp dirname find grep id ln mkdir mktemp mv readlink rm sed sh "
    "sort tail tr".split()
)

# stands in for Go's compiler, which would take minutes: says what it was asked for, and makes a
# program that tells its name
GO = """
echo "$@" >>"$HOME/go-calls"
[ ! -e "$HOME/go-fails" ] || { echo "no required module provides package" >&2; exit 1; }
case $1 in
install) target=$GOBIN/$(basename "${5%@*}" | sed 's/^v4$/yq/') ;;
build) target=$6 ;;
esac
mkdir -p "$(dirname "$target")"
case $target in
*/yq) answer='yq (https://github.com/mikefarah/yq/) version v4.54.2' ;;
*) answer=v3.22.0 ;;
esac
printf '#!/bin/sh\\necho "%s"\\n' "$answer" >"$target"
chmod 755 "$target"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home, whose bin/ has the basic commands and a Go."""
    programs = tmp_path / "home" / "bin"
    programs.mkdir(parents=True)
    for name in BASICS:
        found = shutil.which(name)
        assert found, name
        (programs / name).symlink_to(found)
    (programs / "go").write_text(f"#!/bin/sh\n{GO}", encoding="utf-8")
    (programs / "go").chmod(0o755)
    return tmp_path / "home"


def checkout(home: Path, name: str) -> Path:
    """Return a checkout that has the scripts and one helper."""
    folder = home / name
    shutil.copytree(
        ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__")
    )
    helper = folder / "tests" / "go" / "renderer"
    helper.mkdir(parents=True)
    (helper / "go.mod").write_text("module renderer\n", encoding="utf-8")
    (helper / "main.go").write_text("package main\n", encoding="utf-8")
    return folder


def set_up(home: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script in a checkout."""
    return subprocess.run(
        ["sh", "scripts/go_tools.sh"],
        cwd=folder,
        env={"PATH": str(home / "bin"), "HOME": str(home), "GO_FOLDER": str(home / "nowhere")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def calls(home: Path) -> list[str]:
    """Return what Go was asked for."""
    file = home / "go-calls"
    return (
        [line.split()[0] for line in file.read_text(encoding="utf-8").splitlines()]
        if file.exists()
        else []
    )


def answer(folder: Path, program: str) -> str:
    return subprocess.run(
        [folder / ".tools" / program], capture_output=True, text=True, check=True
    ).stdout


def test_the_second_checkout_takes_what_the_first_one_built(home: Path) -> None:
    first, second = checkout(home, "first"), checkout(home, "second")
    for folder in (first, second, second):
        done = set_up(home, folder)
        assert (done.returncode, done.stderr) == (0, "")
    assert calls(home) == ["install", "install", "build"]
    for program in ("yq", "helm", "renderer"):
        assert answer(first, program) == answer(second, program)
        assert (
            (second / ".tools" / program)
            .resolve()
            .is_relative_to(home / ".cache" / "gitops-ci" / "tools")
        )


def test_another_version_and_other_sources_are_built_anew(home: Path) -> None:
    folder = checkout(home, "checkout")
    set_up(home, folder)
    script = folder / "scripts" / "go_tools.sh"
    script.write_text(
        script.read_text(encoding="utf-8").replace("\nhelm=v3", "\nhelm=v4"), encoding="utf-8"
    )
    (folder / "tests" / "go" / "renderer" / "main.go").write_text(
        "package main // new\n", encoding="utf-8"
    )
    set_up(home, folder)
    assert calls(home) == ["install", "install", "build", "install", "build"]
    assert "/helm-v4" in os.readlink(folder / ".tools" / "helm")


def test_what_the_machine_has_is_not_built(home: Path) -> None:
    for name, words in (("yq", "mikefarah"), ("helm", "v3.10")):
        (home / "bin" / name).write_text(f"#!/bin/sh\necho {words}\n", encoding="utf-8")
        (home / "bin" / name).chmod(0o755)
    set_up(home, checkout(home, "checkout"))
    assert calls(home) == ["build"]


def test_a_build_that_failed_leaves_nothing_and_the_next_call_tries_again(home: Path) -> None:
    folder = checkout(home, "checkout")
    (home / "go-fails").touch()
    failed = set_up(home, folder)
    assert failed.returncode == 0
    assert "no required module provides package" in failed.stderr
    assert "helm could not be built: the tests that need it are skipped" in failed.stderr
    assert list((home / ".cache" / "gitops-ci" / "tools").iterdir()) == []
    (home / "go-fails").unlink()
    set_up(home, folder)
    assert answer(folder, "helm") == "v3.22.0\n"


def test_a_cache_that_was_emptied_is_filled_again(home: Path) -> None:
    folder = checkout(home, "checkout")
    set_up(home, folder)
    shutil.rmtree(home / ".cache")
    set_up(home, folder)
    assert answer(folder, "renderer") == "v3.22.0\n"


def test_without_go_it_is_said_what_will_be_skipped(home: Path) -> None:
    (home / "bin" / "go").unlink()
    told = set_up(home, checkout(home, "checkout"))
    assert told.returncode == 0
    assert "yq is missing, and so is Go to build it with" in told.stderr
