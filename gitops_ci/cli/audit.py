"""The command ``audit``."""

import sys
from typing import Any

import click

from gitops_ci.cli.options import argument, network_options, option, output_options


@click.command("audit")
@argument("app", nargs=-1, required=False)
@option("--env", multiple=True, metavar="ENV", help="Findings of this environment only (repeatable).")
@option("--since", metavar="COMMIT|TIME", help="Begin there: values that stood then count as adopted.")
@option("--range", metavar="OLD..NEW", help="Judge these commits only, as if their branch stood at NEW.")
@option("--hook", is_flag=True, help="Judge what is being pushed: reads OLD NEW REF lines, as a pre-receive hook gets them.")
@option("--images", is_flag=True, help="Ask the registries whether every promoted digest still exists.")
@option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository; a local one is read in place.")
@option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names.")
@option("--plain-http", multiple=True, metavar="HOST[:PORT]", help="A registry that may be asked without TLS (repeatable).")
@output_options
@network_options
def audit_command(**given: Any) -> int:
    """Prove over the history that every change of a managed value came from an operation whose rules held.

    Exit code 3 with a list when something violates them, 0 otherwise, notices or not. Changes nothing.
    """
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery.audit.carry import Query, audit
    from gitops_ci.errors import UsageError
    from gitops_ci.report import audit as report
    from gitops_ci.report.result import check_file

    place, deadline = place_of(given), Deadline.after(given["timeout"])
    check_file(given["result_file"])
    if given["hook"]:
        from gitops_ci.delivery.audit.hook import judge_push

        if given["range"] or given["since"] or given["app"] or given["env"]:
            raise UsageError("--hook takes no application, --env, --since or --range", remedy="what is pushed says it all")
        pushed = judge_push(place, sys.stdin.buffer.read(), deadline)
        return report.show_push(pushed, as_json=given["output"] == "json", file=given["result_file"])
    query = Query(tuple(given["app"]), tuple(given["env"]), given["since"], given["range"], given["images"])
    found = audit(place, query, deadline)
    return report.show(found, as_json=given["output"] == "json", file=given["result_file"])
