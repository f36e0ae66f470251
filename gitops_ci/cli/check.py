"""The command ``check``."""

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitops_ci.cli.options import argument, jenkins, network_options, option, output_options
from gitops_ci.cli.times import Moment
from gitops_ci.errors import UsageError
from gitops_ci.redaction import one_line

if TYPE_CHECKING:
    from gitops_ci.check_results import Report

_CHUNK = 1 << 20


@click.command("check")
@argument("app", nargs=-1, required=False)
@option("--env", required=True, metavar="ENV", help="The environment in which it was checked.")
@option("--tag", metavar="TAG", help="The release, by its tag; default: what runs there now.")
@option("--commit", metavar="SHA", help="The release, by the commit that deployed it.")
@option("--name", required=True, metavar="NAME", help="The name of the check, as gitops.yaml asks for it under checks.")
@option("--passed", is_flag=True, help="It passed.")
@option("--failed", is_flag=True, help="It failed; a later result replaces an earlier one.")
@option("--url", metavar="URL", help="Where its results are; default: the build.")
@option("--report", metavar="FILE", help="Its report: name, SHA-256 and size are recorded, not the contents.")
@option("--started", type=Moment(), metavar="TIME", help="When it began: refused unless the release was there ever since.")
@option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository.")
@option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names.")
@option("--requested-by", multiple=True, metavar="NAME", help="Who says it (repeatable); default: the login name.")
@option("--build-url", metavar="URL", help="The build that checked it; default: BUILD_URL.")
@option("--dry-run", is_flag=True, help="Show what would be recorded; record nothing.")
@output_options
@network_options
def check_command(**given: Any) -> int:
    """Record what a check said of a release in an environment; promotions ask for it under checks in gitops.yaml."""
    from gitops_ci.check_results import is_name
    from gitops_ci.cli.operations import requesters_of
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery import approach
    from gitops_ci.image_reference import check_tag
    from gitops_ci.operation import Actor, Request

    if given["passed"] == given["failed"]:
        raise UsageError("say how the check ended", remedy="give either --passed or --failed")
    if not is_name(given["name"]):
        raise UsageError(f"{one_line(given['name'])!r} can't name a check", remedy="give 1 to 100 printable characters")
    report = _report(Path(given["report"])) if given["report"] else None
    place = place_of({**given, "plain_http": ()})
    deadline = Deadline.after(given["timeout"])
    build = given["build_url"] or jenkins("BUILD_URL")
    request = Request(
        operation="check",
        environment=given["env"],
        actor=Actor(requesters_of(given["requested_by"]), build_url=build),
        apps=tuple(given["app"]),
        tag=check_tag(given["tag"]) if given["tag"] else None,
        commit=given["commit"],
        dry_run=given["dry_run"],
    )
    with approach(place, deadline) as repository:
        from gitops_ci.delivery.check import Said, record_check
        from gitops_ci.report import recorded
        from gitops_ci.report.result import check_file

        check_file(given["result_file"])
        said = Said(given["name"], given["passed"], given["url"] or build, report, given["started"])
        noted = record_check(repository, request, said, place, deadline)
    recorded.show(noted, as_json=given["output"] == "json", file=given["result_file"])
    return 0


def _report(path: Path) -> "Report":
    """Return what is recorded of a report; raises UsageError when it can't be read."""
    from gitops_ci.check_results import Report

    shown = one_line(str(path))
    digest, size = hashlib.sha256(), 0
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UsageError(f"the report {shown} is not a regular file", remedy="give --report a file")
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"the report {shown} can't be read: {reason}", remedy="give --report a file that exists") from None
    return Report(one_line(path.name), digest.hexdigest(), size)
