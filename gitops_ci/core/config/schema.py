"""The shape of ``gitops.yaml``: read by msgspec, and published as a JSON Schema."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import msgspec

from gitops_ci.core.config.parts import ConfigPart, Duration, Name, Text
from gitops_ci.core.gates.table import overridable, settings
from gitops_ci.model.required_version import PATTERN

Requirement = Annotated[str, msgspec.Meta(pattern=PATTERN)]
VERSION = 1  # of the file
if TYPE_CHECKING:
    Gate = str
else:
    Gate = Literal[overridable()]
CredentialKind = Literal["usernamePassword", "token", "file", "sshKey"]


def _only_keys(choices: Any) -> msgspec.Meta:
    """Return what has the schema name the keys of a mapping: msgspec does so by itself only from
    0.23 on.
    """
    return msgspec.Meta(extra_json_schema={"propertyNames": {"enum": list(get_args(choices))}})


class ImagePart(ConfigPart):
    """One image: where its repository, tag and digest stand in a values file."""

    repository: Text | dict[str, Text] | None = None
    tag: Text | None = None
    digest: Text | None = None
    reference: Text | None = None


class AppPart(ConfigPart):
    """One application, or with the name ``"*"`` every folder that ``path`` matches."""

    path: Text = "."
    compare: Text | None = None
    images: Annotated[list[ImagePart], msgspec.Meta(min_length=1)] | None = None


class ApprovalPart(ConfigPart):
    """Who may approve; ``distinct`` asks for somebody else than requester and authors.

    ``unknown_authors`` is about releases whose authors nobody recorded; ``rollback``: whether one
    needs an approval too.
    """

    approvers: list[Text] | None = None
    distinct: bool = False
    reason: bool = False
    unknown_authors: Literal["allow", "refuse"] | None = None
    rollback: Literal["same", "none"] = "same"


class ArgocdPart(ConfigPart):
    """Where Argo CD is and how its applications are called; ``namespace`` is where they deploy to.

    ``repository`` is what Argo CD calls this repository, where that can't be told from the URL.
    """

    server: Text | None = None
    application: Text = "{app}-{env}"
    application_namespace: Text | None = None
    namespace: Text = "{env}"
    project: Text | None = None
    parent: Text | None = None
    repository: Text | None = None
    allow_out_of_sync: bool = False
    stable: Duration | None = None


class EnvironmentArgocdPart(ConfigPart):
    """What is different for one environment; ``required`` is the gate, as ``argocd: true``
    alone.
    """

    required: bool = False
    server: Text | None = None
    application: Text | None = None
    application_namespace: Text | None = None
    namespace: Text | None = None
    project: Text | None = None
    parent: Text | None = None
    repository: Text | None = None
    allow_out_of_sync: bool | None = None
    stable: Duration | None = None


class _Environment(ConfigPart, rename={"source": "from"}):
    """What every environment has, whatever its gates."""

    values: Text = "values-{env}.yaml"
    source: Name | None = None
    branch: Text | None = None
    tag: Text | None = None
    verify_digest: Literal["required", "available", "off"] | None = None
    approval: ApprovalPart | None = None


if TYPE_CHECKING:
    _WithGates = _Environment
else:
    # keys of gates that are more than their gate have their shape here
    _SHARED = {"argocd": bool | EnvironmentArgocdPart}
    _KEYS = [(setting.key, setting.shape or _SHARED[setting.key]) for setting in settings()]
    _WithGates = msgspec.defstruct(
        "_WithGates", [(key, shape | None, None) for key, shape in _KEYS], bases=(_Environment,)
    )


class EnvironmentPart(_WithGates):
    """One environment: its values file, where its releases come from, and its policy."""

    override: Annotated[dict[Gate, list[Text]], _only_keys(Gate)] | None = None
    signers: Text | None = None


class RoutePart(ConfigPart):
    """Which ref of the source repository feeds an environment."""

    environment: Name
    branch: Text | None = None
    tag: Text | None = None


class JenkinsApprovalPart(ConfigPart):
    """The question of the promotion job: who may answer at Jenkins, and how long it waits."""

    submitter: list[Text] | None = None
    timeout: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    unit: Literal["MINUTES", "HOURS", "DAYS"] | None = None
    reason: bool = False


class ToolPart(ConfigPart):
    """Where the agents get gitops-ci from, unless it is on their PATH."""

    index: Text | None = None
    source: Text | None = None
    wheelhouse: Text | None = None
    home: Text | None = None


Credential = Text | Annotated[dict[CredentialKind, Text], _only_keys(CredentialKind)]


class JenkinsCredentialsPart(ConfigPart):
    """Ids of Jenkins credentials: that of a user with password, or a mapping from the kind to the
    id.
    """

    git: Credential | None = None
    registry: Credential | None = None
    argocd: Credential | None = None


class JenkinsPart(ConfigPart):
    """The promotion job on a Jenkins controller."""

    url: Text | None = None
    folder: Text = "gitops"
    job: Text = "promote"
    library: Text | None = None
    repo: Text | None = None
    credentials: JenkinsCredentialsPart | None = None
    label: Text | None = None
    approval: JenkinsApprovalPart | None = None
    keep: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 100
    lock: bool | Text = False
    wait: bool = False
    skip_ci: bool = False
    plain_http: list[Text] = msgspec.field(default_factory=list)
    ca_file: Text | None = None
    timeout: Text | None = None
    tool: ToolPart | None = None


class Root(ConfigPart):
    """The whole file."""

    version: Literal[1]
    apps: dict[str, AppPart]
    environments: dict[Name, EnvironmentPart]
    requires: Requirement | None = None
    people: dict[Text, list[Text]] = msgspec.field(default_factory=dict)
    argocd: ArgocdPart | None = None
    routes: list[RoutePart] = msgspec.field(default_factory=list)
    jenkins: JenkinsPart | None = None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of gitops.yaml."""
    schema = msgspec.json.schema(Root)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gitops.yaml",
        **schema,
    }
