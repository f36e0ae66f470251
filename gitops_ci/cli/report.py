"""The command ``report``."""

from pathlib import Path

import click

from gitops_ci.base.errors import Exit
from gitops_ci.cli.parameters.options import (
    APPS,
    ENVIRONMENTS,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    RepositoryOptions,
    command,
    option,
)
from gitops_ci.cli.parameters.wait import ArgocdServerOptions


class ReportOptions(OptionSet):
    """The options of ``report``."""

    app: tuple[str, ...] = APPS
    html: str = option("The folder to write: a new one, or that of an earlier report.", "DIR")
    env: tuple[str, ...] = ENVIRONMENTS
    argocd: bool = option("Ask Argo CD too, and show what really runs.")
    no_audit: bool = option("Leave the audit out, which reads the whole history.")
    limit: int = option(
        "The newest N changes of each application.",
        "N",
        type=click.IntRange(min=1),
        default=100,
        show_default=None,
    )
    repository: RepositoryOptions
    server: ArgocdServerOptions
    output: OutputOptions
    network: NetworkOptions


@command("report", ReportOptions)
def report_command(options: ReportOptions) -> int:
    """Write what runs where, timelines, open gates and the audit as web pages without scripts.

    The folder is replaced as a whole. Findings of the audit don't change the exit code. Changes
    nothing in the repository.
    """
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.cli.parameters.location import location_of
    from gitops_ci.report import report
    from gitops_ci.report.formats.output import check_file
    from gitops_ci.report.html.folder import check_folder, write
    from gitops_ci.report.html.site import files
    from gitops_ci.usecases.views.report import ReportRequest, report_content

    location = location_of(options.repository, options.network.ca_file, options.server)
    deadline = Deadline.after(options.network.timeout)
    check_file(options.output.result_file)
    folder = check_folder(Path(options.html))
    request = ReportRequest(
        options.app, options.env, options.limit, not options.no_audit, options.argocd
    )
    content = report_content(location, request, deadline)
    report.show(content, folder, write(files(content), folder), options.output)
    return Exit.OK
