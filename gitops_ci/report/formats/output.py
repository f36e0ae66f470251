"""Where a result goes: stdout in one of its formats, and the result file."""

import contextlib
import errno
import json
import logging
import os
import re
import selectors
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Literal, Protocol, overload

import msgspec

from gitops_ci.base import interrupts, progress, temporary
from gitops_ci.base.errors import GitopsError, RefusedError, UsageError
from gitops_ci.base.redaction import redact
from gitops_ci.report.formats.result import Result, refusal

log = logging.getLogger(__name__)

_PATIENCE = 10.0  # seconds in which the reader of a pipe has to take something
_OPEN_HERE = ("/dev/std", "/dev/fd/", "/proc/")

# what a terminal would obey, and JSON does not escape by itself: C1 controls, invisible and
# bidirectional marks
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\U000e0000-\U000e007f]"
)


class Output(Protocol):
    """How a command's result is asked for: its format on stdout, and the file that gets the
    document (None: no file).
    """

    @property
    def format(self) -> str: ...

    @property
    def result_file(self) -> str | None: ...


class TextOutput(Output, Protocol):
    """What a command without other formats offers."""

    @property
    def format(self) -> Literal["text", "json"]: ...


class MarkdownOutput(Output, Protocol):
    """The same with Markdown."""

    @property
    def format(self) -> Literal["text", "json", "markdown"]: ...


class CsvOutput(Output, Protocol):
    """The same with CSV."""

    @property
    def format(self) -> Literal["text", "json", "csv"]: ...


Document = Callable[[], Result]
Format = Callable[[], str]


@overload
def render(output: TextOutput, document: Document, *, text: Format) -> None: ...
@overload
def render(
    output: MarkdownOutput, document: Document, *, text: Format, markdown: Format
) -> None: ...
@overload
def render(output: CsvOutput, document: Document, *, text: Format, csv: Format) -> None: ...
def render(output: Output, document: Document, **formats: Format) -> None:
    """Write a result's document into the result file, and print it in the format that is asked for.

    ``formats`` make texts that are safe to show, the document is ``json``: the overloads are what
    keeps a command from offering a format that its report does not have. Raises GitopsError when
    the file can't be written.
    """
    # the file first: it is there even where nobody reads stdout to its end
    write_document(output, document)
    if output.format != "json":
        show(formats[output.format]())


def write_document(output: Output, document: Document) -> None:
    """Write a document into the result file, and print it where JSON is asked for.

    Raises GitopsError when the file can't be written.
    """
    if output.result_file or output.format == "json":
        encoded = _encoded(msgspec.to_builtins(document()))
        if output.result_file:
            _replace(Path(output.result_file), encoded)
        if output.format == "json":
            show(_for_stdout(encoded))


def write_failure(output: Output, arguments: Sequence[str], error: GitopsError) -> None:
    """Write the result of a run that failed before it had an outcome."""
    names = [name for name in arguments if not name.startswith("-")]
    if names[:1] == ["plan"] and len(names) > 1:
        names = names[1:]
    refused = error if isinstance(error, RefusedError) else None
    failure = Result(
        ok=False,
        exit_code=int(error.exit_code),
        category=error.category,
        message=str(error),
        operation=" ".join(names[:2]) if names[:1] == ["jobs"] else "".join(names[:1]),
        environment=(refused.environment or None) if refused else None,
        gates=[refusal(refused)] if refused else [],
        commit=error.commit,
        changed=error.changed,
    )
    write_document(output, lambda: failure)


def write_file(document: Result, file: str) -> None:
    """Write a document into the result file alone; raises GitopsError when that is not possible."""
    _replace(Path(file), _encoded(msgspec.to_builtins(document)))


def show(text: str) -> None:
    """Print on stdout at once, so that in a log of both streams it stands before what stderr says
    next.

    A reader that has gone away, or a full disk, changes nothing in how the run ended.
    """
    progress.silence()
    interrupts.end_within(float("inf"))  # whoever reads it in a pager takes the time that it takes
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            log.warning("warning: the result can't be printed: %s", error.strerror)
        # what is left in the buffer would fail again when the program ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def check_file(file: str | None) -> None:
    """Raise UsageError when a result file can't be written there: known before anything is
    published, not after.
    """
    if not file:
        return
    path = Path(file)
    try:
        fits = (
            os.access(path, os.W_OK) if path.exists() else os.access(path.parent, os.W_OK | os.X_OK)
        )
        fits = fits and not path.is_dir() and path.parent.is_dir()
    except (OSError, ValueError):
        fits = False
    if not fits:
        raise UsageError(
            f"the result file {file} can't be written",
            remedy="give --result-file a path in a folder that exists",
        )


def _encoded(document: Any) -> str:
    # redacted value by value: a secret that JSON has to escape would not be found in the text
    text = json.dumps(_redacted(document), ensure_ascii=False, indent=2) + "\n"
    return _UNSAFE.sub(lambda match: json.dumps(match.group())[1:-1], text)


def _for_stdout(encoded: str) -> str:
    """Return JSON that stdout can encode, with escapes where it has no such characters."""
    try:
        encoded.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return json.dumps(json.loads(encoded), indent=2) + "\n"
    return encoded


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
        if _is_stream(path):
            _write_into(path, text.encode())
            return
        with temporary.replacement(path) as file:
            os.fchmod(file.fileno(), 0o666 & ~temporary.umask())
            file.write(text.encode())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise GitopsError(
            f"the result file {path} can't be written: {reason}",
            remedy="give --result-file a path in a folder that exists and has room, or a pipe that "
            "somebody reads",
        ) from error


def _is_stream(path: Path) -> bool:
    """Tell whether a path is a pipe, a terminal or the like, or names what this process has open:
    a new file can't take its place.
    """
    return str(path).startswith(_OPEN_HERE) or (path.exists() and not path.is_file())


def _write_into(path: Path, content: bytes) -> None:
    """Write into what a path names.

    Raises OSError for a pipe that nobody reads: it would hold us for ever, and the last document is
    written when signals are not heard any more.
    """
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "wb", buffering=0) as stream, selectors.DefaultSelector() as selector:
        _wait_for(stream, selector)
        while content:
            if not selector.get_map() or selector.select(_PATIENCE):
                content = content[stream.write(content) or 0 :]
            else:
                raise TimeoutError(errno.ETIMEDOUT, "nobody reads it")


def _wait_for(stream: IO[bytes], selector: selectors.BaseSelector) -> None:
    # what the system can't tell about takes everything at once: a file, a device
    with contextlib.suppress(PermissionError):
        selector.register(stream, selectors.EVENT_WRITE)
