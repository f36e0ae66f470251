"""A start loads nothing that the command does not need: what is imported decides how long a plain
update takes.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import repositories
from tests.repositories import Commit
from tests.servers.processes import free_port

# what each of these costs is measured by `make bench`; a registry is asked with the standard
# library
HEAVY = frozenset(
    """
    requests urllib3 jenkins git gitdb rich pygments ruamel jsonschema pydantic confusable_homoglyphs
    gitops_ci.usecases.build gitops_ci.adapters.container_engines gitops_ci.demo.images gitops_ci.adapters.registry.login
    gitops_ci.usecases.operation.chart_promotion gitops_ci.usecases.facts.rendered gitops_ci.adapters.helm gitops_ci.adapters.jenkins gitops_ci.adapters.argocd
    gitops_ci.core.rollout gitops_ci.usecases.wait gitops_ci.usecases.facts.live gitops_ci.usecases.argocd_access
    """.split()
)
# all that a plain update takes from others; what comes on top makes every operation slower
LIBRARIES = frozenset({"click", "msgspec", "typing_extensions", "yaml"})
WITHOUT_YAML = HEAVY | {
    "yaml",
    "msgspec",
    "gitops_ci.core.config",
    "gitops_ci.usecases",
    "gitops_ci.adapters.git",
    "gitops_ci.adapters.registry",
}

PROGRAM = """
import sys
from gitops_ci.cli import main
code = main(sys.argv[1:])
sys.stdout.flush()
print("loaded:", *sys.modules)
sys.exit(code)
"""
CONFIG = (
    'version: 1\napps:\n  "*": {{path: "apps/{{app}}"}}\nenvironments:\n  dev: {{verify_digest: '
    '"{policy}"}}\n'
)
VALUES = 'image:\n  repository: {image}\n  tag: "14"\n'


def run(*words: str) -> tuple[str, set[str]]:
    """Run a command in a process of its own; return what it printed, and the modules and packages
    it had loaded.
    """
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    printed, _, loaded = finished.stdout.rpartition("loaded:")
    return printed, set(loaded.split())


def repository(
    folder: Path, *, image: str = "registry.example.com/shop", policy: str = "off"
) -> Path:
    """Make a bare repository with one application, and ``policy`` for whether its registry is
    asked.
    """
    files = {
        "gitops.yaml": CONFIG.format(policy=policy),
        "apps/shop/values-dev.yaml": VALUES.format(image=image),
    }
    return repositories.make(folder, Commit(files=files))


def libraries(loaded: set[str]) -> set[str]:
    """Return the packages that are neither Python's nor the program's own."""
    tops = (
        {name.partition(".")[0] for name in loaded}
        - sys.stdlib_module_names
        - {"gitops_ci", "__main__", "sitecustomize"}
    )
    return {name for name in tops if not name.startswith("_") and name != "cython_runtime"}


@pytest.mark.parametrize("command", ["wait", "jobs", "jobs diff", "init"])
def test_a_help_text_loads_no_use_case_and_no_library_but_that_of_the_command_line(
    command: str,
) -> None:
    printed, loaded = run(*command.split(), "--help")
    assert printed.startswith(f"Usage: gitops-ci {command}")
    assert loaded & WITHOUT_YAML == set()
    assert libraries(loaded) == {"click"}


def test_the_version_loads_neither_a_library_nor_a_use_case() -> None:
    printed, loaded = run("--version")
    assert printed.startswith("gitops-ci, version")
    assert loaded & WITHOUT_YAML == set()


def test_the_version_is_told_without_the_command_line_in_its_words() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "gitops_ci", "--version"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "click" not in ended.stderr
    assert ended.stdout == run("--version")[0]


def test_a_plain_update_loads_no_client_of_a_registry_jenkins_or_argo_cd(tmp_path: Path) -> None:
    bare = repository(tmp_path / "gitops.git")
    printed, loaded = run("update", "shop", "--env", "dev", "--tag", "15", "--repo", str(bare))
    assert "shop" in printed
    assert "gitops_ci.adapters.git" in loaded
    assert loaded & HEAVY == set()
    assert "gitops_ci.adapters.http.client" not in loaded
    assert libraries(loaded) <= LIBRARIES
    written = subprocess.run(
        ["git", "-C", str(bare), "show", "main:apps/shop/values-dev.yaml"],
        capture_output=True,
        text=True,
    )
    assert 'tag: "15"' in written.stdout


def test_an_update_that_asks_a_registry_does_so_with_the_standard_library(tmp_path: Path) -> None:
    host = f"127.0.0.1:{free_port()}"  # nobody answers there, which is no reason to load more
    bare = repository(tmp_path / "gitops.git", image=f"{host}/shop", policy="available")
    printed, loaded = run(
        "update", "shop", "--env", "dev", "--tag", "15", "--repo", str(bare), "--plain-http", host
    )
    assert "not confirmed" in printed
    assert "gitops_ci.adapters.registry.client" in loaded
    assert loaded & HEAVY == set()


def test_the_package_of_the_registries_loads_no_client() -> None:
    program = (
        "import gitops_ci.adapters.registry, sys; print(sorted({'requests', 'http.client', "
        "'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_names_are_compared_without_the_tables_of_other_scripts() -> None:
    program = (
        "import sys\n"
        "from gitops_ci.core.person_names import folded\n"
        "folded('Alice Smith <alice@example.com>')\n"
        "print(sorted({'confusable_homoglyphs', 'unicodedata'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
