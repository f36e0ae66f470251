"""The vars under Jenkins' own CPS transformation, with the real program, a real Git server and a
real registry.
"""

import pytest

from tests.groovy import junit, signatures
from tests.groovy.jvm import Jvm
from tests.groovy.signatures import Used


@pytest.mark.parametrize("test", junit.tests(), ids=junit.short)
def test_the_vars_behave_as_jenkins_runs_them(test: str, jvm: Jvm, used: Used) -> None:
    answer = jvm.run(test)
    assert answer.tests, f"JUnit knows no {test}"
    problems = [
        f"{each.name}: {each.outcome}\n{own(each.problem)}"
        for each in answer.tests
        if each.outcome != "SUCCESSFUL"
    ]
    if problems:
        pytest.fail("\n".join([*problems, jvm.printed()]), pytrace=False)
    used.note(test, answer.signatures)
    unused = used.unused(signatures.reviewed())
    assert not unused, (
        f"now that all tests have run: no var needs these lines of {signatures.LIST.name} any more"
    )


def own(trace: str) -> str:
    """Return the words of a trace, and the places in the tests and the harness."""
    lines = trace.splitlines()
    return "\n".join(
        line
        for line in lines
        if not line.startswith("\tat ") or line.startswith(("\tat gitops.", "\tat harness."))
    )


def test_each_test_that_junit_finds_is_run(jvm: Jvm) -> None:
    assert jvm.found(junit.PACKAGE) == sorted(junit.tests())
