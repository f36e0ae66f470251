"""A definition -> the XML documents that Jenkins stores: every value written, because what is left
out means something else.
"""

import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element, SubElement

from gitops_ci.core.promotion_job.definition import APP, DRY_RUN, REASON, TAG, TO, Definition
from gitops_ci.core.promotion_job.groovy import script

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
JOB = "flow-definition"
PARAMETERS = "hudson.model.ParametersDefinitionProperty"
DISCARDER = "jenkins.model.BuildDiscarderProperty"
_UNLIMITED = -1
_HELP = {
    APP: "The application.",
    TO: "The environment that receives what runs in the one before it.",
    TAG: "Empty: what runs in the environment before now. Else the tag of an earlier release "
    "that ran there.",
    REASON: "Why; it is recorded in the commit.",
    DRY_RUN: "Plan and judge, ask nobody, publish nothing.",
}


def job(definition: Definition) -> Element:
    """Return the job's document."""
    root = Element(JOB)
    _add(root, "description", definition.description)
    properties = SubElement(root, "properties")
    _discarder(properties, definition.keep)
    parameters = SubElement(SubElement(properties, PARAMETERS), "parameterDefinitions")
    _choice(parameters, APP, definition.apps)
    _choice(parameters, TO, definition.environments)
    _parameter(parameters, "String", TAG, defaultValue="", trim="true")
    _parameter(parameters, "Text", REASON, defaultValue="", trim="false")
    _parameter(parameters, "Boolean", DRY_RUN, defaultValue="false")
    flow = SubElement(
        root, "definition", {"class": "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"}
    )
    _add(flow, "script", script(definition))
    _add(flow, "sandbox", "true")
    return root


def folder(name: str, repo: str) -> Element:
    root = Element(FOLDER)
    _add(
        root,
        "description",
        f"{name}: holds the promotion job of {repo}, made by gitops-ci jobs apply.",
    )
    return root


def to_text(root: Element) -> str:
    """Return a document as text, to be sent as UTF-8."""
    return DECLARATION + ElementTree.tostring(root, encoding="unicode")


def _discarder(properties: Element, keep: int) -> None:
    """Write all four numbers.

    A number of days that is left out is zero, and Jenkins deletes old builds at once.
    """
    strategy = SubElement(
        SubElement(properties, DISCARDER), "strategy", {"class": "hudson.tasks.LogRotator"}
    )
    values = {
        "daysToKeep": _UNLIMITED,
        "numToKeep": keep,
        "artifactDaysToKeep": _UNLIMITED,
        "artifactNumToKeep": _UNLIMITED,
    }
    for name, value in values.items():
        _add(strategy, name, str(value))


def _choice(parameters: Element, name: str, choices: tuple[str, ...]) -> None:
    parameter = _parameter(parameters, "Choice", name)
    outer = SubElement(parameter, "choices", {"class": "java.util.Arrays$ArrayList"})
    inner = SubElement(outer, "a", {"class": "string-array"})
    for choice in choices:
        _add(inner, "string", choice)


def _parameter(parameters: Element, kind: str, name: str, **values: str) -> Element:
    parameter = SubElement(parameters, f"hudson.model.{kind}ParameterDefinition")
    for key, value in {"name": name, "description": _HELP[name], **values}.items():
        _add(parameter, key, value)
    return parameter


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
