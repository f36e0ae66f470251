"""Where a ref of the source leads, as text and as a result document."""

from gitops_ci.base.redaction import safe
from gitops_ci.core.routes import FoundRelease, RouteOutcome
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render
from gitops_ci.report.formats.releases import release_result


def show(outcome: RouteOutcome, output: TextOutput) -> None:
    render(output, lambda: document(outcome), text=lambda: safe(text(outcome)))


def document(outcome: RouteOutcome) -> result.Result:
    apps = [_app(release) for release in outcome.found]
    only = apps[0] if len(apps) == 1 else None
    return result.Result(
        ok=True,
        exit_code=0,
        category="done",
        message=outcome.message,
        operation=outcome.operation,
        apps=apps,
        environment=outcome.environment.name if outcome.environment else None,
        release=only.release if only else None,
        previous=only.previous if only else None,
        commit=only.commit if only else None,
        warnings=[outcome.remedy] if outcome.remedy else [],
    )


def text(outcome: RouteOutcome) -> str:
    lines = [outcome.message] + ([f"  {outcome.remedy}"] if outcome.remedy else [])
    lines += [f"  {release.target.app.name} {_where(release)}" for release in outcome.found]
    return "\n".join(lines) + "\n"


def _where(release: FoundRelease) -> str:
    origin = release.choice.origin
    if origin is None or origin.record is None:
        return str(release.choice.release)
    verb = "runs" if origin.present else "ran"
    return (
        f"{release.choice.release} {verb} in {origin.environment} (commit "
        f"{origin.record.commit[:12]})"
    )


def _app(release: FoundRelease) -> result.AppResult:
    target, origin = release.target, release.choice.origin
    return result.AppResult(
        app=target.app.name,
        file=target.file,
        branch=target.branch,
        release=release_result(release.choice.release),
        previous=release_result(target.release),
        changed=False,
        commit=origin.record.commit if origin and origin.record else None,
    )
