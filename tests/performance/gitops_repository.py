"""Makes bare GitOps repositories with a history, through one `git fast-import`."""

import hashlib
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from gitops_ci.core import plan_id
from gitops_ci.core.config import reader
from gitops_ci.model.config import Config, Environment
from gitops_ci.model.operation import Change, Edit
from gitops_ci.model.release import Image, Release
from tests import repositories
from tests.performance import contents, images
from tests.performance.contents import ENVIRONMENTS, app_name
from tests.repositories import EPOCH, Commit, Stream

_MINUTES = 60
_FIRST = "1"  # the tag that everything has in the first commit


@dataclass(frozen=True)
class Move:
    """One application of one commit: an update to a tag, or with ``source`` a promotion of it."""

    app: int
    environment: str
    tag: str
    source: str | None = None


@dataclass(frozen=True)
class GitopsRepository:
    """A bare repository with ``apps`` applications; ``head`` is where its branch main is put back
    between measurements.
    """

    folder: Path
    apps: int
    head: str

    @property
    def name(self) -> str:
        """Return the name of the folder, which is the path on the server."""
        return self.folder.name

    @property
    def parent(self) -> str:
        """Return the commit before ``head``."""
        return _git(self.folder, "rev-parse", f"{self.head}~1").strip()

    def reset(self) -> None:
        """Put main back to where it was when the repository was made."""
        _git(self.folder, "update-ref", "refs/heads/main", self.head)

    def tag_of(self, app: int, environment: str) -> str:
        """Return the tag that stands in a values file on main."""
        text = _git(self.folder, "show", f"main:apps/{app_name(app)}/values-{environment}.yaml")
        return next(line.split('"')[1] for line in text.splitlines() if line.startswith("  tag:"))

    def published(self) -> list[str]:
        """Return the subjects of the commits on top of ``head``; raises RuntimeError unless they
        are one line of descent.
        """
        lines = _git(self.folder, "log", "--format=%P%x00%s", f"{self.head}..main").splitlines()
        if any(" " in line.partition("\0")[0] for line in lines):
            raise RuntimeError("the history has a merge")
        _git(self.folder, "merge-base", "--is-ancestor", self.head, "main")
        return [line.partition("\0")[2] for line in lines]


def make(
    folder: Path,
    apps: int,
    commits: Iterable[Sequence[Move]],
    *,
    host: str,
    entry: str = "off",
    onward: str = "off",
) -> GitopsRepository:
    """Make a repository: a first commit with every application, then one commit for each group of
    moves.

    ``entry`` and ``onward`` are the policy verify_digest of dev and of the environments behind it;
    ``host`` the registry.
    """
    with repositories.importing(repositories.init(folder)) as stream:
        config = contents.CONFIG % {"entry": entry, "onward": onward}
        _write_first(stream, apps, config, f"{host}/{images.REPOSITORY}")
        plans = _Plans(reader.read(config.encode()), f"{host}/{images.REPOSITORY}")
        _write_moves(stream, commits, plans)
    # as a server would have it after its own maintenance
    _git(folder, "repack", "-a", "-d", "-q", "--write-bitmap-index")
    _git(folder, "commit-graph", "write", "--reachable")
    return GitopsRepository(folder, apps, _git(folder, "rev-parse", "main").strip())


