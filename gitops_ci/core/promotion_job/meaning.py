"""What a job's XML means, whoever wrote it: Jenkins rewrites documents when a job is saved, and
fills in what was left out.
"""

import copy
import difflib
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import msgspec

from gitops_ci.base.errors import GitopsError
from gitops_ci.core.promotion_job.document import DISCARDER, JOB, PARAMETERS

# What a job does is decided by these; other properties belong to other plug-ins (permissions, for
# example) and stay.
_OURS = re.compile(
    rf"{re.escape(PARAMETERS)}|{re.escape(DISCARDER)}"
    r"|org\.jenkinsci\.plugins\.workflow\.job\.properties\..*"
)
_TRIGGERS = "org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty"
_ORDERED = frozenset({"parameterDefinitions", "choices"})  # what people see in this order
# elsewhere blanks around a text come and go with the forms of the web pages
_EXACT = frozenset({"defaultValue", "string"})
# parent -> child -> what it means where the child is left out; "" stands for any parent
_ABSENT: dict[str, dict[str, str]] = {
    JOB: {
        "keepDependencies": "false",
        "disabled": "false",
        "description": "",
        "triggers": "",
        "properties": "",
    },
    "org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty": {
        "abortPrevious": "false"
    },
    "strategy": {
        "daysToKeep": "0",
        "numToKeep": "0",
        "artifactDaysToKeep": "-1",
        "artifactNumToKeep": "-1",
        "removeLastBuild": "false",
    },
    "hudson.model.StringParameterDefinition": {
        "description": "",
        "defaultValue": "",
        "trim": "false",
    },
    "hudson.model.TextParameterDefinition": {
        "description": "",
        "defaultValue": "",
        "trim": "false",
    },
    "hudson.model.BooleanParameterDefinition": {"description": "", "defaultValue": "false"},
    "hudson.model.ChoiceParameterDefinition": {"description": ""},
    "definition": {"sandbox": "false"},
    # without triggers in it, what properties([pipelineTriggers([])]) and forms of older versions
    # leave behind
    "properties": {_TRIGGERS: ""},
    _TRIGGERS: {"triggers": ""},
    "": {"extensions": "", "doGenerateSubmoduleConfigurations": "false"},
}
_REFERENCE = re.compile(r"&#(x?)([0-9a-fA-F]+);")


class XmlNode(msgspec.Struct, frozen=True, order=True):
    """An element without what does not matter; ``kind`` is its class, ``text`` is empty where there
    are children.
    """

    tag: str
    kind: str
    text: str
    children: tuple["XmlNode", ...] = ()


def parse(text: str, name: str) -> Element:
    """Read a document from a controller; raises GitopsError where it is no XML."""
    try:
        return ElementTree.fromstring(_REFERENCE.sub(_in_xml_1_0, text))  # noqa: S314 - size is bounded, expat limits entities
    except ElementTree.ParseError as error:
        raise GitopsError(
            f"the configuration of {name} that Jenkins sends is not XML: {error}",
            remedy="look at the job's page; a proxy may answer in place of Jenkins",
        ) from None


def meaning(root: Element) -> XmlNode:
    """Return what a job's document means."""
    return _node(root, "")


def difference(before: Element | None, after: Element, name: str) -> str:
    """Return how the meaning changes as a unified diff, '' where it does not."""
    old = outline(meaning(before)) if before is not None else []
    lines = difflib.unified_diff(
        old, outline(meaning(after)), f"Jenkins: {name}", "gitops.yaml", lineterm=""
    )
    return "".join(f"{line}\n" for line in lines)


def outline(node: XmlNode) -> list[str]:
    """Return a meaning as lines.

    An element a line, its children and longer texts indented below it.
    """
    return list(_lines(node, ""))


def foreign_properties(root: Element) -> list[Element]:
    """Return the properties that other plug-ins have put into a job."""
    properties = root.find("properties")
    return (
        []
        if properties is None
        else [element for element in properties if not _OURS.fullmatch(element.tag)]
    )


def with_foreign_properties(element: Element, existing: Element) -> Element:
    """Return the wanted document with what other plug-ins have put into the existing one."""
    root = copy.deepcopy(element)
    properties = root.find("properties")
    if properties is not None:
        properties.extend(foreign_properties(existing))
    return root


def description_of(root: Element) -> str:
    """Return a job's or folder's description."""
    return root.findtext("description") or ""


def _node(element: Element, parent: str) -> XmlNode:
    tag, kind = element.tag, element.get("class", "")
    if tag == "choices":
        texts = [string.text or "" for string in element.iter("string")]
        return XmlNode(tag, "", "", tuple(XmlNode("string", "", text) for text in texts))
    children = _children(element)
    if tag == "properties" and parent == JOB:
        children = sorted(set(children))  # properties() in a script adds the same ones once more
    elif tag not in _ORDERED:
        children.sort(key=lambda child: (child.tag != "name", child))
    return XmlNode(tag, kind, "" if len(element) else _text(element), tuple(children))


def _children(element: Element) -> list[XmlNode]:
    nodes = [_node(child, element.tag) for child in element if not _left_out(child, element)]
    return [node for node in nodes if not _as_if_absent(node, element.tag)]


def _left_out(element: Element, parent: Element) -> bool:
    if parent.tag == JOB and element.tag == "actions":
        return True
    return parent.tag == "properties" and not _OURS.fullmatch(element.tag)


def _as_if_absent(node: XmlNode, parent: str) -> bool:
    defaults = _ABSENT.get(parent, {}) | _ABSENT[""]
    return not node.children and node.tag in defaults and defaults[node.tag] == node.text


def _text(element: Element) -> str:
    text = (element.text or "").replace("\r\n", "\n")
    return text if element.tag in _EXACT else text.strip()


def _lines(node: XmlNode, indent: str) -> Iterator[str]:
    kind = f" ({node.kind.rpartition('.')[2]})" if node.kind else ""
    head = f"{indent}{node.tag.rpartition('.')[2]}{kind}"
    if node.children:
        yield f"{head}:"
        for child in node.children:
            yield from _lines(child, indent + "  ")
    elif "\n" in node.text:
        yield f"{head}: |"
        yield from (f"{indent}  {line}" for line in node.text.split("\n"))
    else:
        yield f"{head}: {node.text}" if node.text else f"{head}:"


def _in_xml_1_0(match: re.Match[str]) -> str:
    """Replace a reference to what only XML 1.1 can hold, as Jenkins writes it."""
    number = int(match[2], 16 if match[1] else 10)
    return "\ufffd" if number < 32 and number not in {9, 10, 13} else match[0]
