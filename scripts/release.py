"""Makes a release, or sets the version of the work after it: ``make release``, ``make next``.

Everything is made in a copy of the work tree, which is taken over when all of it is there. So a
release that fails leaves nothing behind, and a dry run does the same but for the last step.
"""

import argparse
import datetime
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from packaging.version import Version

from gitops_ci.base.errors import GitopsError, UsageError
from scripts.releasing import artifacts, changelog, checks, lock, places, sbom, tag, tree, versions

ROOT = Path(__file__).resolve().parent.parent
TAG_MESSAGE = "tag-message.txt"


class Made(msgspec.Struct, frozen=True):
    """A release in its folder: ``copy`` is the changed work tree, ``dist`` what is published."""

    version: Version
    copy: Path
    dist: Path
    differences: tree.Differences


def main() -> int:
    """Run the command and return its exit code."""
    try:
        run(parsed(sys.argv[1:]), ROOT)
    except GitopsError as error:
        sys.stderr.write(f"error: {error}\n")
        return int(error.exit_code)
    return 0


def run(given: argparse.Namespace, root: Path) -> None:
    """Do in a work tree what was asked for."""
    if given.command == "next":
        set_next(root, given.version)
    else:
        release(root, given.version, _date(given.date), given.dry_run, given.into)


def release(root: Path, text: str, date: datetime.date, dry_run: bool, into: Path | None) -> None:
    """Make a release of a work tree; ``into`` is an empty folder that keeps the copy."""
    version = versions.release(text, changelog.last_release(root))
    checks.clean(root)
    checks.untagged(root, version)
    checks.dated(root, date)
    checks.described(root)
    checks.placed(root)
    packages = checks.locked(root)
    with _folder(into) as folder:
        made = _make(root, folder, version, date, packages)
        _say_what_changes(made)
        if dry_run:
            sys.stdout.write("\ndry run: nothing was written\n")
            return
        tree.take_over(root, made.copy, made.differences)
        tree.replace_folder(root / artifacts.DIST, made.dist)
    _say_what_remains(version)


def set_next(root: Path, text: str) -> None:
    """Write a development version into its places."""
    version = versions.development(text, changelog.last_release(root))
    checks.clean(root)
    checks.placed(root)
    places.write(root, version)
    changed = [line[3:] for line in tree.changes(root)]
    sys.stdout.write(
        f"{version} is written into {', '.join(changed)}.\n"
        f"The library goes on carrying the last release. Commit it:\n\n"
        f"    git commit --all --message 'Begin {version}' --message 'What follows is no "
        "part of the release.'\n"
    )


def _make(
    root: Path,
    folder: Path,
    version: Version,
    date: datetime.date,
    packages: Sequence[lock.Locked],
) -> Made:
    copy, dist = folder / "tree", folder / artifacts.DIST
    tree.export(root, copy)
    checks.generated(root, copy)
    places.write(copy, version)
    changelog.write_section(copy, version, date)
    artifacts.build(copy, dist, date)
    wheel = dist / artifacts.wheel_name(version)
    sbom.write(wheel, version, date, packages)
    sums = artifacts.write_checksums(dist)
    artifacts.write_resource(copy, wheel, version)
    words = tag.message(version, changelog.section(copy, version), sums)
    (dist / TAG_MESSAGE).write_text(words, tree.ENCODING)
    return Made(version, copy, dist, tree.differences(root, copy))


@contextmanager
def _folder(into: Path | None) -> Iterator[Path]:
    if into is not None:
        into.mkdir(parents=True, exist_ok=True)
        if any(into.iterdir()):
            raise UsageError(f"{into} is not empty", remedy="give --into a new folder")
        yield into.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="gitops-ci-release-") as name:
        yield Path(name)


def _say_what_changes(made: Made) -> None:
    lines = [f"release {made.version}", ""]
    lines += [f"  write   {path}" for path in made.differences.written]
    lines += [f"  remove  {path}" for path in made.differences.removed]
    for file in sorted(made.dist.iterdir()):
        lines.append(f"  make    {artifacts.DIST}/{file.name} ({file.stat().st_size} bytes)")
    lines += ["", (made.dist / TAG_MESSAGE).read_text(tree.ENCODING)]
    sys.stdout.write("\n".join(lines))


_WHY = "What changes for users stands in CHANGELOG.md."


def remaining(version: Version) -> list[str]:
    """Return the commands that publish a release: they need a key, rights and judgement."""
    name = tag.name(version)
    return [
        f"git add --all && git commit --message 'Release {version}' --message '{_WHY}'",
        "make test",
        f"git tag --sign {name} --file {artifacts.DIST}/{TAG_MESSAGE}",
        f"git push --atomic origin HEAD {name}",
        f"# upload {artifacts.DIST}/, without {TAG_MESSAGE}, as the release {name}",
        f"make next VERSION={versions.following(version)}",
    ]


def _say_what_remains(version: Version) -> None:
    commands = "".join(f"    {command}\n" for command in remaining(version))
    sys.stdout.write(f"\nWhat remains is a person's: docs/releasing.md says why.\n\n{commands}")


def _date(text: str | None) -> datetime.date:
    if text:
        return datetime.date.fromisoformat(text)
    return datetime.datetime.now(datetime.UTC).date()


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="make a release")
    make.add_argument("version", help="x.y.z")
    make.add_argument("--dry-run", action="store_true", help="show what would change")
    make.add_argument("--date", metavar="YYYY-MM-DD", help="default: today in UTC")
    make.add_argument("--into", type=Path, metavar="DIR", help="keep the copy and dist/ here")
    following = commands.add_parser("next", help="set the version of the work after a release")
    following.add_argument("version", help="x.y.z.dev0")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
