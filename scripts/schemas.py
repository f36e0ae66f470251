"""Writes gitops_ci/schemas/*.json, the JSON Schemas that the package carries, from the models
themselves.

Each version of msgspec orders keys and choices and indents descriptions in its own way, so every
schema is brought into one canonical form: an upgrade alone must not change a published file.
"""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

from gitops_ci.adapters.files import release_file
from gitops_ci.core.config import schema as configuration
from gitops_ci.report import (
    acknowledge,
    audit,
    build,
    check,
    diff,
    doctor,
    explain,
    history,
    init,
    jobs,
    report,
    status,
    values,
)
from gitops_ci.report.formats.result import Result, json_schema

FOLDER = Path(__file__).resolve().parent.parent / "gitops_ci" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
UNORDERED = frozenset({"anyOf", "enum", "required"})  # keywords whose list is a set

# command -> its result document, where it has keys of its own
RESULTS: dict[str, type[Result]] = {
    "audit": audit.AuditResult,
    "audit acknowledge": acknowledge.AcknowledgeResult,
    "build": build.BuildResult,
    "check": check.RecordedCheckResult,
    "diff": diff.DiffResult,
    "doctor": doctor.DoctorResult,
    "explain": explain.ExplainResult,
    "history": history.HistoryResult,
    "init": init.InitResult,
    "jobs abort": jobs.JobsAnsweredResult,
    "jobs apply": jobs.JobsAppliedResult,
    "jobs approve": jobs.JobsAnsweredResult,
    "jobs diff": jobs.JobsAppliedResult,
    "jobs pending": jobs.JobsPendingResult,
    "jobs trigger": jobs.JobsTriggeredResult,
    "report": report.ReportResult,
    "status": status.StatusResult,
    "values get": values.ValuesGetResult,
    "values set": values.ValuesSetResult,
}

Schema = dict[str, Any]


def main() -> None:
    """Write every schema and remove those that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = schemas()
    for old in FOLDER.glob("*.json"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(wanted)} schemas in {FOLDER.name}\n")


def schemas() -> dict[str, str]:
    """Return file name -> text of every schema."""
    made = {
        "gitops.schema.json": _configuration(),
        "result.schema.json": _result(Result, "result of gitops-ci"),
        "release.schema.json": {
            "$schema": DIALECT,
            "title": "release file of gitops-ci",
            **release_file.schema(),
        },
    }
    for command, document in RESULTS.items():
        name = f"{command.replace(' ', '-')}.schema.json"
        made[name] = _result(document, f"result of gitops-ci {command}")
    return {name: _text(canonical(schema)) for name, schema in made.items()}


def canonical(value: Any, key: str = "") -> Any:
    """Return a schema in the form that is published.

    Keys, choices (``anyOf``, null last), ``enum`` and ``required`` are sorted; a paragraph of a
    description is one line, however its source is wrapped.
    """
    if isinstance(value, dict):
        return {name: canonical(value[name], name) for name in sorted(value)}
    if isinstance(value, list):
        members = [canonical(each) for each in value]
        return sorted(members, key=_rank) if key in UNORDERED else members
    if key == "description" and isinstance(value, str):
        paragraphs = inspect.cleandoc(value).split("\n\n")
        return "\n\n".join(paragraph.replace("\n", " ") for paragraph in paragraphs)
    return value


def _rank(member: Any) -> tuple[bool, str]:
    return member == {"type": "null"}, json.dumps(member)


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=2) + "\n"


def _configuration() -> Schema:
    """Return the schema of gitops.yaml with what the model's types can't say."""
    schema: Schema = _for_editors(configuration.json_schema())
    parts = schema["$defs"]
    for name in ("apps", "environments"):  # an entry without any key of its own is read as {}
        entries = parts["Root"]["properties"][name]
        entries["minProperties"] = 1
        entries["additionalProperties"] = {
            "anyOf": [entries["additionalProperties"], {"type": "null"}]
        }
    return schema


def _result(document: type[Result], title: str) -> Schema:
    """Return the schema of a result document, in which every key is always written."""
    schema = json_schema(document, title)
    root = schema["$defs"][document.__name__]
    root["required"] = list(root["properties"])
    return schema


def _for_editors(value: Any) -> Any:
    """Return a schema whose patterns end as editors read them: the end of a text has another sign
    in ECMAScript.
    """
    if isinstance(value, dict):
        return {
            key: _pattern(each) if key == "pattern" else _for_editors(each)
            for key, each in value.items()
        }
    return [_for_editors(each) for each in value] if isinstance(value, list) else value


def _pattern(text: str) -> str:
    return text.removesuffix("\\Z") + "$" if text.endswith("\\Z") else text


if __name__ == "__main__":
    main()
