"""Charts rendered and values files read as Helm does, thousands by one tests/go/helm-batch."""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.realparts import need

_PROGRAM = "helm-batch"


class HelmError(Exception):
    """Helm refuses: its words."""


class HelmBatch:
    """A running process that answers one line with one line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, question: object) -> Any:
        """Return the answer to one question; raises HelmError where Helm refuses."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{json.dumps(question)}\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"{_PROGRAM} ended: code {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise HelmError(answer["error"])
        return answer["result"]


class Renderer:
    """Does what `helm template` does."""

    def __init__(self, batch: HelmBatch) -> None:
        self._batch = batch

    def render(
        self,
        chart: Path,
        release: str,
        values: Sequence[Path],
        sets: Sequence[str] = (),
    ) -> str:
        """Return the manifests; ``sets`` are what ``--set`` takes."""
        texts = [file.read_text(encoding="utf-8") for file in values]
        job = {
            "chart": str(chart),
            "release": release,
            "namespace": "default",
            "values": texts,
            "sets": list(sets),
        }
        rendered: str = self._batch.ask(job)
        return rendered


class Reader:
    """Reads values files."""

    def __init__(self, batch: HelmBatch) -> None:
        self._batch = batch

    def read(self, text: str) -> Any:
        """Return the data of a values file."""
        return self._batch.ask(text)


class TextReader:
    """Reads single values of files, as a template prints them."""

    def __init__(self, batch: HelmBatch) -> None:
        self._batch = batch

    def texts(self, text: str, paths: Sequence[Sequence[str | int]]) -> list[Any]:
        """Return the text at each path of a values file, None where there is none."""
        found: list[Any] = self._batch.ask({"text": text, "paths": paths})
        return found


@contextlib.contextmanager
def renderer() -> Iterator[Renderer]:
    """Yield what renders charts; skips the test where it could not be built."""
    with _running("render") as batch:
        yield Renderer(batch)


@contextlib.contextmanager
def reader() -> Iterator[Reader]:
    """Yield what reads values files; skips the test where it could not be built."""
    with _running("read") as batch:
        yield Reader(batch)


@contextlib.contextmanager
def text_reader() -> Iterator[TextReader]:
    """Yield what reads single values; skips the test where it could not be built."""
    with _running("texts") as batch:
        yield TextReader(batch)


@contextlib.contextmanager
def _running(command: str) -> Iterator[HelmBatch]:
    need(_PROGRAM)
    pipe = subprocess.PIPE
    words = [_PROGRAM, command]
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as process:
        yield HelmBatch(process)  # it ends with its input