def updates(apps: Sequence[int], number: int) -> Iterator[list[Move]]:
    """Yield so many commits, each an update of dev, the applications in turn and their tags
    counting up.
    """
    for index in range(number):
        yield [Move(apps[index % len(apps)], "dev", str(2 + index // len(apps)))]


def mixed(apps: int, number: int) -> Iterator[list[Move]]:
    """Yield so many commits: updates of dev, every second release goes on to stage, every fourth to
    prod.
    """
    moves = (
        [move]
        for tag in count(2)
        for app in range(1, apps + 1)
        for move in (
            Move(app, "dev", str(tag)),
            Move(app, "stage", str(tag), source="dev"),
            Move(app, "prod", str(tag), source="stage"),
        )[: 3 if tag % 4 == 0 else 2 if tag % 2 == 0 else 1]
    )
    return islice(moves, number)


def _write_first(stream: Stream, apps: int, config: str, repository: str) -> None:
    for mark, content in enumerate(contents.SHARED.values(), start=1):
        stream.blob(mark, content.encode())
    stream.commit(_commit(0, "Begin", {"gitops.yaml": config}))
    first = dict.fromkeys(ENVIRONMENTS, _FIRST)
    for number in range(1, apps + 1):
        base = f"apps/{app_name(number)}"
        for mark, path in enumerate(contents.SHARED, start=1):
            stream.file(f"{base}/{path}", mark)
        for path, own in contents.own_files(number, first, repository):
            stream.file(f"{base}/{path}", own)


class _Plans:
    """Names each commit's plan as the program would: what has another name is taken for written by
    hand.
    """

    def __init__(self, config: Config, repository: str) -> None:
        self.repository = repository
        self._config = config
        self._last: dict[tuple[int, str], str] = {}

    def named(self, operation: str, moves: Sequence[Move], previous: Sequence[str]) -> str:
        """Return the id as it is recorded."""
        environment = self._config.environments[moves[0].environment]
        pairs = zip(moves, previous, strict=True)
        changes = [self._change(move, before, environment) for move, before in pairs]
        name = plan_id.with_form(plan_id.identity(operation, (), environment, changes))
        self._last |= {(move.app, move.environment): name for move in moves}
        return name

    def _change(self, move: Move, before: str, environment: Environment) -> Change:
        app = self._config.app(app_name(move.app))
        assert app
        file = self._config.values_file(app, environment)
        key = app.images[0].required
        last = self._last.get((move.app, move.environment), plan_id.NOBODY)
        return Change(
            app=app,
            environment=environment,
            branch="main",
            file=file,
            before=Release((Image(self.repository, before),)),
            after=Release((Image(self.repository, move.tag, images.digest(move.tag)),)),
            edits=(Edit("main", file, key, before, move.tag),),
            origin=None,
            prior=last if environment.approval else None,
        )


def _write_moves(stream: Stream, commits: Iterable[Sequence[Move]], plans: _Plans) -> None:
    tags: dict[tuple[int, str], str] = {}
    for index, moves in enumerate(commits, start=1):
        previous = [tags.get((move.app, move.environment), _FIRST) for move in moves]
        files = dict(_values(move, plans.repository) for move in moves)
        stream.commit(_commit(index, _message(moves, previous, plans), files))
        tags |= {(move.app, move.environment): move.tag for move in moves}


def _values(move: Move, repository: str) -> tuple[str, bytes]:
    path = f"apps/{app_name(move.app)}/values-{move.environment}.yaml"
    return path, contents.values(move.app, move.environment, move.tag, repository)


def _commit(index: int, message: str, files: Mapping[str, str | bytes]) -> Commit:
    return Commit(
        files=files,
        message=message,
        who="Jenkins <jenkins@example.com>",
        when=EPOCH + index * _MINUTES,
    )


def _message(moves: Sequence[Move], previous: Sequence[str], plans: _Plans) -> str:
    first = moves[0]
    operation = "promote" if first.source else "update"
    who = app_name(first.app) if len(moves) == 1 else f"{len(moves)} applications"
    name = plans.named(operation, moves, previous)
    policy = hashlib.sha1(name.encode()).hexdigest()
    lines = [f"{operation}({who}): {first.environment}", "", f"Gitops-Operation: {operation}"]
    lines += [f"Gitops-Plan: {name}", f"Gitops-Policy: {policy}", "Gitops-Requested-By: carol"]
    for move, before in zip(moves, previous, strict=True):
        app = app_name(move.app)
        lines += [f"Gitops-App: {app}", f"Gitops-Environment: {move.environment}"]
        lines += [f"Gitops-From: {move.source}"] if move.source else []
        lines.append(f"Gitops-Image: {plans.repository}:{move.tag}@{images.digest(move.tag)}")
        lines.append(f"Gitops-Previous: {plans.repository}:{before}@{images.digest(before)}")
        lines.append(
            f"Gitops-Source-Revision: {hashlib.sha1(f'{app} {move.tag}'.encode()).hexdigest()}"
        )
        lines.append(f"Gitops-Source-Author: dev-{move.app % 50}@example.com")
        lines.append(f"Gitops-Build-Url: https://jenkins.example.com/job/{app}/{move.tag}/")
        lines.append("Gitops-Gate: order=passed digest=passed")
    return "\n".join(lines) + "\n"


def _git(folder: Path, *arguments: str) -> str:
    finished = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise RuntimeError(f"git {' '.join(arguments)}: {finished.stderr}")
    return finished.stdout
