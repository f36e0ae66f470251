"""The result of a run as JSON: printed, and written into the result file on success and failure alike."""

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from gitops_ci import progress, temporary
from gitops_ci.errors import Category, GitopsError, RefusedError, UsageError
from gitops_ci.redaction import redact

SCHEMA = 1
Level = Literal["committed", "synced", "healthy"]
# what a terminal would obey, and JSON does not escape by itself: C1 controls, invisible and bidirectional marks
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\U000e0000-\U000e007f]"
)


class ImageResult(msgspec.Struct, frozen=True):
    """One image: ``digest`` is ``sha256:...`` or null."""

    repository: str | None
    tag: str
    digest: str | None


class ReleaseResult(msgspec.Struct, frozen=True):
    """A release: ``tag`` is what all images share, or a list in words."""

    tag: str
    images: list[ImageResult]
    source_revision: str | None
    source_authors: list[str]
    build_url: str | None


class CarriedResult(msgspec.Struct, frozen=True):
    """A file or folder of the chart that comes from another branch; object ids, ``before`` null: new, ``after`` null: removed."""

    path: str
    before: str | None
    after: str | None


class AppResult(msgspec.Struct, frozen=True):
    """What happened to one application; ``commit`` did it, now or before."""

    app: str
    file: str
    branch: str
    release: ReleaseResult
    previous: ReleaseResult
    changed: bool
    commit: str | None
    carried: list[CarriedResult] = []


class GateResult(msgspec.Struct, frozen=True):
    """One gate's verdict on one application; ``asks`` names what an answer has to bring beside a name (``reason``)."""

    gate: str
    app: str
    environment: str
    state: Literal["passed", "refused", "pending", "overridden"]
    reason: str
    remedy: str
    openers: list[str]
    opens_at: str | None
    asks: list[str] = []


class ProposalResult(msgspec.Struct, frozen=True):
    """A branch of its own for the operation, to be merged into ``target``; ``hints`` are the server's words, or what to do."""

    branch: str
    target: str
    hints: list[str]


class RolloutResult(msgspec.Struct, frozen=True):
    """How waiting for one application ended; ``application`` is Argo CD's name, ``seconds`` how long it took.

    ``revision``, ``sync``, ``health`` and ``images`` are what Argo CD said last, ``url`` the application's page there.
    """

    app: str
    environment: str
    application: str
    release: str
    commit: str | None
    level: Level
    state: Literal["done", "failed", "unavailable", "timeout"]
    message: str
    remedy: str
    revision: str | None
    sync: str | None
    health: str | None
    images: list[str]
    seconds: float
    url: str | None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The result document; ``release`` and ``previous`` are set where one application was asked for.

    ``changed``: this run changed what the environment's branch holds. ``published``: where its commit is: on that branch
    (``committed``), or on a branch of its own (``proposed``, now or before), null where nothing was published.
    ``git_tag``: the tag that publishes the environment, or would. ``rendered_diff``: what helm makes of it, null where nobody
    asked (``--show-rendered``). ``summary``: a plan as an approver reads it, else null; ``changelog``: what it brings,
    as ``diff`` has it (``--changelog``).
    """

    schema: int = SCHEMA
    ok: bool
    exit_code: int
    category: Category
    message: str
    operation: str
    apps: list[AppResult] = []
    environment: str | None = None
    release: ReleaseResult | None = None
    previous: ReleaseResult | None = None
    changed: bool = False
    commit: str | None = None
    plan_id: str | None = None
    gates: list[GateResult] = []
    diff: str = ""
    attempts: int = 0
    dry_run: bool = False
    warnings: list[str] = []
    published: Literal["committed", "proposed"] | None = None
    proposal: ProposalResult | None = None
    git_tag: str | None = None
    rendered_diff: str | None = None
    summary: str | None = None
    changelog: list[dict[str, Any]] = []
    rollout: list[RolloutResult] = []


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the result document; commands may add keys of their own."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "result of gitops-ci",
        **msgspec.json.schema(Result),
    }


def write_failure(file: str | None, to_stdout: bool, arguments: Sequence[str], error: GitopsError) -> None:
    """Write the result of a run that failed before it had an outcome."""
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] == ["plan"] and len(words) > 1:
        words = words[1:]
    refused = error if isinstance(error, RefusedError) else None
    failure = Result(
        ok=False,
        exit_code=int(error.exit_code),
        category=error.category,
        message=str(error),
        operation=" ".join(words[:2]) if words[:1] == ["jobs"] else "".join(words[:1]),
        environment=(refused.environment or None) if refused else None,
        gates=[refusal(refused)] if refused else [],
        commit=error.commit,
        changed=error.changed,
    )
    write(failure, file, to_stdout)


def refusal(error: RefusedError) -> GateResult:
    """Return the verdict of a gate that refused before there was a plan."""
    return GateResult(error.gate, error.app, error.environment, "refused", error.message, error.remedy, [], None)


def write(document: Result | dict[str, Any], file: str | None, to_stdout: bool) -> None:
    """Write a result where it was asked for; raises GitopsError when the file can't be written."""
    encoded = _encoded(msgspec.to_builtins(document))
    if file:
        _replace(Path(file), encoded)
    if to_stdout:
        show(encoded if _shown_as_it_is(encoded) else json.dumps(json.loads(encoded), indent=2) + "\n")


def show(text: str) -> None:
    """Print on stdout at once, so that in a log of both streams it stands before what stderr says next.

    A reader that has gone away changes nothing in how the run ended.
    """
    progress.hush()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def check_file(file: str | None) -> None:
    """Raise UsageError when a result file can't be written there: known before anything is published, not after."""
    if not file:
        return
    path = Path(file)
    try:
        fits = os.access(path, os.W_OK) if path.exists() else os.access(path.parent, os.W_OK | os.X_OK)
        fits = fits and not path.is_dir() and path.parent.is_dir()
    except (OSError, ValueError):
        fits = False
    if not fits:
        raise UsageError(f"the result file {file} can't be written", remedy="give --result-file a path in a folder that exists")


def _encoded(document: Any) -> str:
    # redacted value by value: a secret that JSON has to escape would not be found in the text
    text = json.dumps(_redacted(document), ensure_ascii=False, indent=2) + "\n"
    return _UNSAFE.sub(lambda match: json.dumps(match.group())[1:-1], text)


def _shown_as_it_is(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value).encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_redacted(each) for each in value]
    if isinstance(value, dict):
        return {key: _redacted(each) for key, each in value.items()}
    return value


def _replace(path: Path, text: str) -> None:
    """Write the whole file or leave the old one: a pipeline reads it after any ending."""
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")  # /dev/stdout and the like
            return
        with temporary.replacement(path) as file:
            os.fchmod(file.fileno(), 0o666 & ~temporary.umask())
            file.write(text.encode())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise GitopsError(
            f"the result file {path} can't be written: {reason}", remedy="give --result-file a path in a folder that exists"
        ) from error
