"""``environments:`` -> frozen values, each with its policy, its gates' settings and its Argo CD."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from gitops_ci.base import canonical
from gitops_ci.base.errors import UsageError
from gitops_ci.core.config import schema
from gitops_ci.core.config.node import ConfigNode
from gitops_ci.core.config.parts import seconds
from gitops_ci.core.gates.gate import SettingError
from gitops_ci.core.gates.table import settings
from gitops_ci.core.ref_template import TAG_FIELDS, check, fields
from gitops_ci.model.config import DEFAULT, Approval, ArgocdPlace, Environment
from gitops_ci.model.names import check_branch, check_environment, check_file, check_resource
from gitops_ci.model.required_version import STRICT, Version

ArgocdKeys = schema.ArgocdPart | schema.EnvironmentArgocdPart | bool | None

_SERVER = re.compile(r"(https?://)?[A-Za-z0-9._:/\[\]~-]+")
_RESOURCES = ("application", "application_namespace", "namespace", "project", "parent")


def read_environment(
    node: ConfigNode, name: str, data: Any, argocd: ArgocdPlace, needed: Version
) -> Environment:
    """Return one environment; ``argocd`` is where Argo CD is unless this one says otherwise,
    ``needed`` the version that the file requires.
    """
    node.check(check_environment, name)
    if name == DEFAULT:
        raise node.error(
            f"{DEFAULT} can't be the name of an environment: repository: uses it for all others"
        )
    part = node.convert(data, schema.EnvironmentPart)
    override = part.override or {}
    return Environment(
        name=name,
        values=node.at("values").check(check_file, part.values),
        source=part.source,
        branch=node.at("branch").check_optional(check_branch, part.branch),
        verify_digest=part.verify_digest or ("required" if part.source else "available"),
        approval=_approval(part.approval, needed),
        override={gate: tuple(people) for gate, people in override.items()},
        policy=canonical.digest(data or {}),
        first_policy=canonical.plain_digest(data),
        settings=_settings(node, part),
        tag=node.at("tag").check_optional(_tag_template, part.tag),
        signers=node.at("signers").check_optional(check_file, part.signers),
        argocd_place=read_argocd(node.at("argocd"), argocd, getattr(part, "argocd", None)),
    )


def read_argocd(node: ConfigNode, usual: ArgocdPlace, part: ArgocdKeys) -> ArgocdPlace:
    """Return where Argo CD is: what a part of the file says, and the usual for all else."""
    if part is None or isinstance(part, bool):
        return usual
    for key in _RESOURCES:
        node.at(key).check_optional(check_resource, getattr(part, key))
    if part.server is not None and not _SERVER.fullmatch(part.server):
        raise node.at("server").error(
            "is not the address of an Argo CD", "give https://argocd.example.com"
        )
    written = {key: getattr(part, key) for key in usual.__struct_fields__}
    changes = {key: value for key, value in written.items() if value is not None}
    if part.stable is not None:
        changes["stable"] = seconds(part.stable)
    return replace(usual, **changes)


def check_sources(node: ConfigNode, environments: Mapping[str, Environment]) -> None:
    """Raise ConfigError where ``from:`` names no environment, or leads back to where it began."""
    ending: set[str] = set()  # whose way back is known to end: each is gone once
    for name in environments:
        place = node.at(name, "from")
        way = {name}
        source = environments[name].source
        while source and source not in ending:
            place.require_environment(source, environments)
            if source in way:
                raise place.error("the environments feed each other in a circle", "one has no from")
            way.add(source)
            source = environments[source].source
        ending |= way


def _approval(part: schema.ApprovalPart | None, needed: Version) -> Approval | None:
    """Return the rule; what a file that is older than a key leaves open stays as it was then."""
    if part is None:
        return None
    return Approval(
        approvers=None if part.approvers is None else tuple(part.approvers),
        distinct_requester=part.distinct,
        distinct_authors=part.distinct,
        reason=part.reason,
        unknown_authors=part.unknown_authors or ("refuse" if needed >= STRICT else "allow"),
        rollback=part.rollback == "same",
    )


def _tag_template(template: str) -> str:
    """Return the template of an environment's Git tag; raises UsageError where it gives the same
    name every time.
    """
    check(template, TAG_FIELDS, "the Git tag")
    if not {"version", "tag"} & set(fields(template)):
        raise UsageError(
            f"the Git tag {template!r} would be the same every time, and a tag is never moved",
            remedy="use {version} or {tag} in it: v{version}",
        )
    return template


def _settings(node: ConfigNode, part: schema.EnvironmentPart) -> dict[str, Any]:
    """Return what configures the gates, by key, as each gate reads its own."""
    written = {setting: getattr(part, setting.key) for setting in settings()}
    given = {setting: value for setting, value in written.items() if value is not None}
    for setting, value in given.items():
        if setting.needs_source and value and part.source is None:
            raise node.at(setting.key).error(
                "asks for what happened in the environment before, and there is no from",
                f"add from:, or remove {setting.key}",
            )
    values = {}
    for setting, value in given.items():
        try:
            values[setting.key] = setting.read(value)
        except SettingError as error:
            place = node.at(setting.key, *error.place)
            raise place.error(error.message, error.remedy) from None
    return values
