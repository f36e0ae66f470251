"""All files of a new GitOps repository, and those of one more application."""

from collections.abc import Mapping
from typing import Any

import gitops_ci
from gitops_ci.core.scaffold import argo_cd
from gitops_ci.core.scaffold.settings import (
    ENVIRONMENTS,
    PROD_BRANCH,
    STAGE_BRANCH,
    ScaffoldApplication,
    Settings,
)
from gitops_ci.core.scaffold.texts import below, render_template, template
from gitops_ci.core.scaffold.yaml_text import Path, filled, flow


def repository(settings: Settings) -> dict[str, bytes]:
    """Return every file of a new repository, by path."""
    values = {env: f"values-{env}.yaml" for env in ENVIRONMENTS}
    return {
        "README.md": _readme(settings),
        ".gitignore": template("gitignore").encode(),
        "gitops.yaml": policy(settings),
        "Jenkinsfile": _jenkinsfile(settings),
        "checks/dev.sh": _dev_checks(settings),
        **argo_cd.manifests(settings),
        **application(settings.application, settings.path, values),
    }


def application(
    app: ScaffoldApplication, folder: str, values: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the chart and the values files of an application; ``values`` maps environments to
    files within its folder.
    """
    files = {
        f"charts/{path.replace('helmignore', '.helmignore')}": content
        for path, content in below("chart").items()
    }
    files["charts/Chart.yaml"] = filled(
        template("chart/Chart.yaml"),
        {("name",): app.name, ("description",): f"Helm chart of {app.name}"},
    )
    files["charts/values.yaml"] = filled(
        template("chart/values.yaml"), {("port",): app.port, ("health", "path"): app.health_path}
    )
    for environment, file in values.items():
        known = environment in ENVIRONMENTS
        text = template(f"values-{environment if known else 'stage'}.yaml")
        if not known:
            text = f"# {environment}\n" + text.partition("\n")[2]
        files[file] = filled(text, {("image", "repository"): app.image})
    return {f"{folder}/{path}" if folder else path: content for path, content in files.items()}


def policy(settings: Settings) -> bytes:
    """Return gitops.yaml."""
    name = "*" if settings.layout == "many" else settings.application.name
    keys = {"tag": "image.tag", "digest": "image.digest"}  # the repository stands beside the tag
    values: dict[Path, Any] = {
        ("apps", name): {
            "path": "apps/{app}" if settings.layout == "many" else ".",
            "images": [keys],
        },
        ("argocd", "project"): settings.project,
    }
    if settings.argocd_server:
        values[("argocd", "server")] = settings.argocd_server
    if settings.approvers:
        values[("environments", "prod", "approval", "approvers")] = flow(
            [approver.name for approver in settings.approvers]
        )
    people = {
        approver.name: flow(list(approver.mails))
        for approver in settings.approvers
        if approver.mails
    }
    if people:
        values[("people",)] = people
    if settings.strategy == "release-branch":
        values |= _branches(settings)
    return filled(template("gitops.yaml"), values)


def _branches(settings: Settings) -> dict[Path, Any]:
    """Return what the release-branch strategy adds: where environments live, and which ref of the
    source feeds them.
    """
    branch: Path = ("environments", "prod", "branch")
    values: dict[Path, Any] = {("environments", "stage", "branch"): STAGE_BRANCH}
    if settings.layout == "many":
        # a tag v1.0 would be of one application, and Argo CD would take it for all
        values[branch] = PROD_BRANCH
    else:
        values |= {branch: STAGE_BRANCH, ("environments", "prod", "tag"): "v{version}"}
    values[("routes",)] = [
        {"branch": "main", "environment": "dev"},
        {"branch": "release", "environment": "stage"},
        {"tag": "v*", "environment": "prod"},
    ]
    return values


def _readme(settings: Settings) -> bytes:
    app, many = settings.application, settings.layout == "many"
    release = settings.strategy == "release-branch"
    where = {env: argo_cd.revision(settings, env) for env in ENVIRONMENTS}
    return render_template(
        "README.md",
        project=settings.project,
        app=app.name,
        title=settings.project if many else f"{app.name}",
        folder=f"{settings.path}/" if many else "",
        applications="`argocd/applicationset.yaml`"
        if many
        else f"`argocd/{app.name}-dev.yaml`, `-stage.yaml`, `-prod.yaml`",
        repo=settings.repo,
        dev=f"branch `{where['dev']}`",
        stage=f"branch `{where['stage']}`",
        prod="the newest Git tag" if where["prod"] == "*" else f"branch `{where['prod']}`",
        version=" --version 1.0" if release and not many else "",
        more=template(f"README-{settings.layout}.md"),
    )


def _jenkinsfile(settings: Settings) -> bytes:
    app = settings.application
    tagged = settings.strategy == "release-branch" and settings.layout == "one"
    return render_template(
        f"Jenkinsfile-{settings.strategy}",
        library=gitops_ci.__version__,
        app=app.name,
        repo=settings.repo,
        image=app.image,
        branch=settings.branch,
        chart=f"gitops/{settings.path}" if settings.path else "gitops",
        version="fed.environment == 'prod' ? [version: env.TAG_NAME.substring(1)] : [:]"
        if tagged
        else "[:]",
    )


def _dev_checks(settings: Settings) -> bytes:
    app = settings.application
    return render_template("dev.sh", app=app.name, port=app.port, path=app.health_path)
