"""The command ``check``."""

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_ci.base import progress
from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.cli.parameters.options import (
    APPS,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    RepositoryOptions,
    command,
    jenkins,
    option,
)
from gitops_ci.cli.parameters.times import Moment

if TYPE_CHECKING:
    from gitops_ci.model.check_results import ReportFile

_CHUNK = 1 << 20


class CheckOptions(OptionSet):
    """The options of ``check``."""

    app: tuple[str, ...] = APPS
    env: str = option("The environment in which it was checked.", "ENV")
    tag: str | None = option("The release, by its tag; default: what runs there now.", "TAG")
    commit: str | None = option("The release, by the commit that deployed it.", "SHA")
    name: str = option("The name of the check, as gitops.yaml asks for it under checks.", "NAME")
    passed: bool = option("It passed.")
    failed: bool = option("It failed; a later result replaces an earlier one.")
    url: str | None = option("Where its results are; default: the build.", "URL")
    report: str | None = option(
        "Its report: name, SHA-256 and size are recorded, not the contents.", "FILE"
    )
    started: int | None = option(
        "When it began: refused unless the release was there ever since.", "TIME", type=Moment()
    )
    repository: RepositoryOptions
    requested_by: tuple[str, ...] = option(
        "Who says it (repeatable); default: the login name.", "NAME"
    )
    build_url: str | None = option("The build that checked it; default: BUILD_URL.", "URL")
    dry_run: bool = option("Show what would be recorded; record nothing.")
    output: OutputOptions
    network: NetworkOptions


@command("check", CheckOptions)
def check_command(options: CheckOptions) -> int:
    """Record what a check said of a release in an environment; promotions ask for it under checks
    in gitops.yaml.
    """
    from gitops_ci.cli.parameters.actor import requesters_of
    from gitops_ci.cli.parameters.location import open_location
    from gitops_ci.model.check_results import is_name
    from gitops_ci.model.image_reference import check_tag
    from gitops_ci.model.operation import Actor, Request

    if options.passed == options.failed:
        raise UsageError("say how the check ended", remedy="give either --passed or --failed")
    if not is_name(options.name):
        raise UsageError(
            f"{one_line(options.name)!r} can't name a check",
            remedy="give 1 to 100 printable characters",
        )
    report = _report(Path(options.report)) if options.report else None
    build = options.build_url or jenkins("BUILD_URL")
    request = Request(
        operation="check",
        environment=options.env,
        actor=Actor(requesters_of(options.requested_by), build_url=build),
        apps=options.app,
        tag=check_tag(options.tag) if options.tag else None,
        commit=options.commit,
        dry_run=options.dry_run,
    )
    with open_location(options.repository, options.network) as (repository, location, deadline):
        from gitops_ci.report import check
        from gitops_ci.report.formats.output import check_file
        from gitops_ci.usecases.check import CheckRequest, record_check

        check_file(options.output.result_file)
        check_request = CheckRequest(
            options.name, options.passed, options.url or build, report, options.started
        )
        outcome = record_check(repository, request, check_request, location, deadline)
    check.show(outcome, options.output)
    return 0


def _report(path: Path) -> "ReportFile":
    """Return what is recorded of a report; raises UsageError when it can't be read."""
    from gitops_ci.model.check_results import ReportFile

    shown = one_line(str(path))
    progress.step(f"reading the report {shown}")
    digest, size = hashlib.sha256(), 0
    try:
        with open(
            path,
            "rb",
            opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC),
        ) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UsageError(
                    f"the report {shown} is not a regular file", remedy="give --report a file"
                )
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"the report {shown} can't be read: {reason}", remedy="give --report a file that exists"
        ) from None
    return ReportFile(one_line(path.name), digest.hexdigest(), size)
