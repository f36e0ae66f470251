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
def report_command(report_options: ReportOptions) -> int:
    """Write what runs where, timelines, open gates and the audit as web pages without scripts.

    The folder is replaced as a whole. Findings of the audit don't change the exit code. Changes nothing in the repository.
    """
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.cli.parameters.location import location_of
    from gitops_ci.report import report
    from gitops_ci.report.form.output import check_file
    from gitops_ci.report.html.folder import check_folder, write
    from gitops_ci.report.html.site import files
    from gitops_ci.usecases.views.report import ReportRequest, report_content

    location = location_of(report_options.repository, report_options.network.ca_file, report_options.server)
    deadline = Deadline.after(report_options.network.timeout)
    check_file(report_options.output.result_file)
    folder = check_folder(Path(report_options.html))
    request = ReportRequest(
        report_options.app, report_options.env, report_options.limit, not report_options.no_audit, report_options.argocd
    )
    content = report_content(location, request, deadline)
    report.show(content, folder, write(files(content), folder), report_options.output)
    return Exit.OK
