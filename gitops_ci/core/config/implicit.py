"""The configuration that holds where a repository has no gitops.yaml: the usual layout of one
application.
"""

from collections.abc import Sequence

from gitops_ci.base import canonical
from gitops_ci.base.errors import UsageError
from gitops_ci.core.config.document import parse
from gitops_ci.model.config import App, Approval, Config, Environment, ImageKeys, TagKeys
from gitops_ci.model.key_path import parse_key_path
from gitops_ci.model.names import FILE, check_app

CHART = "charts/Chart.yaml"


def implicit_config(app: str) -> Config:
    """Return the configuration of a repository without gitops.yaml: one application, dev -> stage
    -> prod.
    """
    approval = Approval(approvers=None, distinct_requester=True, distinct_authors=False)
    environments = {
        name: Environment(
            name=name,
            values=f"values-{name}.yaml",
            source=source,
            branch=None,
            verify_digest="required" if source else "available",
            approval=approval if name == "prod" else None,
            override={},
            policy=canonical.digest({"implicit": name}),
            first_policy=canonical.plain_digest({"implicit": name}),
        )
        for name, source in (("dev", None), ("stage", "dev"), ("prod", "stage"))
    }
    app = check_app(app)
    return Config({app: App(app, "", (usual_keys(),))}, None, environments, {}, implicit=True)


class NoRulesError(UsageError):
    """Nothing says what a repository without gitops.yaml holds."""


def implicit_from_chart(chart: bytes | None, apps: Sequence[str]) -> Config:
    """Return the same where the application is called as ``CHART`` says, or as the only one asked
    for.

    Raises NoRulesError where neither names it, ConfigError for a chart that is no YAML.
    """
    document = parse(chart, CHART).data if chart else None
    name = document.get("name") if isinstance(document, dict) else None
    if isinstance(name, str):
        return implicit_config(name)
    if len(apps) == 1:
        return implicit_config(apps[0])
    raise NoRulesError(
        f"the repository has neither {FILE} nor {CHART}: the application has no name",
        remedy=f"give the application's name, or add {FILE}",
    )


def usual_keys() -> ImageKeys:
    """Return where the image stands in the values of a chart made by ``helm create``."""
    return TagKeys(
        tag=parse_key_path("image.tag"),
        digest=parse_key_path("image.digest"),
        repository=parse_key_path("image.repository"),
        registry=parse_key_path("image.registry"),
        digest_if_present=True,
    )
