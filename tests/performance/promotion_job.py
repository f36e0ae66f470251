"""The promotion job that is as it should be already, beside Jenkins Job Builder with the same
job.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import yaml

from tests.performance import gitops_repository, measuring, table
from tests.performance.measuring import Run
from tests.performance.stage import PROGRAM, Stage, environment
from tests.performance.table import Table
from tests.servers import jenkins_stub
from tests.servers.jenkins_stub import Stub

_JOB = ("gitops", "promote")
_THEIRS = ("gitops", "promote-by-job-builder")
_BUILDER = str(Path(sys.executable).with_name("jenkins-jobs"))
_SETTINGS = "[job_builder]\n[jenkins]\nurl={stub.url}\nuser=admin\npassword=token-of-admin\n"


def measure(stage: Stage) -> Iterator[Table]:
    """Yield the comparison with Jenkins Job Builder."""
    few, rounds = stage.sizes.few, stage.sizes.jobs
    moves = gitops_repository.updates(range(1, few.apps + 1), few.commits)
    repository = gitops_repository.make(
        stage.root / "jobs.git", few.apps, moves, host=stage.registry.host
    )
    place = ["--repo", stage.server.url(repository.name)]
    with jenkins_stub.serve() as stub, TemporaryDirectory(prefix="bench-") as name:
        ours = {
            **environment(),
            "GITOPS_CI_JENKINS_USERNAME": "admin",
            "GITOPS_CI_JENKINS_TOKEN": "token-of-admin",
        }
        ours["GITOPS_CI_JENKINS_URL"] = stub.url
        measuring.run([str(PROGRAM), "jobs", "apply", *place], ours)
        folder = Path(name)
        builder = _builder(folder, stub)
        cache = {"XDG_CACHE_HOME": str(folder / "cache")}
        measuring.run(builder, cache)
        _check(stub)
        sides: dict[str, Callable[[], Run]] = {
            "`gitops-ci jobs diff`": lambda: measuring.run(
                [str(PROGRAM), "jobs", "diff", *place], ours
            ),
            "`gitops-ci jobs apply`": lambda: measuring.run(
                [str(PROGRAM), "jobs", "apply", *place], ours
            ),
            "`jenkins-jobs update`, an agent without its cache": lambda: _without_cache(builder),
            "`jenkins-jobs update`, with its cache": lambda: measuring.run(builder, cache),
        }
        posts: dict[str, int] = {}
        calls = [lambda name=name: _counted(stub, sides[name], posts, name) for name in sides]
        found = measuring.interleaved(rounds, *calls)
    compared = found[2].wall
    rows = [
        [
            name,
            str(rounds),
            table.seconds(series),
            table.cpu(series),
            f"{series.requests:g}",
            str(posts[name]),
            f"{series.wall / compared:.2f}",
        ]
        for name, series in zip(sides, found, strict=True)
    ]
    yield Table(
        "The promotion job, when nothing differs",
        f"A double of Jenkins; {few.apps} applications. gitops-ci reads gitops.yaml from "
        "the Git server, asks for"
        " the job and compares meanings. Jenkins Job Builder has the finished definition in "
        "a file: without its cache it sends"
        " the job again, whatever Jenkins has; with its cache it compares with its own last "
        "run and asks Jenkins nothing, so that"
        " a change by hand stays.",
        ["command", "runs", "s", "CPU s", "requests to Jenkins", "that change", "ratio"],
        rows,
    )


def _counted(stub: Stub, once: Callable[[], Run], posts: dict[str, int], name: str) -> Run:
    before, sent = len(stub.seen), len(stub.posts)
    found = once()
    posts[name] = len(stub.posts) - sent
    return replace(found, requests=len(stub.seen) - before)


def _without_cache(builder: list[str]) -> Run:
    with TemporaryDirectory(prefix="bench-") as name:
        return measuring.run(builder, {"XDG_CACHE_HOME": name})


def _builder(folder: Path, stub: Stub) -> list[str]:
    """Write the files of Jenkins Job Builder and return its command."""
    (folder / "jobs.ini").write_text(_SETTINGS.format(stub=stub), encoding="utf-8")
    job = {"job": _described(fromstring(stub.items[_JOB]))}
    (folder / "jobs.yaml").write_text(yaml.safe_dump([job], allow_unicode=True), encoding="utf-8")
    return [_BUILDER, "--conf", str(folder / "jobs.ini"), "update", str(folder / "jobs.yaml")]


def _described(job: Element) -> dict[str, Any]:
    """Return the job that gitops-ci made in the words of Jenkins Job Builder."""
    parameters = []
    for each in job.iterfind(".//parameterDefinitions/*"):
        kind = each.tag.rpartition(".")[2].removesuffix("ParameterDefinition").lower()
        told: dict[str, Any] = {
            "name": each.findtext("name"),
            "description": each.findtext("description") or "",
        }
        if kind == "choice":
            told["choices"] = [choice.text for choice in each.iter("string")]
        parameters.append({"bool" if kind == "boolean" else kind: told})
    return {
        "name": "/".join(_THEIRS),
        "project-type": "pipeline",
        "sandbox": True,
        "description": job.findtext("description"),
        "dsl": job.findtext("definition/script"),
        "properties": [{"build-discarder": {"num-to-keep": 100}}],
        "parameters": parameters,
    }


def _check(stub: Stub) -> None:
    """Both tools have made the same job."""
    ours, theirs = (fromstring(stub.items[path]) for path in (_JOB, _THEIRS))
    names = [
        [each.findtext("name") for each in job.iterfind(".//parameterDefinitions/*")]
        for job in (ours, theirs)
    ]
    if names[0] != names[1] or ours.findtext("definition/script") != theirs.findtext(
        "definition/script"
    ):
        raise RuntimeError(
            f"the two jobs are not the same one: {os.linesep.join(stub.items.values())}"
        )
