"""The tests of JUnit, read from their sources: a worker that collects them compiles nothing."""

import re

from tests.groovy.java import SOURCES

PACKAGE = "gitops"

_TEST = re.compile(
    r"^    @(?:Test|ParameterizedTest)\b.*?^    (?:\w+ )*void (\w+)\(", re.MULTILINE | re.DOTALL
)


def tests() -> list[str]:
    """Return the tests of all classes, each as ``Class#method``, in the order in which they stand
    there.
    """
    found = []
    for file in sorted((SOURCES / "java" / PACKAGE).glob("*.java")):
        names: list[str] = _TEST.findall(file.read_text(encoding="utf-8"))
        found += [f"{PACKAGE}.{file.stem}#{name}" for name in names]
    return found


def short(test: str) -> str:
    """Return how pytest calls a test: ``Class.method``."""
    return test.removeprefix(f"{PACKAGE}.").replace("#", ".")
