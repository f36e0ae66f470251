"""A release has everything that is published, is the same every time, and takes one command."""

import base64
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.version import Version

from scripts import release
from scripts.releasing import artifacts, places, sbom, tree
from tests.integration.release import scratch
from tests.integration.release.scratch import Scratch
from tests.realparts import need
from tests.surroundings import ROOT

VERSION = scratch.coming()
WHEEL = artifacts.wheel_name(VERSION)
# the locked packages change from one release to the next only where the lock did
ALWAYS_NEW = {path for path in artifacts.CARRIED if not path.endswith("requirements.txt")}
ARCHIVE = artifacts.archive_name(VERSION)


@pytest.fixture
def dist(released: Scratch) -> Path:
    """Return the folder of what is published."""
    return released.root / "dist"


def test_a_dry_run_says_what_would_change(prepared: Scratch, tmp_path: Path) -> None:
    repository = scratch.clone(prepared, tmp_path / "gitops-ci")
    said = repository.ok("make", str(VERSION), "--dry-run")
    assert repository.git("status", "--porcelain", "--ignored") == ""
    for path in ("CHANGELOG.md", places.SOURCE, "vars/gitopsCli.groovy", *ALWAYS_NEW):
        assert f"  write   {path}\n" in said
    assert "  remove  changelog.d/noticed.fixed.md\n" in said
    assert f"  make    dist/{WHEEL} (" in said
    assert "dry run: nothing was written" in said


def test_a_release_changes_its_places_and_the_changelog_and_nothing_else(released: Scratch) -> None:
    changed = set(released.git("diff", "--name-only", "begin", "released").splitlines())
    assert {"CHANGELOG.md", "changelog.d/noticed.fixed.md", *ALWAYS_NEW} <= changed
    patterns = [pattern for place in places.PLACES for pattern in place.files]
    known = [*patterns, "CHANGELOG.md", "changelog.d/*", *artifacts.CARRIED]
    assert [path for path in changed if not any(fnmatch(path, each) for each in known)] == []


def test_the_version_stands_in_all_its_places(released: Scratch) -> None:
    for place in places.PLACES:
        assert set(places.named(released.root, place)) <= {VERSION}, place
    assert places.current(released.root) == VERSION
    assert places.strays(released.root, VERSION) == []


def test_the_changelog_has_a_section_made_of_the_pieces(released: Scratch) -> None:
    newest = released.read("CHANGELOG.md").split("\n## ")[1]
    assert newest.startswith(f"{VERSION} - {scratch.DATE}\n")
    assert scratch.FRAGMENT.strip() in newest.partition("### Fixed\n\n")[2].partition("\n### ")[0]
    assert [path.name for path in (released.root / "changelog.d").glob("*.*.md")] == []


def test_the_wheel_has_every_file_of_the_package(released: Scratch, dist: Path) -> None:
    with zipfile.ZipFile(dist / WHEEL) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == {path for path in tree.files(released.root) if path.startswith("gitops_ci/")}
    parts = "py.typed schemas/result.schema.json core/scaffold/files/gitops.yaml demo/__init__.py"
    assert {f"gitops_ci/{part}" for part in parts.split()} <= names


def test_the_program_runs_from_the_wheel_alone(dist: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(dist / WHEEL) as wheel:
        wheel.extractall(tmp_path / "installed")
    # as make_venv.sh installs it, the checkout comes after PYTHONPATH
    environ = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}

    def run(*words: str) -> str:
        command = [sys.executable, "-P", "-m", "gitops_ci", *words]
        return printed(*command, cwd=tmp_path, env=environ)

    assert run("--version") == f"gitops-ci, version {VERSION}\n"
    run("init", "shop-helm", "--image", "registry.example.com/shop")
    jenkinsfile = (tmp_path / "shop-helm" / "Jenkinsfile").read_text()
    assert f"@Library('gitops-ci@v{VERSION}') _" in jenkinsfile


