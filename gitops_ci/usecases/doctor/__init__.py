"""The use case ``doctor``: looks at everything that an operation needs, changes nothing, and says
what to do.
"""

from collections.abc import Sequence

from gitops_ci.adapters.git import clean_url, open_repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError, UsageError
from gitops_ci.core.gates.checks import NAMES
from gitops_ci.model.diagnosis import ERROR, Check
from gitops_ci.usecases.doctor.argocd import check_argocd
from gitops_ci.usecases.doctor.check import failed, ok
from gitops_ci.usecases.doctor.contents import check_contents
from gitops_ci.usecases.doctor.images import check_images
from gitops_ci.usecases.doctor.machine import check_engines, check_machine
from gitops_ci.usecases.doctor.notes import check_notes
from gitops_ci.usecases.doctor.server import check_server
from gitops_ci.usecases.location import RepositoryLocation

__all__ = ["Check", "examine"]


def examine(
    location: RepositoryLocation | None,
    environments: Sequence[str],
    engine: str | None,
    deadline: Deadline,
) -> list[Check]:
    """Return every check; without ``location`` only those of this machine.

    Raises UsageError for what is no repository URL.
    """
    checks = check_machine(deadline)
    usable = not any(
        check.subject in {"git", "temporary folder"} and check.state == ERROR for check in checks
    )
    if location and usable:
        checks += _repository(location, environments, deadline)
    # last: an engine that hangs must not use up the others' time
    return checks + check_engines(engine, deadline)


def _repository(
    location: RepositoryLocation, environments: Sequence[str], deadline: Deadline
) -> list[Check]:
    url, git_credentials = clean_url(location.url)
    credentials = location.credentials or git_credentials
    checks: list[Check] = []
    try:
        with open_repository(
            url, credentials=credentials, ca_file=location.ca_file, deadline=deadline
        ) as repository:
            head = repository.head(location.branch, depth=2)
            checks.append(ok("GitOps repository", f"{url}: {head.branch} is at {head.commit[:12]}"))
            checks += check_server(location, head, deadline)
            contents, running = check_contents(repository, head, location, environments)
            checks += contents
            required = any(NAMES.of(target.environment) for target in running)
            checks.append(check_notes(repository, head, required=required))
    except UsageError:
        raise
    except GitopsError as problem:
        return [*checks, failed("GitOps repository", problem)]
    return [
        *checks,
        *check_images(running, location.registry, deadline),
        *check_argocd(location, running, deadline),
    ]
