"""Where a ref of the source leads, as text and as a result document."""

from gitops_ci.base.redaction import safe
from gitops_ci.core.routes import FoundRelease, RouteOutcome
from gitops_ci.report.form import result
from gitops_ci.report.form.output import TextOutput, render
from gitops_ci.report.form.releases import release_result


def show(routed: RouteOutcome, output: TextOutput) -> None:
    """Print the answer and write the result file; raises GitopsError when the file can't be
    written.
    """
    render(output, lambda: document(routed), text=lambda: safe(text(routed)))


def document(routed: RouteOutcome) -> result.Result:
    """Return the result document."""
    apps = [_app(found_release) for found_release in routed.found]
    only = apps[0] if len(apps) == 1 else None
    return result.Result(
        ok=True,
        exit_code=0,
        category="done",
        message=routed.message,
        operation=routed.operation,
        apps=apps,
        environment=routed.environment.name if routed.environment else None,
        release=only.release if only else None,
        previous=only.previous if only else None,
        commit=only.commit if only else None,
        warnings=[routed.remedy] if routed.remedy else [],
    )


def text(routed: RouteOutcome) -> str:
    """Return what a person reads."""
    lines = [routed.message] + ([f"  {routed.remedy}"] if routed.remedy else [])
    lines += [
        f"  {found_release.target.app.name} {_where(found_release)}"
        for found_release in routed.found
    ]
    return "\n".join(lines) + "\n"


def _where(found: FoundRelease) -> str:
    origin = found.choice.origin
    if origin is None or origin.record is None:
        return str(found.choice.release)
    verb = "runs" if origin.present else "ran"
    return (
        f"{found.choice.release} {verb} in {origin.environment} (commit "
        f"{origin.record.commit[:12]})"
    )


def _app(found: FoundRelease) -> result.AppResult:
    target, origin = found.target, found.choice.origin
    return result.AppResult(
        app=target.app.name,
        file=target.file,
        branch=target.branch,
        release=release_result(found.choice.release),
        previous=release_result(target.release),
        changed=False,
        commit=origin.record.commit if origin and origin.record else None,
    )