def test_the_source_archive_builds_the_same_wheel(dist: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(dist / ARCHIVE, tmp_path)
    (sources,) = tmp_path.iterdir()
    artifacts.build(sources, tmp_path / "again", datetime.date.fromisoformat(scratch.DATE), "wheel")
    assert (tmp_path / "again" / WHEEL).read_bytes() == (dist / WHEEL).read_bytes()


@pytest.mark.slow
def test_another_clone_makes_the_same_bytes(prepared: Scratch, dist: Path, tmp_path: Path) -> None:
    clone = tmp_path / "elsewhere"
    before = os.umask(0o077)
    try:
        elsewhere = scratch.clone(prepared, clone)
        variables = {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7"}
        elsewhere.ok("make", str(VERSION), "--date", scratch.DATE, **variables)
    finally:
        os.umask(before)
    made = contents(clone / "dist")
    assert made == contents(dist)
    assert len(made) == 5


def test_the_checksums_are_those_of_what_is_published(dist: Path) -> None:
    checked = printed("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=dist)
    names = WHEEL, ARCHIVE, sbom.name(VERSION)
    assert set(checked.splitlines()) == {f"{name}: OK" for name in names}


def test_the_bill_of_materials_has_the_whole_lock(released: Scratch, dist: Path) -> None:
    text = (dist / sbom.name(VERSION)).read_text()
    assert sbom.invalid(text) is None
    document = json.loads(text)
    found = {}
    for component in document["components"]:
        (reference,) = component["externalReferences"]
        assert component["licenses"], component["name"]
        package = f"{component['name']}=={component['version']}"
        found[package] = {each["content"] for each in reference["hashes"]}
    assert found == in_lock(released.read(artifacts.LOCK))
    own = document["metadata"]["component"]
    assert (own["name"], own["version"]) == ("gitops-ci", str(VERSION))
    assert own["hashes"] == [{"alg": "SHA-256", "content": sha256(dist / WHEEL)}]


def test_the_bill_of_materials_says_why_each_package_is_there(dist: Path) -> None:
    document = json.loads((dist / sbom.name(VERSION)).read_text())
    needed = {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
    reached = {document["metadata"]["component"]["bom-ref"]}
    while found := {each for ref in reached for each in needed[ref]} - reached:
        reached |= found
    assert {component["bom-ref"] for component in document["components"]} <= reached


def test_a_damaged_bill_of_materials_is_told(dist: Path) -> None:
    document = json.loads((dist / sbom.name(VERSION)).read_text())
    document["components"][0]["type"] = "gadget"
    assert "gadget" in str(sbom.invalid(json.dumps(document)))


def test_the_library_carries_the_wheel_and_the_lock(released: Scratch, dist: Path) -> None:
    text = released.read("resources/gitops-ci/wheel.b64")
    assert {len(line) for line in text.splitlines()[:-1]} == {76}
    assert base64.b64decode(text) == (dist / WHEEL).read_bytes()
    facts = json.loads(released.read("resources/gitops-ci/wheel.json"))
    lock = released.read("resources/gitops-ci/requirements.txt")
    assert facts == {
        "version": str(VERSION),
        "file": WHEEL,
        "sha256": sha256(dist / WHEEL),
        "requirements": hashlib.sha256(lock.encode()).hexdigest(),
    }
    assert lock == released.read(artifacts.LOCK)


def test_the_page_has_the_commands_that_remain() -> None:
    page = (ROOT / "docs/releasing.md").read_text(encoding="utf-8")
    told = "\n".join(release.remaining(Version("1.2.3")))
    general = told.replace("1.2.3", "X.Y.Z").replace("1.3.0", "X.(Y+1).0")
    assert f"```sh\n{general}\n```" in page


@pytest.fixture
def tagged(released: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    """Return a clone of the release with its signed tag, and what was downloaded beside it."""
    need("gpg")
    home = tmp_path / "g"  # the path of a socket has to be short
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    clone = scratch.clone(released, tmp_path / "clone")
    shutil.copytree(released.root / "dist", clone.root / "downloads")
    person = "Tess Tester <tess@example.com>"
    unlocked = "--batch", "--passphrase", ""
    printed("gpg", *unlocked, "--quick-generate-key", person, "ed25519", "sign", "never")
    message = str(released.root / "dist/tag-message.txt")
    clone.git("tag", "--sign", f"v{VERSION}", "--file", message)
    yield clone
    printed("gpgconf", "--kill", "all")


def test_the_signed_tag_holds_changes_and_checksums(tagged: Scratch) -> None:
    message = tagged.git("for-each-ref", "--format=%(contents)", f"refs/tags/v{VERSION}")
    assert message.startswith(tagged.read("downloads/tag-message.txt"))
    assert scratch.FRAGMENT.strip() in message.partition("Fixed:\n\n")[2].partition("\n\n")[0]
    assert tagged.read("downloads/SHA256SUMS") in message


def test_a_release_is_verified_as_the_page_says(tagged: Scratch) -> None:
    commands = verification()
    told = printed("sh", "-euc", commands, cwd=tagged.root)
    assert told.count(f"{WHEEL}: OK") == 2
    assert told.count(f"{ARCHIVE}: OK") == 2


def test_downloads_that_are_other_ones_are_found(tagged: Scratch) -> None:
    downloads = tagged.root / "downloads"
    names = WHEEL, ARCHIVE, sbom.name(VERSION)
    for name in names:
        with (downloads / name).open("ab") as file:
            file.write(b"more")
    # whoever changes files can change the list beside them too
    artifacts.write_checksums(downloads)
    done = subprocess.run(
        ["sh", "-euc", verification()],
        cwd=tagged.root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode
    assert [name for name in names if f"{name}: FAILED" not in done.stdout] == []


def verification() -> str:
    """Return the commands by which SECURITY.md has a release verified."""
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition("## Is it what")[2]
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[:3]
    commands = "".join(blocks)
    for old, new in (
        ("version=1.2.3\n", f"version={VERSION}\n"),
        # the environment of these tests is the one that it makes
        ("make dev-venv\n", ""),
        (".venv/bin/python", f"'{sys.executable}'"),
    ):
        assert commands.count(old) == 1, old
        commands = commands.replace(old, new)
    return commands


def printed(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a command that has to end well, and return what it prints."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def in_lock(text: str) -> dict[str, set[str]]:
    """Read the lock in another way than the script: name==version -> hashes."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in text.splitlines():
        if match := re.match(r"([a-z0-9-]+==[^ ;]+)", line):
            name = match[1]
            found[name] = set()
        elif match := re.search(r"--hash=sha256:(\w+)", line):
            found[name].add(match[1])
    return found
