"""The command ``init``."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from gitops_ci.base.errors import UsageError
from gitops_ci.cli.parameters.options import OptionSet, OutputOptions, argument, command, option

if TYPE_CHECKING:
    from gitops_ci.core.scaffold import ScaffoldApplication
    from gitops_ci.model.scaffold import InitOutcome
    from gitops_ci.usecases.init import InitRequest


class InitOptions(OptionSet):
    """The options of ``init``: the application, the repository's shape, and where it stands."""

    dir: str = argument("DIR")
    app: str | None = option(
        "The application.  [default: what DIR is called, without -helm]", "NAME"
    )
    image: str | None = option("Its image, without tag.", "REPOSITORY")
    port: int = option("Port that it listens on.", type=click.IntRange(1, 65535), default=8080)
    health_path: str = option("Path that answers once it is up.", "PATH", default="/healthz")
    layout: Literal["one", "many"] = option(
        "One application at the root, or many below apps/.", default="one"
    )
    strategy: Literal["promotion", "release-branch"] = option(
        "Every environment on one branch, or main -> dev, release -> stage, Git tag -> prod.",
        default="promotion",
    )
    approver: tuple[str, ...] = option(
        "Who may approve prod, with the address of their commits (repeatable).", "NAME[=EMAIL]"
    )
    branch: str = option("Branch that feeds dev.", "BRANCH", default="main")
    repo: str | None = option(
        "Address of the new repository, for Argo CD and Jenkins.  [default: DIR's origin]", "URL"
    )
    argocd_server: str | None = option("Address of Argo CD, for gitops-ci wait.", "URL")
    argocd_namespace: str = option("Namespace of Argo CD.", "NAME", default="argocd")
    destination_server: str | None = option(
        "Cluster to deploy to.  [default: the one that Argo CD runs in]", "URL"
    )
    add_app: str | None = option(
        "Add this application to a repository of many that exists in DIR; nothing else.", "NAME"
    )
    first_commit: bool = option("Commit what was written.")
    dry_run: bool = option("List what would be written, and write nothing.")
    output: OutputOptions


Invented = dict[str, tuple[str, str]]  # what nobody gave -> its placeholder and option


@command("init", InitOptions)
def init_command(options: InitOptions) -> None:
    """Begin a GitOps repository in DIR: chart, values files, gitops.yaml, Argo CD's manifests,
    Jenkinsfile, checks of dev.

    DIR is new, empty, or the top of a Git repository; nothing is ever overwritten. Without a
    repository there, one is made.
    """
    from gitops_ci.report import init
    from gitops_ci.report.formats.output import check_file

    check_file(options.output.result_file)
    outcome = _add(options, options.add_app) if options.add_app else _init(options)
    init.show(outcome, options.output)


def _init(options: InitOptions) -> "InitOutcome":
    from gitops_ci.core.scaffold import Settings, settings
    from gitops_ci.usecases import init as init_usecases

    folder = _folder(options)
    many = options.layout == "many"
    app = options.app or ("manual-app" if many else settings.name_from(str(folder), "--app"))
    settings.check_app(app)
    invented: Invented = {}
    repo = _repo(options.repo, folder)
    if repo is None:
        name = settings.name_from(folder.name, "--repo") if many else app
        repo = f"https://git.example.com/team/{name}-helm.git"
        invented["address of this repository"] = (repo, "--repo")
    application = _application(options, app, invented)
    server = options.argocd_server
    project = app
    if many:
        project = settings.name_from(str(folder), "DIR a name, or --layout one --app")
    chosen = Settings(
        application=application,
        project=project,
        repo=repo,
        layout=options.layout,
        strategy=options.strategy,
        branch=settings.check_main_branch(options.branch, options.strategy),
        approvers=settings.approvers(options.approver),
        argocd_server=server and settings.check_server(server, "--argocd-server"),
        argocd_namespace=settings.check_namespace(options.argocd_namespace),
        destination=settings.check_server(
            options.destination_server or settings.CLUSTER, "--destination-server"
        ),
    )
    return init_usecases.init(_work(options, folder, invented), chosen)


def _add(options: InitOptions, name: str) -> "InitOutcome":
    from gitops_ci.core.scaffold import settings
    from gitops_ci.usecases import init as init_usecases

    if options.app:
        raise UsageError(
            "--app belongs to a new repository", remedy="leave it out beside --add-app"
        )
    invented: Invented = {}
    app = _application(options, settings.check_app(name), invented)
    return init_usecases.add(_work(options, _folder(options), invented), app)


def _application(options: InitOptions, name: str, invented: Invented) -> "ScaffoldApplication":
    from gitops_ci.core.scaffold import ScaffoldApplication, settings

    if options.image:
        image = settings.check_image(options.image)
    else:
        image = f"registry.example.com/{name}"
        invented[f"image of {name}"] = (image, "--image")
    return ScaffoldApplication(
        name, image, options.port, settings.check_health_path(options.health_path)
    )


def _folder(options: InitOptions) -> Path:
    """Return the folder by its real name: `.` has none."""
    path = Path(options.dir)
    if not options.dir or not options.dir.isprintable():
        raise UsageError(
            "DIR is empty or has control characters", remedy="give the path of a new folder"
        )
    return path.absolute() if path.name not in {"", ".."} else path.resolve()


def _work(options: InitOptions, folder: Path, invented: Invented) -> "InitRequest":
    from gitops_ci.usecases.init import InitRequest

    return InitRequest(folder, invented, first_commit=options.first_commit, dry_run=options.dry_run)


def _repo(url_option: str | None, folder: Path) -> str | None:
    """Return the address of the repository without a login; that of its origin where nobody gives
    one that can be used.
    """
    from gitops_ci.adapters.git.connection.address import clean_url
    from gitops_ci.core.scaffold import settings
    from gitops_ci.usecases.init import suggested_repo

    if url_option:
        url, login = clean_url(url_option)
        if login:
            raise UsageError(
                "--repo holds a user or a password, and would be written into files",
                remedy="give the URL without it; credentials belong into Argo CD and Jenkins",
            )
        return settings.check_repo(url_option if url.startswith("/") else url)
    try:
        suggested = suggested_repo(folder)
        return settings.check_repo(clean_url(suggested)[0]) if suggested else None
    except UsageError:  # a folder of this machine, for example
        return None
