"""Jenkins Job Builder, which knows nothing of this program, makes the same job of the same
definition.
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
import yaml

from gitops_ci.core.promotion_job import document
from gitops_ci.core.promotion_job.definition import Definition
from gitops_ci.core.promotion_job.groovy import script
from gitops_ci.core.promotion_job.meaning import difference, parse
from tests.unit.core.promotion_job.sample import definition

SIGNATURE = "<!-- Managed by Jenkins Job Builder -->"
HOSTILE = {
    "repo": "https://git.example.com/é.git",
    "label": 'it\'s "50 $x" \\ <b>&amp;\n😀',
    "tool": {"home": "C:\\users"},
}


@pytest.fixture(scope="module", params=["usual", "hostile"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Definition, str]:
    """A definition, and the XML that Jenkins Job Builder makes of it."""
    made = (
        definition()
        if request.param == "usual"
        else definition(arguments=HOSTILE, repo=HOSTILE["repo"], keep=7)
    )
    folder = tmp_path_factory.mktemp("job-builder")
    (folder / "jobs.yaml").write_text(
        yaml.safe_dump([{"job": described(made)}], allow_unicode=True), encoding="utf-8"
    )
    command = [sys.executable, "-m", "jenkins_jobs", "test", "jobs.yaml", "-o", "out"]
    environ = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run(
        command, cwd=folder, env=environ, check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return made, (folder / "out" / "promote").read_text(encoding="utf-8").replace(
        _escaped(SIGNATURE), ""
    )


def described(made: Definition) -> dict[str, Any]:
    """Return a definition in Jenkins Job Builder's own words."""
    job = document.job(made)
    told = {
        each.findtext("name") or "": each.findtext("description") or ""
        for each in job.iterfind(".//parameterDefinitions/*")
    }
    return {
        "name": "promote",
        "project-type": "pipeline",
        "concurrent": True,
        "sandbox": True,
        "description": made.description,
        "dsl": script(made),
        "properties": [{"build-discarder": {"num-to-keep": made.keep}}],
        "parameters": [
            {"choice": {"name": "APP", "description": told["APP"], "choices": list(made.apps)}},
            {
                "choice": {
                    "name": "TO",
                    "description": told["TO"],
                    "choices": list(made.environments),
                }
            },
            {"string": {"name": "TAG", "description": told["TAG"], "default": "", "trim": True}},
            {"text": {"name": "REASON", "description": told["REASON"], "default": ""}},
            {"bool": {"name": "DRY_RUN", "description": told["DRY_RUN"], "default": False}},
        ],
    }


def test_the_meanings_are_equal(pair: tuple[Definition, str]) -> None:
    made, text = pair
    assert difference(parse(text, "promote"), document.job(made), "promote") == ""


def test_the_documents_are_equal_element_by_element(pair: tuple[Definition, str]) -> None:
    made, text = pair
    theirs, ours = (
        normal(ElementTree.fromstring(each))
        for each in (text, document.to_text(document.job(made)))
    )
    assert theirs == ours


def normal(root: ElementTree.Element) -> dict[str, Any]:
    """Return every text by its path, without what Jenkins Job Builder adds for all jobs: another
    way than the program's.
    """
    found: dict[str, Any] = {}

    def walk(element: ElementTree.Element, path: str) -> None:
        counted: dict[str, int] = {}
        for child in element:
            counted[child.tag] = counted.get(child.tag, 0) + 1
            walk(child, f"{path}/{child.tag}[{counted[child.tag]}]")
        if not len(element):
            found[path] = element.text or ""
        if element.get("class"):
            found[f"{path}@class"] = element.get("class")

    walk(root, root.tag)
    added = re.compile(r"^flow-definition/(actions|keepDependencies)\[1\]$")
    # it does not know this one; false is what Jenkins takes then
    text_of_reason = "TextParameterDefinition[1]/trim[1]"
    return {
        path: text
        for path, text in found.items()
        if not added.match(path) and not path.endswith(text_of_reason)
    }


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")
