"""The promotion job that a GitOps repository asks for, and where it stands: read from gitops.yaml,
completed by options.
"""

from collections.abc import Mapping

import msgspec

from gitops_ci.adapters.git import Repository, clean_url
from gitops_ci.core.config.jenkins import check_library, job_path
from gitops_ci.core.promotion_job.definition import Definition, define
from gitops_ci.model.config import Jenkins
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.snapshot import read_policy
from gitops_ci.usecases.views.deployments import survey_deployments


class JobDefinitionOptions(msgspec.Struct, frozen=True):
    """What the options say; None where gitops.yaml decides. ``credentials`` are ids by kind (git,
    registry, argocd).
    """

    url: str | None = None
    folder: str | None = None
    job: str | None = None
    library: str | None = None
    label: str | None = None
    credentials: Mapping[str, str] = {}


def definition_of(
    repository: Repository, location: RepositoryLocation, options: JobDefinitionOptions
) -> tuple[Definition, Jenkins]:
    """Return the job for the applications of now, and its settings; raises GitopsError."""
    survey = survey_deployments(repository, location, contents=False)
    settings = with_options(survey.snapshot.config.jenkins, options)
    config = msgspec.structs.replace(survey.snapshot.config, jenkins=settings)
    apps = [deployment.app for deployment in survey.deployments]
    return define(config, clean_url(location.url)[0], location.branch, apps), settings


def settings_of(
    repository: Repository, location: RepositoryLocation, options: JobDefinitionOptions
) -> Jenkins:
    """Return where the job of a repository stands; raises GitopsError."""
    # where nothing names the application, the job's settings do not depend on its name
    policy = read_policy(repository, location, apps=("any",))
    return with_options(policy.config.jenkins, options)


def with_options(settings: Jenkins, options: JobDefinitionOptions) -> Jenkins:
    """Return settings with what the options say in place of them; raises UsageError for names that
    Jenkins does not take.
    """
    path = settings.path
    if options.folder is not None:
        path = (*job_path(options.folder), path[-1])
    if options.job is not None:
        path = (*path[:-1], *job_path(options.job))
    return msgspec.structs.replace(
        settings,
        path=path,
        url=options.url or settings.url,
        library=check_library(options.library) if options.library else settings.library,
        label=options.label or settings.label,
        credentials={**settings.credentials, **options.credentials},
    )
