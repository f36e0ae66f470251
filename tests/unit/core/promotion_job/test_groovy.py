"""The script holds what it was given as literals, and calls the var with arguments that it
takes.
"""

import re

from hypothesis import given

from gitops_ci.core.config import reader
from gitops_ci.core.promotion_job import groovy
from gitops_ci.core.promotion_job.definition import define
from tests.servers.jenkins_stub.builds import literal
from tests.surroundings import ROOT
from tests.unit.core.promotion_job.sample import ANY_TEXT, definition

EVERYTHING = b"""\
version: 1
apps: {shop: {}}
environments: {dev: {}, stage: {from: dev}}
jenkins:
  credentials: {git: a, registry: b, argocd: c}
  label: linux
  approval: {submitter: [alice], timeout: 1, unit: DAYS, reason: true}
  lock: true
  wait: true
  skip_ci: true
  plain_http: ["host:5000"]
  ca_file: ca.pem
  timeout: 5m
  tool: {index: i, source: s, wheelhouse: w, home: h}
"""


@given(ANY_TEXT)
def test_a_text_is_one_literal_that_means_it(text: str) -> None:
    written = groovy.literal(text)
    inner = written[1:-1]
    assert written[0] == written[-1] == "'"
    assert not re.search(r"(?<!\\)(?:\\\\)*'", inner)
    assert all(ord(char) >= 32 for char in inner)
    assert literal(inner) == text


def test_values_are_written_as_groovy() -> None:
    given = {"a": True, "b": False, "c": 7, "d": ["x", "y"], "e": {"f": "g"}, "h": {}, "i": "$x"}
    assert (
        groovy.literal(given)
        == "[a: true, b: false, c: 7, d: ['x', 'y'], e: [f: 'g'], h: [:], i: '$x']"
    )


def test_the_script_loads_the_library_and_calls_the_var() -> None:
    lines = groovy.script(definition()).splitlines()
    assert lines[1:] == [
        "@Library('gitops-ci@v1.2.3') _",
        "",
        "gitopsPromotionJob(",
        "    repo: 'https://git.example.com/gitops.git',",
        "    approval: [timeout: 2, unit: 'DAYS']",
        ")",
    ]


def test_the_var_knows_every_argument() -> None:
    config = reader.read(EVERYTHING)
    arguments = define(config, "https://git.example.com/gitops.git", "main", ["shop"]).arguments
    places = (
        "vars/gitopsPromotionJob.groovy",
        "vars/gitopsApproval.groovy",
        "src/gitopsci/Arguments.groovy",
    )
    text = "".join((ROOT / place).read_text(encoding="utf-8") for place in places)
    known = set(re.findall(r"'(\w+)'", text))
    assert len(arguments) == 14
    assert set(arguments) - known == set()
    assert set(arguments["approval"]) - known == set()
