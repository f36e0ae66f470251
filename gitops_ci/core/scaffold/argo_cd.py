"""Argo CD's manifests: the project, and the applications or the set that makes them."""

from typing import Any

from gitops_ci.core.scaffold.settings import ENVIRONMENTS, PROD_BRANCH, STAGE_BRANCH, Settings
from gitops_ci.core.scaffold.texts import template
from gitops_ci.core.scaffold.yaml_text import Path, filled

FOLDER = "argocd"
_FINALIZER = "resources-finalizer.argocd.argoproj.io"
_WHY = {
    "dev": "# dev syncs by itself: every build arrives, what is gone from Git goes, what somebody "
    "changed by hand is undone.\n",
    "stage": "# stage syncs by itself, as production does: the rehearsal would not be one "
    "otherwise.\n",
    "prod": (
        "# prod syncs by itself too: the approval stands before the commit, in Git, and a "
        "second button would only let Git say\n"
        "# more than runs. selfHeal undoes what nobody approved. Deleting this application "
        "leaves everything in the cluster.\n"
    ),
}


def manifests(settings: Settings) -> dict[str, bytes]:
    files = {f"{FOLDER}/project.yaml": project(settings)}
    if settings.layout == "many":
        files[f"{FOLDER}/applicationset.yaml"] = application_set(settings)
    else:
        files |= {
            f"{FOLDER}/{settings.application.name}-{env}.yaml": application(settings, env)
            for env in ENVIRONMENTS
        }
    return files


def revision(settings: Settings, environment: str) -> str:
    """Return the branch that an environment follows, or for a tag per version the constraint that
    takes the newest one.
    """
    if settings.strategy == "promotion" or environment == "dev":
        return settings.branch
    if environment == "stage":
        return STAGE_BRANCH
    return PROD_BRANCH if settings.layout == "many" else "*"


def project(settings: Settings) -> bytes:
    name = settings.project
    values: dict[Path, Any] = {
        ("metadata", "name"): name,
        ("metadata", "namespace"): settings.argocd_namespace,
        ("spec", "description"): f"What gitops-ci promotes for {name}",
        ("spec", "sourceRepos"): [settings.repo],
        ("spec", "roles", 0, "policies"): [
            f"p, proj:{name}:ci-wait, applications, get, {name}/*, allow"
        ],
    }
    values |= {
        ("spec", "destinations", index, "server"): settings.destination
        for index in range(len(ENVIRONMENTS))
    }
    return filled(
        template("argocd/project.yaml").replace("create-token PROJECT", f"create-token {name}"),
        values,
    )


def application(settings: Settings, environment: str) -> bytes:
    name = f"{settings.application.name}-{environment}"
    metadata: dict[Path, Any] = {
        ("metadata", "name"): name,
        ("metadata", "namespace"): settings.argocd_namespace,
    }
    if environment != "prod":
        metadata[("metadata", "finalizers")] = [_FINALIZER]
    spec = _spec(
        settings,
        "charts",
        f"../values-{environment}.yaml",
        revision(settings, environment),
        environment,
    )
    return filled(_WHY[environment] + template("argocd/application.yaml"), metadata | spec)


def application_set(settings: Settings) -> bytes:
    """Return the ApplicationSet: every folder below apps/ in every environment."""
    generators = ("spec", "generators", 0, "matrix", "generators")
    elements = [{"env": env, "revision": revision(settings, env)} for env in ENVIRONMENTS]
    spec = _spec(
        settings,
        "{{ .path.path }}/charts",
        "../values-{{ .env }}.yaml",
        "{{ .revision }}",
        "{{ .env }}",
    )
    sync = _sync_policy()
    return filled(
        template("argocd/applicationset.yaml"),
        {
            ("metadata", "name"): settings.project,
            ("metadata", "namespace"): settings.argocd_namespace,
            (*generators, 0, "git", "repoURL"): settings.repo,
            (*generators, 0, "git", "revision"): settings.branch,
            (*generators, 1, "list", "elements"): elements,
            **{("spec", "template", *path): value for path, value in spec.items()},
            ("spec", "template", "spec", "syncPolicy"): sync,
        },
    )


def _spec(
    settings: Settings, path: str, values: str, revision: str, namespace: str
) -> dict[Path, Any]:
    return {
        ("spec", "project"): settings.project,
        ("spec", "source", "repoURL"): settings.repo,
        ("spec", "source", "targetRevision"): revision,
        ("spec", "source", "path"): path,
        ("spec", "source", "helm", "valueFiles"): [values],
        ("spec", "destination", "server"): settings.destination,
        ("spec", "destination", "namespace"): namespace,
    }


def _sync_policy() -> Any:
    """Return the policy of an application, with its comments."""
    from ruamel.yaml import YAML

    return YAML().load(template("argocd/application.yaml"))["spec"]["syncPolicy"]
