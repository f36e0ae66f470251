"""Folders and jobs of a controller: their configuration as XML, and the parameters that a job
takes.
"""

from typing import Any

import jenkins
import msgspec

from gitops_ci.adapters.jenkins.controller import Controller, below
from gitops_ci.adapters.jenkins.failures import JenkinsError, NotFoundError
from gitops_ci.base.redaction import one_line

LARGEST = 4 * 1024 * 1024  # characters of a job's configuration
_TREE = (
    "_class,url,buildable,inQueue,nextBuildNumber,property[parameterDefinitions[name,type,choices]]"
)


class Parameter(msgspec.Struct, frozen=True):
    """A parameter that a job takes; ``choices`` is None where any text will do."""

    name: str
    choices: tuple[str, ...] | None


class _AnyItem(msgspec.Struct, frozen=True, rename={"kind": "_class"}):
    kind: str = ""


class _Parameter(msgspec.Struct, frozen=True):
    name: str
    choices: Any = None  # other plug-ins have parameters with choices of other shapes


class _Property(msgspec.Struct, frozen=True, rename="camel"):
    parameter_definitions: tuple[_Parameter, ...] | None = None


class _Job(msgspec.Struct, frozen=True, rename="camel"):
    url: str | None = None
    buildable: bool | None = None
    next_build_number: int | None = None
    property: tuple[_Property, ...] | None = None


class JenkinsJob(msgspec.Struct, frozen=True):
    """A job as people see it; ``url`` is the address under which the controller knows it."""

    url: str
    buildable: bool
    next_build: int
    parameters: tuple[Parameter, ...]

    def parameter(self, name: str) -> Parameter | None:
        """Return a parameter by its name."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


def kind_of(controller: Controller, path: tuple[str, ...]) -> str | None:
    """Return the class of what has this path, None where there is nothing."""
    try:
        return controller.read(f"{below(path)}api/json", _AnyItem, tree="_class").kind
    except NotFoundError:
        return None


def configuration(controller: Controller, path: tuple[str, ...]) -> str | None:
    """Return a job's configuration, None where there is no such job."""
    name = "/".join(path)
    try:
        text: str = controller.library.get_job_config(name)
    except jenkins.NotFoundException:
        return None
    if len(text) > LARGEST:
        raise JenkinsError(
            f"the configuration of {name} has {len(text)} characters: no promotion job"
        )
    if not text.lstrip().startswith("<?xml") and "<html" in text[:2000].lower():
        raise JenkinsError(
            f"{controller.url} answers with a web page where the configuration of {name} "
            "was expected",
            remedy="is that the URL of Jenkins, with its prefix? Or a proxy's login page needs a "
            "way around it for the API",
        )
    return text


def create(controller: Controller, path: tuple[str, ...], document: str) -> None:
    """Make a job or folder; raises JenkinsError, UnavailableError, UncertainError."""
    try:
        controller.library.create_job("/".join(path), document)
    except jenkins.JenkinsException as error:
        raise JenkinsError(
            f"Jenkins does not make {'/'.join(path)}: {one_line(str(error))}"
        ) from error


def replace(controller: Controller, path: tuple[str, ...], document: str) -> None:
    """Give a job another configuration; raises JenkinsError, UnavailableError, UncertainError."""
    try:
        controller.library.reconfig_job("/".join(path), document)
    except jenkins.NotFoundException as error:
        raise JenkinsError(
            f"{'/'.join(path)} is gone from Jenkins", remedy="run it again"
        ) from error


def look_up(controller: Controller, path: tuple[str, ...]) -> JenkinsJob:
    """Return a job; raises JenkinsError where there is none that can be started."""
    name = "/".join(path)
    try:
        job = controller.read(f"{below(path)}api/json", _Job, tree=_TREE)
    except NotFoundError as error:
        raise NotFoundError(
            f"there is no job {name} on {controller.url}, or "
            f"{controller.username or 'nobody in particular'} may not see it",
            remedy=error.remedy + "; gitops-ci jobs apply makes it",
        ) from error
    if job.buildable is None:
        raise JenkinsError(
            f"{name} on {controller.url} is no job but a folder or a view",
            remedy="check folder and job",
        )
    return JenkinsJob(
        url=job.url or "",
        buildable=job.buildable,
        next_build=job.next_build_number or 1,
        parameters=tuple(
            _parameter(definition)
            for item in job.property or ()
            for definition in item.parameter_definitions or ()
        ),
    )


def _parameter(definition: _Parameter) -> Parameter:
    choices = definition.choices
    return Parameter(
        definition.name, tuple(map(str, choices)) if isinstance(choices, list) else None
    )
