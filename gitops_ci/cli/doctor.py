"""The command ``doctor``."""

from typing import Any

import click

from gitops_ci.cli.options import Duration, option, output_options
from gitops_ci.cli.waiting import argocd_options


@click.command("doctor")
@option("--repo", metavar="URL|PATH", help="The GitOps repository; without it only this machine is looked at.")
@option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names.")
@option("--env", multiple=True, metavar="ENV", help="Look at this environment only (repeatable).")
@option("--plain-http", multiple=True, metavar="HOST[:PORT]", help="A registry that may be asked without TLS (repeatable).")
@option("--engine", type=click.Choice(["docker", "podman", "buildah"]), help="The engine that has to work.")
@argocd_options
@output_options
@option("--timeout", type=Duration(), default="30s", show_default=True, help="Bound on the whole examination.")
@option("--ca-file", metavar="FILE", help="Certificates (PEM) to trust for Git and registries, beside the system's.")
def doctor_command(**given: Any) -> int:
    """Say what is missing on this machine, at the servers and in the GitOps repository, and how to mend it.

    Changes nothing. Exit code 0 without an error, 4 where only servers that can't be reached are to blame, otherwise 1.
    """
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery.doctor import examine
    from gitops_ci.report import checks as report

    place = place_of(given) if given["repo"] else None
    checks = examine(place, given["env"], given["engine"], Deadline.after(given["timeout"]))
    report.show(checks, as_json=given["output"] == "json", file=given["result_file"])
    return report.exit_code(checks)
