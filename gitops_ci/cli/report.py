"""The command ``report``."""

from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from gitops_ci.cli.options import argument, network_options, option, output_options
from gitops_ci.cli.waiting import argocd_options
from gitops_ci.errors import Exit
from gitops_ci.redaction import printable, redact


@click.command("report")
@argument("app", nargs=-1, required=False)
@option("--html", required=True, metavar="DIR", help="The folder to write: a new one, or that of an earlier report.")
@option("--env", multiple=True, metavar="ENV", help="This environment only (repeatable).")
@option("--argocd", is_flag=True, help="Ask Argo CD too, and show what really runs.")
@option("--no-audit", is_flag=True, help="Leave the audit out, which reads the whole history.")
@option("--limit", type=click.IntRange(min=1), default=100, metavar="N", help="The newest N changes of each application.")
@option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository.")
@option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names.")
@argocd_options
@output_options
@network_options
def report_command(**given: Any) -> int:
    """Write what runs where, timelines, open gates and the audit as web pages without scripts.

    The folder is replaced as a whole. Findings of the audit don't change the exit code. Changes nothing in the repository.
    """
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery.account import Wish, account
    from gitops_ci.ledger_views import VIOLATION
    from gitops_ci.report import result
    from gitops_ci.report.html.folder import check_folder, write
    from gitops_ci.report.html.site import files

    place, deadline = place_of({**given, "plain_http": ()}), Deadline.after(given["timeout"])
    result.check_file(given["result_file"])
    folder = check_folder(Path(given["html"]))
    wish = Wish(tuple(given["app"]), tuple(given["env"]), given["limit"], not given["no_audit"], given["argocd"])
    content = account(place, wish, deadline)
    number = write(files(content), folder)
    message = f"the report is in {folder / 'index.html'} ({number} files)"
    if given["output"] == "text":
        result.show(printable(redact(message)) + "\n")
    done = result.Result(
        ok=True, exit_code=int(Exit.OK), category="done", message=message, operation="report", commit=content.policy_commit
    )
    found = content.audit.findings if content.audit else None
    violations = sum(finding.severity == VIOLATION for finding in found) if found is not None else None
    facts = {"folder": str(folder), "files": number, "violations": violations}
    result.write(asdict(done) | facts, given["result_file"], given["output"] == "json")
    return Exit.OK
