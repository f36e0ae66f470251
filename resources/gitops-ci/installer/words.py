"""What an installation says."""

import sys


class Problem(Exception):
    """What keeps the program from being installed; the remedy is for what only its place knows.

    Without a remedy of its own, the general ways around an installation are named.
    """

    def __init__(self, words: str, remedy: str | None = None) -> None:
        super().__init__(words)
        self.remedy = remedy


def say(words: str) -> None:
    """Write lines into the log of the build."""
    print(words, file=sys.stderr, flush=True)  # noqa: T201 # the log is what it is for
