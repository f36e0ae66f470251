"""The options of ``jobs ...``."""

from gitops_ci.cli.parameters.options import (
    APPS,
    BRANCH,
    CONFIG,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    PolicyOptions,
    argument,
    option,
)


class ControllerOptions(OptionSet):
    """Where the promotion job is."""

    jenkins_url: str | None = option(
        "The controller.  [default: jenkins: url: in gitops.yaml, JENKINS_URL]", "URL"
    )
    folder: str | None = option(
        "Folder of the job, / between folders.  [default: that of gitops.yaml, gitops]", "PATH"
    )
    job: str | None = option("Name of the job.  [default: that of gitops.yaml, promote]", "NAME")


class DefinitionOptions(OptionSet):
    """What the promotion job is to be."""

    library: str | None = option(
        "The shared library.  [default: gitops-ci in this version]", "NAME@VERSION"
    )
    label: str | None = option("Label of the agents that the job takes.", "LABEL")
    git_credentials: str | None = option(
        "Jenkins credential that may push to the GitOps repository.", "ID"
    )
    registry_credentials: str | None = option("Jenkins credential for the registry.", "ID")
    adopt: bool = option(
        "Take over a job of that name that is not this repository's; what it does is replaced."
    )


class JobsDiffOptions(OptionSet):
    """The options of ``jobs diff``."""

    repository: PolicyOptions
    controller: ControllerOptions
    definition: DefinitionOptions
    dry_run: bool = True
    output: OutputOptions
    network: NetworkOptions


class JobsApplyOptions(JobsDiffOptions):
    """The options of ``jobs apply``."""

    dry_run: bool = option("Show what would be done, as jobs diff does.")


class JobOptions(OptionSet):
    """Where the job is, for those who use it: gitops.yaml need not be read."""

    repo: str | None = option(
        "The GitOps repository, where its gitops.yaml says where the job is.", "URL|PATH"
    )
    branch: str | None = BRANCH
    config: str | None = CONFIG
    controller: ControllerOptions
    output: OutputOptions
    network: NetworkOptions


class _FollowingOptions(NetworkOptions):
    timeout: float = option("How long the build is followed.", default="24h")
    ca_file: str | None = option(
        "Certificates (PEM) to trust for Git and Jenkins, beside the system's.", "FILE"
    )


class _FollowedJobOptions(JobOptions):
    network: _FollowingOptions


class TriggerOptions(OptionSet):
    """The options of ``jobs trigger``."""

    app: tuple[str, ...] = APPS
    to: str | None = option("Environment to promote to.", "ENV")
    tag: str | None = option(
        "Tag of an earlier release; default: what the environment before runs.", "TAG"
    )
    reason: str | None = option("Why; recorded in the commit.", "TEXT")
    dry_run: bool = option(
        "Have the job plan and judge, and publish nothing: its parameter DRY_RUN."
    )
    no_follow: bool = option("Start it and don't wait for its end.")
    job: _FollowedJobOptions


class ApproveOptions(OptionSet):
    """The options of ``jobs approve``."""

    build: str | None = argument("[BUILD]")
    plan: str | None = option(
        "Approve only if it is this plan that waits (12 digits or more).", "PLAN_ID"
    )
    reason: str | None = option("Why, where the question asks for it.", "TEXT")
    job: JobOptions


class AbortOptions(OptionSet):
    """The options of ``jobs abort``."""

    build: str | None = argument("[BUILD]")
    reason: str | None = option(
        "Why; becomes the build's description, where the user may write it.", "TEXT"
    )
    job: JobOptions
