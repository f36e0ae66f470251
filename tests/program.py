"""The program as a process of its own, and how a run of it ended."""

import subprocess
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Any

COMMAND = (sys.executable, "-m", "gitops_ci")
_GRACE = 30.0  # seconds in which the program takes down what it has started


@dataclass(frozen=True)
class Ran:
    """How a run ended; ``result`` is the content of the result file."""

    code: int
    out: str
    err: str
    result: dict[str, Any]

    @property
    def gates(self) -> dict[str, str]:
        """Return the state of each gate; of several applications, that of the last."""
        return {gate["gate"]: gate["state"] for gate in self.result["gates"]}


class Run(subprocess.Popen[str]):
    """A run that does not outlive its ``with`` block, in which a test may fail."""

    def __init__(self, command: "list[str] | tuple[str, ...]", **options: Any) -> None:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        super().__init__(command, **(pipes | options))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it first, in order if it can, so that it takes with it what it has started."""
        if self.poll() is None:
            self.terminate()
            try:
                self.wait(_GRACE)
            except subprocess.TimeoutExpired:
                self.kill()
        super().__exit__(kind, error, trace)
