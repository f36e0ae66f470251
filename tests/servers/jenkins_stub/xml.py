"""What Jenkins makes of a job's XML: stored almost as it came, written anew whenever the job is
saved.
"""

import re
import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element, SubElement
from xml.sax.saxutils import escape

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
JOB = "flow-definition"
KNOWN = {FOLDER, JOB, "project"}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>\s*")
_EMPTY = re.compile(r"<([\w.$-]+)((?: [^<>]*)?)></\1>")
_PLUGINS = {
    "flow-definition": "workflow-job@1498.v33a_0c6f3a_4b_4",
    "definition": "workflow-cps@4014.vcd7dc51d8b_30",
    FOLDER: "cloudbees-folder@6.980.v5a_cc0cb_25881",
}
_FILLED = {
    "org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty": [
        ("abortPrevious", "false")
    ],
    "strategy": [(name, "-1") for name in ("artifactDaysToKeep", "artifactNumToKeep")]
    + [("removeLastBuild", "false")],
}


def stored(body: bytes, content_type: str) -> str:
    """Return what a POST stores; raises ValueError for what Jenkins can't read.

    Without ``charset=`` in the content type the bytes are read as Latin-1, whatever the document
    itself declares.
    """
    charset = re.search(r"charset=([\w-]+)", content_type, re.IGNORECASE)
    text = body.decode(charset[1] if charset else "latin-1").replace("\r\n", "\n")
    text = _EMPTY.sub(r"<\1\2/>", _DECLARATION.sub("", text))
    text = "".join(f"&#{ord(char)};" if ord(char) > 0xFFFF else char for char in text)
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    if root.tag not in KNOWN:
        raise ValueError(f"unknown root {root.tag}")
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'


def saved(text: str) -> str:
    """Return what Jenkins writes when it saves the job by itself: everything filled in, attributed
    and indented.
    """
    root = ElementTree.fromstring(text)
    if root.tag == JOB:
        _fill_job(root)
    for element in list(root.iter()):
        if element.tag in _PLUGINS:
            element.set("plugin", _PLUGINS[element.tag])
        for name, value in _FILLED.get(element.tag, []):
            if element.find(name) is None:
                SubElement(element, name).text = value
    return "<?xml version='1.1' encoding='UTF-8'?>\n" + "\n".join(_lines(root, "")) + "\n"


def _fill_job(root: Element) -> None:
    for name in ("description", "properties"):
        if root.find(name) is None:
            SubElement(root, name)
    actions = root.find("actions")
    for name, value in (("keepDependencies", "false"), ("disabled", "false")):
        if root.find(name) is None:
            SubElement(root, name).text = value
    if root.find("triggers") is None:
        SubElement(root, "triggers")
    children = [
        actions if actions is not None else Element("actions"),
        *(each for each in root if each.tag != "actions"),
    ]
    order = [
        "actions",
        "description",
        "displayName",
        "keepDependencies",
        "properties",
        "definition",
        "triggers",
        "disabled",
    ]
    children.sort(key=lambda each: order.index(each.tag) if each.tag in order else len(order))
    root[:] = children


def _lines(element: Element, indent: str) -> list[str]:
    attributes = "".join(
        f' {name}="{escape(value, {chr(34): "&quot;"})}"' for name, value in element.attrib.items()
    )
    if len(element):
        inner = [line for child in element for line in _lines(child, indent + "  ")]
        return [f"{indent}<{element.tag}{attributes}>", *inner, f"{indent}</{element.tag}>"]
    text = "".join(_character(char) for char in element.text or "")
    if not text and element.tag != "defaultValue":
        return [f"{indent}<{element.tag}{attributes}/>"]
    return [f"{indent}<{element.tag}{attributes}>{text}</{element.tag}>"]


def _character(char: str) -> str:
    named = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#xd;"}
    return named.get(char) or (f"&#{ord(char)};" if ord(char) > 0xFFFF else char)
