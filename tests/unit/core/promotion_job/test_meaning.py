"""Two documents mean the same whatever Jenkins made of one of them, and every real change is a
difference.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.base.errors import GitopsError
from gitops_ci.core.promotion_job import document
from gitops_ci.core.promotion_job.definition import Definition, owner, same_repository
from gitops_ci.core.promotion_job.meaning import (
    description_of,
    difference,
    foreign_properties,
    parse,
    with_foreign_properties,
)
from tests.servers.jenkins_stub.xml import saved, stored
from tests.unit.core.promotion_job.sample import DEFINITIONS, NAMES, PRINTABLE, definition

TYPE = "text/xml; charset=utf-8"


def posted(made: Definition) -> str:
    """Return what Jenkins stores of a definition."""
    return stored(document.to_text(document.job(made)).encode(), TYPE)


def differs(text: str, made: Definition) -> str:
    """Return the difference between what Jenkins has and a definition."""
    return difference(parse(text, "job"), document.job(made), "job")


@given(DEFINITIONS)
def test_what_jenkins_stores_and_writes_anew_is_no_difference(made: Definition) -> None:
    text = posted(made)
    for rewritten in (text, saved(text), saved(saved(text)), stored(saved(text).encode(), TYPE)):
        assert differs(rewritten, made) == ""


CHANGES = {
    "apps": st.lists(NAMES, min_size=1, max_size=5, unique=True).map(tuple),
    "environments": st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple),
    "library": PRINTABLE,
    "keep": st.integers(1, 10**5),
    "repo": PRINTABLE.map(str.strip).filter(bool),
    "arguments": st.dictionaries(st.sampled_from(["repo", "label"]), PRINTABLE, min_size=1),
}


@given(DEFINITIONS, st.sampled_from(sorted(CHANGES)), st.data())
def test_every_change_of_a_definition_is_a_difference(
    made: Definition, name: str, data: st.DataObject
) -> None:
    value = data.draw(CHANGES[name].filter(lambda value: value != getattr(made, name)))
    given_before = {each: getattr(made, each) for each in made.__struct_fields__}
    changed = Definition(**given_before | {name: value})
    assert differs(saved(posted(made)), changed)


SURROUNDED = saved(posted(definition()))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "<actions/>",
            "<actions><org.jenkinsci.plugins.pipeline.modeldefinition.actions.DeclarativeJobAction/></actions>",
        ),
        ("<keepDependencies>false</keepDependencies>", ""),
        ("<disabled>false</disabled>", ""),
        ("<triggers/>", ""),
        ("<artifactNumToKeep>-1</artifactNumToKeep>", ""),
        ("<removeLastBuild>false</removeLastBuild>", ""),
        ("<defaultValue></defaultValue>", ""),
        ("<trim>false</trim>", ""),
        ("&apos;", "'"),
        ("\n", "\r\n"),
        (re.compile(r'plugin="[^"]*"'), 'plugin="another@1"'),
        (
            re.compile(
                r"(?s)(<jenkins.model.BuildDiscarderProperty>.*?</jenkins.model.BuildDiscarderProperty>)"
            ),
            r"\1\1",
        ),
        (
            re.compile(
                r"(?s)(<jenkins.model.BuildDiscarderProperty>.*?</jenkins.model.BuildDiscarderProperty>)(.*)</properties>"
            ),
            r"\2\1</properties>",
        ),
        (re.compile(r"(?s)<a class=.string-array.>(.*?)</a>"), r"\1"),
        ("</properties>", "<hudson.security.AuthorizationMatrixProperty/></properties>"),
        (
            "</properties>",
            "<org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty><triggers/>"
            "</org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty></properties>",
        ),
        ("</flow-definition>", "<!-- seen --></flow-definition>"),
    ],
)
def test_what_does_not_matter_is_no_difference(before: str | re.Pattern[str], after: str) -> None:
    changed = (
        before.sub(after, SURROUNDED)
        if isinstance(before, re.Pattern)
        else SURROUNDED.replace(before, after)
    )
    assert changed != SURROUNDED
    assert differs(changed, definition()) == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<daysToKeep>-1</daysToKeep>", ""),
        ("<daysToKeep>-1</daysToKeep>", "<daysToKeep>0</daysToKeep>"),
        ("<sandbox>true</sandbox>", ""),
        ("<disabled>false</disabled>", "<disabled>true</disabled>"),
        ("<name>APP</name>", "<name>app</name>"),
        ("<string>shop</string>", "<string>shop </string>"),
        ("<defaultValue>false</defaultValue>", "<defaultValue>true</defaultValue>"),
        ("CpsFlowDefinition", "CpsScmFlowDefinition"),
        ("</flow-definition>", "<authToken>start-me</authToken></flow-definition>"),
        (
            "<triggers/>",
            "<triggers><hudson.triggers.TimerTrigger><spec>@daily</spec></hudson.triggers.TimerTrigger></triggers>",
        ),
        (
            "</properties>",
            "<org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty><triggers>"
            "<hudson.triggers.TimerTrigger><spec>@daily</spec></hudson.triggers.TimerTrigger></triggers>"
            "</org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty></properties>",
        ),
        (
            "<properties>",
            "<properties><org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty/>",
        ),
        (
            re.compile(
                r"(?s)(<hudson.model.StringP.*?</hudson.model.StringP[^>]*>)(.*)</parameterDef"
            ),
            r"\2\1</parameterDef",
        ),
        ("gitopsPromotionJob(", "gitopsPromotionJob (approval: [submitter: 'mallory'], "),
        ("Managed by gitops-ci for ", "Managed by "),
    ],
)
def test_what_matters_is_a_difference(before: str | re.Pattern[str], after: str) -> None:
    changed = (
        before.sub(after, SURROUNDED)
        if isinstance(before, re.Pattern)
        else SURROUNDED.replace(before, after)
    )
    assert changed != SURROUNDED
    assert differs(changed, definition())


def test_the_difference_reads_as_what_is_there_and_what_should_be() -> None:
    changed = SURROUNDED.replace("<numToKeep>100", "<numToKeep>7")
    assert differs(changed, definition()).splitlines()[:2] == [
        "--- Jenkins: job",
        "+++ gitops.yaml",
    ]
    assert [
        line for line in differs(changed, definition()).splitlines()[2:] if line[0] in "+-"
    ] == [
        "-        numToKeep: 7",
        "+        numToKeep: 100",
    ]


def test_what_other_plug_ins_have_put_there_is_kept() -> None:
    theirs = SURROUNDED.replace(
        "<properties>", "<properties><a.b.Theirs><x>1</x></a.b.Theirs>"
    ).replace(">100<", ">7<")
    found = parse(theirs, "job")
    assert [each.tag for each in foreign_properties(found)] == ["a.b.Theirs"]
    kept = document.to_text(with_foreign_properties(document.job(definition()), found))
    assert "<a.b.Theirs><x>1</x></a.b.Theirs>" in kept
    assert "<numToKeep>100</numToKeep>" in kept
    assert differs(kept, definition()) == ""


def test_the_mark_of_ownership_survives_the_page_of_the_job() -> None:
    text = description_of(document.job(definition(repo="https://git.example.com/a.git")))
    assert owner(text) == "https://git.example.com/a.git"
    assert (
        owner("Our job.\r\n\r\n" + text.replace("\n", "\r\n") + "\r\n")
        == "https://git.example.com/a.git"
    )
    assert owner("Our job, Managed by hand") is None
    assert same_repository("https://git.example.com/a.git", "https://git.example.com/a/")
    assert not same_repository("https://git.example.com/a.git", "https://git.example.com/b.git")


def test_what_only_xml_1_1_can_hold_is_read_and_what_is_no_xml_is_refused() -> None:
    assert differs(SURROUNDED.replace("Promotes", "&#x1;Promotes"), definition())
    for text in ("", "<a>", "not xml", "<a>&undefined;</a>"):
        with pytest.raises(GitopsError, match="is not XML"):
            parse(text, "job")


def test_a_bomb_of_entities_is_refused() -> None:
    entities = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 12))
    with pytest.raises(GitopsError, match="is not XML"):
        parse(f'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{entities}]><x>&a11;</x>', "job")
