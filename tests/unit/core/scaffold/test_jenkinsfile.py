"""The Jenkinsfiles call vars that exist, with arguments that they take."""

import re

import pytest

import gitops_ci
from gitops_ci.core.scaffold import repository
from tests.unit.core.scaffold.repositories import VARIANTS, settings
from tests.unit.library.test_vars import VARS, options

CALL = re.compile(r"\b(gitops[A-Z]\w*)\(")
NAME = re.compile(r"(?:^|[(,\[+]\s*)(\w+):")
SURROUNDINGS = {
    "argocdServer",
    "gitCredentials",
    "registryCredentials",
    "argocdCredentials",
    "label",
    "tool",
}
APPROVAL = {"approval", "lock", "milestone"}


def calls(text: str) -> list[tuple[str, str]]:
    """Return each var that is called, with what stands between its parentheses."""
    code = "\n".join(
        line.partition("//")[0] if "://" not in line else line for line in text.splitlines()
    )
    found = []
    for match in CALL.finditer(code):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        found.append((match[1], code[match.end() : end - 1]))
    return found


def names(arguments: str) -> set[str]:
    """Return the named arguments of a call, those of the maps in it apart."""
    inner = re.sub(r"(?<=: )\[[^\[\]]*\]", "", arguments)  # approval: [...]
    return set(NAME.findall(inner.replace("gitops + [", "[")))


def text(layout: str, strategy: str) -> str:
    return repository(settings(layout, strategy))["Jenkinsfile"].decode()


every_variant = pytest.mark.parametrize(("layout", "strategy"), VARIANTS)


@every_variant
def test_every_call_names_arguments_that_the_var_takes(layout: str, strategy: str) -> None:
    jenkinsfile = text(layout, strategy)
    common = set(re.findall(r"^    (\w+): '", jenkinsfile, re.MULTILINE))
    assert common == {
        "app",
        "repo",
        "branch",
        "gitCredentials",
        "registryCredentials",
        "argocdCredentials",
    }
    found = calls(jenkinsfile)
    assert {"gitopsBuild", "gitopsUpdate", "gitopsPromote"} <= {var for var, _ in found}
    for var, arguments in found:
        given = names(arguments) | (common if "gitops +" in arguments else set())
        known = (
            set(options(var))
            | SURROUNDINGS
            | (APPROVAL if var in {"gitopsPromote", "gitopsRollback"} else set())
        )
        assert given <= known, (var, given - known)
        assert (VARS / f"{var}.groovy").exists()


@every_variant
def test_it_asks_for_the_library_in_the_version_of_the_tool_and_checks_dev(
    layout: str, strategy: str
) -> None:
    jenkinsfile = text(layout, strategy)
    assert f"@Library('gitops-ci@v{gitops_ci.__version__}') _" in jenkinsfile
    folder = "gitops/apps/manual-app" if layout == "many" else "gitops"
    commands = re.findall(r"^\s*sh '(.*?)'", jenkinsfile, re.MULTILINE)
    assert commands == [
        "./checks/dev.sh image",
        f"./checks/dev.sh chart {folder}",
        "./checks/dev.sh service",
    ]
    assert "${" not in re.sub(
        r'env\.IMAGE = ".*"', "", jenkinsfile
    )  # nothing that a shell would get by interpolation


def test_a_version_is_given_only_where_production_is_a_tag() -> None:
    assert "[version: env.TAG_NAME.substring(1)]" in text("one", "release-branch")
    assert "version:" not in text("many", "release-branch")


@every_variant
def test_a_commit_to_the_gitops_repository_starts_no_build_of_the_source(
    layout: str, strategy: str
) -> None:
    """Else each delivery would start the next one: Jenkins watches every repository that a build
    has checked out.
    """
    checkouts = re.findall(r"\bgit\((.*)\)", text(layout, strategy))
    assert checkouts
    assert all(
        "poll: false" in arguments and "changelog: false" in arguments for arguments in checkouts
    )
