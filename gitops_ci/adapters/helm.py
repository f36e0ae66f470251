"""Helm: renders a chart with values, as `helm template` does, and leaves nothing behind."""

import contextlib
import errno
import hashlib
import os
import re
import resource
import shutil
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from gitops_ci.base import processes, temporary
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.processes import Process
from gitops_ci.base.redaction import one_line, redact
from gitops_ci.model.release import Fact, Known, Rendered, Unknown

_AT_ONCE = 2  # helm uses several threads itself
_POLL = 0.01  # seconds
_MOST_OUTPUT = 20_000_000  # bytes of manifests
# bytes of addresses: a chart that repeats without end must not take the agent down
_MOST_MEMORY = 4 << 30
_LONGEST_MESSAGE = 600  # characters of helm's own words
_LONGEST_NAME = 53  # characters of a release's name
_NO_NAME = re.compile(r"[^a-z0-9-]+")
_HOMES = (
    "HOME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "HELM_CACHE_HOME",
    "HELM_CONFIG_HOME",
    "HELM_DATA_HOME",
)
_NO_FILE = {
    errno.ENAMETOOLONG,
    errno.EILSEQ,
    errno.EINVAL,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.EEXIST,
}


class HelmJob(msgspec.Struct, frozen=True):
    """What to render: the ``files`` of a chart by path with '/', the values file's content, and
    what the release is called.
    """

    release: str
    namespace: str
    files: Mapping[str, bytes]
    values: bytes


class _HelmRun(msgspec.Struct, frozen=True):
    folder: Path
    process: Process

    def too_much(self) -> bool:
        return (self.folder / "out").stat().st_size > _MOST_OUTPUT


def release_name(app: str) -> str:
    """Return an application's name as helm takes it for a release: small letters, digits and '-',
    at most 53 of them.
    """
    name = _NO_NAME.sub("-", app.lower()).strip("-") or "app"
    if len(name) <= _LONGEST_NAME:
        return name
    mark = hashlib.sha256(app.encode("utf-8", "surrogatepass")).hexdigest()[:7]
    return f"{name[: _LONGEST_NAME - 8].rstrip('-')}-{mark}"


def template(jobs: Sequence[HelmJob], deadline: Deadline) -> list[Rendered]:
    """Render every job, two at once; what does not render has helm's words, in one line."""
    program = shutil.which("helm")
    if program is None:
        missing = Unknown("helm is not installed here, or not on PATH", transient=False)
        return [Rendered(missing)] * len(jobs)
    results: dict[int, Rendered] = {}
    running: dict[int, _HelmRun] = {}
    waiting = deque(enumerate(jobs))
    with temporary.folder("helm") as folder:
        try:
            while waiting or running:
                while waiting and len(running) < _AT_ONCE:
                    index, job = waiting.popleft()
                    run = _start(os.path.abspath(program), job, folder / str(index))
                    if isinstance(run, _HelmRun):
                        running[index] = run
                    else:
                        results[index] = Rendered(run)
                results |= _take_ended(running, deadline)
                if running:
                    time.sleep(_POLL)
        finally:
            for run in running.values():
                processes.stop(run.process, grace=0)
    return [results[index] for index in range(len(jobs))]


def _start(program: str, job: HelmJob, folder: Path) -> _HelmRun | Fact:
    """Lay out the chart and start helm in a process group of its own; return why not where that
    can't be done.
    """
    try:
        _lay_out(job, folder)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in _NO_FILE:
            return Unknown(
                f"the chart can't be laid out for helm: {error.strerror}", transient=True
            )
        words = f"a file of the chart can't be laid out for helm: {error}"
        return Known(one_line(redact(words.replace(str(folder), ""))))
    command = [
        program,
        "template",
        f"--namespace={job.namespace}",
        "--values=values.yaml",
        "--include-crds",
        job.release,
        "./chart",
    ]
    try:
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            process = processes.start(
                command, folder=folder, environ=_environment(folder), stdout=out, stderr=err
            )
    except (OSError, ValueError) as error:
        return Unknown(one_line(f"helm can't be started: {error}"), transient=False)
    _bound(process)
    return _HelmRun(folder, process)


def _lay_out(job: HelmJob, folder: Path) -> None:
    (folder / "home").mkdir(parents=True)
    (folder / "values.yaml").write_bytes(job.values)
    for path, content in job.files.items():
        parts = path.split("/")
        if any(part in {"", ".", ".."} for part in parts):
            raise ValueError(f"{path!r} leaves the chart")
        file = folder.joinpath("chart", *parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment without the logins, plugins, clusters and proxies of this machine."""
    home = str(folder / "home")
    search = os.pathsep.join(
        os.path.abspath(directory)
        for directory in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if directory
    )
    nothing = str(folder / "home" / "nothing")
    return {
        **dict.fromkeys(_HOMES, home),
        "PATH": search,
        "TMPDIR": home,
        "HELM_PLUGINS": nothing,
        "KUBECONFIG": nothing,
        "HELM_KUBECONTEXT": "",
        "LC_ALL": "C.UTF-8",
    }


def _bound(process: Process) -> None:
    if hasattr(resource, "prlimit"):  # Linux
        with contextlib.suppress(OSError, ValueError):  # it has ended, or has a lower limit
            resource.prlimit(process.pid, resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _take_ended(running: dict[int, _HelmRun], deadline: Deadline) -> dict[int, Rendered]:
    """Take out what has ended, or has to end."""
    results: dict[int, Rendered] = {}
    for index, run in list(running.items()):
        ended = processes.ended(run.process)
        too_much = run.too_much()
        if not (ended or too_much or deadline.expired()):
            continue
        processes.stop(run.process, grace=0)
        if too_much:
            results[index] = Rendered(
                Known(f"helm rendered more than {_MOST_OUTPUT // 1_000_000} MB")
            )
        elif ended:
            results[index] = _result(run)
        else:
            late = f"helm did not end within the {deadline.seconds:g} s of --timeout"
            results[index] = Rendered(Unknown(late, transient=True))
        shutil.rmtree(run.folder, ignore_errors=True)
        del running[index]
    return results


def _result(run: _HelmRun) -> Rendered:
    code = run.process.returncode
    if code == 0:
        return Rendered(Known(None), (run.folder / "out").read_bytes().decode("utf-8", "replace"))
    if code < 0:
        return Rendered(Unknown(f"helm was ended by signal {-code}", transient=True))
    with (run.folder / "err").open("rb") as stream:
        err = stream.read(1_000_000).decode("utf-8", "replace")
    return Rendered(Known(_message(err, run.folder) or f"helm ended with exit code {code}"))


def _message(err: str, folder: Path) -> str:
    """Return what helm says went wrong, without its warnings, its hint on --debug and our
    folder.
    """
    lines = [line for line in err.splitlines() if not line.startswith("Use --debug flag")]
    first = _first_line(lines, ("Error:", "fatal error:"), 0)
    last = _first_line(lines, ("goroutine ", "runtime stack:"), len(lines))
    text = "\n".join(lines[first:last]).removeprefix("Error: ").replace(f"{folder}/", "")
    message = one_line(redact(text))
    if len(message) <= _LONGEST_MESSAGE:
        return message
    # where templates include each other the place is at the beginning, the cause at the end
    half = _LONGEST_MESSAGE // 2
    return f"{message[:half].rstrip()} ... {message[-half:].lstrip()}"


def _first_line(lines: Sequence[str], beginnings: tuple[str, ...], default: int) -> int:
    return next((index for index, line in enumerate(lines) if line.startswith(beginnings)), default)
