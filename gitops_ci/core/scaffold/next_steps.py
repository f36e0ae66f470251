"""What is left to do after an `init`: values that nobody gave, and the way to the first release."""

import shlex
from collections.abc import Mapping

from gitops_ci.core.scaffold.settings import PROD_BRANCH, STAGE_BRANCH, Settings
from gitops_ci.model.scaffold import Placeholder


def placeholder(files: Mapping[str, bytes], what: str, value: str, option: str) -> Placeholder:
    """Return a value that stands for a real one, with its places."""
    places = [
        f"{path}:{number}"
        for path, content in files.items()
        for number, line in enumerate(content.decode().splitlines(), 1)
        if value in line
    ]
    return Placeholder(what, value, option, tuple(places))


def after_init(settings: Settings, folder: str, *, committed: bool) -> tuple[str, ...]:
    steps = []
    if not settings.approvers:
        steps.append(
            "gitops.yaml: name who may approve prod: approval: {approvers: [...]}; now it "
            "is anyone but who asked or wrote it"
        )
    steps.append(
        "gitops.yaml: add everybody who writes code under people:, with the addresses of "
        "their commits; prod asks for it"
    )
    if not settings.argocd_server:
        steps.append(
            "gitops.yaml: add server: to argocd:, the address of Argo CD, for commands that ask it"
        )
    extra = branches(settings)
    place = shlex.quote(folder)
    if not committed:
        steps.append(f"git -C {place} add --all && git -C {place} commit --message 'Begin'")
    more = "".join(f" {settings.branch}:{name}" for name in extra)
    steps.append(f"git -C {place} push {shlex.quote(settings.repo)} {settings.branch}{more}")
    steps.append(
        "let Argo CD read the repository (argocd repo add), then, as its administrator: "
        "kubectl apply -f argocd/project.yaml -f argocd/"
    )
    steps.append(
        "copy Jenkinsfile and checks/ into the source's repository, and make the "
        "credentials that it names in Jenkins: "
        "gitops-writer, registry-writer, registry-reader, argocd-reader"
    )
    steps.append(
        "the promotion job for Build with Parameters: gitops-ci jobs apply, with jenkins: "
        "in gitops.yaml"
    )
    steps.append(
        "the first release: run that pipeline, or gitops-ci update "
        f"{settings.application.name} --env dev --tag TAG"
    )
    return tuple(steps)


def after_application(
    folder: str, path: str, name: str, branches: tuple[str, ...], *, committed: bool
) -> tuple[str, ...]:
    place = shlex.quote(folder)
    steps = []
    if not committed:
        steps.append(f"git -C {place} add {path} && git -C {place} commit --message 'Add {name}'")
    steps.append("push it: Argo CD finds the folder by itself")
    if branches:
        steps.append(
            "bring that commit to the branches of the other environments too (git "
            f"cherry-pick): {', '.join(branches)}"
        )
    steps.append(
        f"copy Jenkinsfile and checks/ into the repository of {name}'s source, and change "
        "app, image and port there"
    )
    return tuple(steps)


def branches(settings: Settings) -> tuple[str, ...]:
    """Return the branches of the GitOps repository beside the first one."""
    if settings.strategy == "promotion":
        return ()
    return (STAGE_BRANCH, PROD_BRANCH) if settings.layout == "many" else (STAGE_BRANCH,)
