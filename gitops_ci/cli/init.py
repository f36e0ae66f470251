"""The command ``init``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitops_ci.cli.options import argument, option, output_options, together
from gitops_ci.errors import UsageError

if TYPE_CHECKING:
    from gitops_ci.delivery.scaffolding import Work

_application_options = together(
    option("--app", metavar="NAME", help="The application.  [default: what DIR is called, without -helm]"),
    option("--image", metavar="REPOSITORY", help="Its image, without tag."),
    option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port that it listens on."),
    option("--health-path", metavar="PATH", default="/healthz", show_default=True, help="Path that answers once it is up."),
)

_shape_options = together(
    option("--layout", type=click.Choice(["one", "many"]), default="one", show_default=True,
           help="One application at the root, or many below apps/."),
    option("--strategy", type=click.Choice(["promotion", "release-branch"]), default="promotion", show_default=True,
           help="Every environment on one branch, or main -> dev, release -> stage, Git tag -> prod."),
    option("--approver", metavar="NAME[=EMAIL]", multiple=True,
           help="Who may approve prod, with the address of their commits (repeatable)."),
    option("--branch", metavar="BRANCH", default="main", show_default=True, help="Branch that feeds dev."),
)  # fmt: skip

_place_options = together(
    option("--repo", metavar="URL", help="Address of the new repository, for Argo CD and Jenkins.  [default: DIR's origin]"),
    option("--argocd-server", metavar="URL", help="Address of Argo CD, for gitops-ci wait."),
    option("--argocd-namespace", metavar="NAME", default="argocd", show_default=True, help="Namespace of Argo CD."),
    option("--destination-server", metavar="URL", help="Cluster to deploy to.  [default: the one that Argo CD runs in]"),
)


@click.command("init")
@argument("dir", metavar="DIR")
@_application_options
@_shape_options
@_place_options
@option("--add-app", metavar="NAME", help="Add this application to a repository of many that exists in DIR; nothing else.")
@option("--first-commit", is_flag=True, help="Commit what was written.")
@option("--dry-run", is_flag=True, help="List what would be written, and write nothing.")
@output_options
def init_command(output: str, result_file: str | None, **given: Any) -> None:
    """Begin a GitOps repository in DIR: chart, values files, gitops.yaml, Argo CD's manifests, Jenkinsfile, checks of dev.

    DIR is new, empty, or the top of a Git repository; nothing is ever overwritten. Without a repository there, one is made.
    """
    from gitops_ci.report import result, scaffolded

    result.check_file(result_file)
    outcome = _add(given) if given["add_app"] else _init(given)
    scaffolded.show(outcome, as_json=output == "json", file=result_file)


def _init(given: dict[str, Any]) -> Any:
    from gitops_ci.delivery import scaffolding
    from gitops_ci.scaffold import Application, Settings, settings

    folder = _folder(given)
    many = given["layout"] == "many"
    app = given["app"] or ("manual-app" if many else settings.name_from(str(folder), "--app"))
    settings.check_app(app)
    invented: dict[str, tuple[str, str]] = {}
    repo = _repo(given["repo"], folder)
    if repo is None:
        repo = f"https://git.example.com/team/{settings.name_from(folder.name, '--repo') if many else app}-helm.git"
        invented["address of this repository"] = (repo, "--repo")
    image = _image(given, app, invented)
    chosen = Settings(
        application=Application(app, image, given["port"], settings.check_health_path(given["health_path"])),
        project=settings.name_from(str(folder), "DIR a name, or --layout one --app") if many else app,
        repo=repo,
        layout=given["layout"],
        strategy=given["strategy"],
        branch=settings.check_main_branch(given["branch"], given["strategy"]),
        approvers=settings.approvers(given["approver"]),
        argocd_server=given["argocd_server"] and settings.check_server(given["argocd_server"], "--argocd-server"),
        argocd_namespace=settings.check_namespace(given["argocd_namespace"]),
        destination=settings.check_server(given["destination_server"] or settings.CLUSTER, "--destination-server"),
    )
    return scaffolding.init(_work(given, folder, invented), chosen)


def _add(given: dict[str, Any]) -> Any:
    from gitops_ci.delivery import scaffolding
    from gitops_ci.scaffold import Application, settings

    if given["app"]:
        raise UsageError("--app belongs to a new repository", remedy="leave it out beside --add-app")
    invented: dict[str, tuple[str, str]] = {}
    name = settings.check_app(given["add_app"])
    image = _image(given, name, invented)
    app = Application(name, image, given["port"], settings.check_health_path(given["health_path"]))
    return scaffolding.add(_work(given, _folder(given), invented), app)


def _folder(given: dict[str, Any]) -> Path:
    """Return the folder by its real name: `.` has none."""
    text: str = given["dir"]
    if not text or not text.isprintable():
        raise UsageError("DIR is empty or has control characters", remedy="give the path of a new folder")
    return Path(text).absolute() if Path(text).name not in {"", ".."} else Path(text).resolve()


def _work(given: dict[str, Any], folder: Path, invented: dict[str, tuple[str, str]]) -> "Work":
    from gitops_ci.delivery.scaffolding import Work

    return Work(folder, invented, first_commit=given["first_commit"], dry_run=given["dry_run"])


def _image(given: dict[str, Any], app: str, invented: dict[str, tuple[str, str]]) -> str:
    from gitops_ci.scaffold import settings

    if given["image"]:
        return settings.check_image(given["image"])
    image = f"registry.example.com/{app}"
    invented[f"image of {app}"] = (image, "--image")
    return image


def _repo(given: str | None, folder: Path) -> str | None:
    """Return the address of the repository without a login; that of its origin where nobody gives one that can be used."""
    from gitops_ci.delivery.scaffolding import suggested_repo
    from gitops_ci.repository.address import clean_url
    from gitops_ci.scaffold import settings

    if given:
        url, login = clean_url(given)
        if login:
            raise UsageError(
                "--repo holds a user or a password, and would be written into files",
                remedy="give the URL without it; credentials belong into Argo CD and Jenkins",
            )
        return settings.check_repo(given if url.startswith("/") else url)
    try:
        found = suggested_repo(folder)
        return settings.check_repo(clean_url(found)[0]) if found else None
    except UsageError:  # a folder of this machine, for example
        return None
