"""Holds the unit tests to what they are: none starts a process or uses the network."""

import sys
from collections.abc import Iterator
from types import TracebackType

import pytest

_FORBIDDEN = frozenset(
    """
    subprocess.Popen os.exec os.fork os.forkpty os.posix_spawn os.spawn os.system
    socket.bind socket.connect socket.getaddrinfo
    """.split()
)


class Purity:
    """Refuses while it is entered; also tells of what was refused and not heard of."""

    def __init__(self) -> None:
        self.entered = False
        self.refused: list[str] = []

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        """Raise RuntimeError: OSError would be taken for a failure of the system."""
        if event in _FORBIDDEN and self.entered:
            self.refused.append(f"{event} {arguments[0]}")
            raise RuntimeError(f"not in tests/unit: {self.refused[-1]}")

    def __enter__(self) -> None:
        self.refused.clear()
        self.entered = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.entered = False
        if self.refused and error is None:
            pytest.fail(f"not in tests/unit: {', '.join(self.refused)}", pytrace=False)


_purity = Purity()
sys.addaudithook(_purity.audit)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    """Watch the fixtures, those of a module and of the session too."""
    with _purity:
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Watch the test itself."""
    with _purity:
        yield
