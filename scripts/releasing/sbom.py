"""The bill of materials: what the locked dependencies are, as CycloneDX in JSON.

Versions and checksums come from the lock, licences and dependencies from the metadata of the
packages that are installed here: nothing is asked for on the network.
"""

import datetime
import importlib.metadata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import Distribution, PackageMetadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License, LicenseAcknowledgement
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.spdx import is_expression, is_supported_id
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from gitops_ci.base.errors import GitopsError
from scripts.releasing import artifacts, tree
from scripts.releasing.lock import Locked

_OWN = "gitops-ci"
_CLASSIFIER = "License :: "


def name(version: Version) -> str:
    """Return the file name of a version's bill of materials."""
    return f"gitops_ci-{version}.cdx.json"


def write(wheel: Path, version: Version, date: datetime.date, locked: Sequence[Locked]) -> None:
    """Write it beside the wheel; raises GitopsError for a package that says no licence."""
    text = JsonV1Dot6(_bom(wheel, version, date, locked)).output_as_string(indent=2) + "\n"
    if problem := invalid(text):
        raise GitopsError(
            f"the bill of materials is not CycloneDX: {problem}",
            remedy="mend scripts/releasing/sbom.py",
        )
    wheel.with_name(name(version)).write_text(text, tree.ENCODING)


def invalid(text: str) -> str | None:
    """Return what the schema of CycloneDX says against a document."""
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return str(problem) if problem else None


def _bom(wheel: Path, version: Version, date: datetime.date, locked: Sequence[Locked]) -> Bom:
    packaged = artifacts.distribution(wheel)
    own = _application(wheel, version, packaged)
    components = {each.name: _component(each) for each in locked}
    bom = Bom(
        # the same for the same wheel: a release that is made again has the same bytes
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, str(own.purl)),
        metadata=BomMetaData(
            tools=ToolRepository(components=[this_component()]),
            component=own,
            timestamp=datetime.datetime.fromtimestamp(artifacts.epoch(date), datetime.UTC),
        ),
        components=components.values(),
    )
    bom.register_dependency(own, _needed(packaged, components))
    for package, component in components.items():
        installed = importlib.metadata.distribution(package)
        bom.register_dependency(component, _needed(installed, components))
    return bom


def _application(wheel: Path, version: Version, packaged: Distribution) -> Component:
    digest = artifacts.sha256(wheel)
    return Component(
        name=_OWN,
        version=str(version),
        type=ComponentType.APPLICATION,
        bom_ref=f"{_OWN}@{version}",
        licenses=_licenses(packaged),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        # not pkg:pypi: what has this name in an index may be anybody's
        purl=PackageURL("generic", None, _OWN, str(version), {"checksum": f"sha256:{digest}"}),
    )


def _component(package: Locked) -> Component:
    purl = PackageURL("pypi", None, package.name, package.version)
    # one hash for each file of the version; which of them is installed, the platform decides
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(str(purl)),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in package.hashes],
    )
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{package.name}@{package.version}",
        licenses=_licenses(importlib.metadata.distribution(package.name)),
        purl=purl,
        external_references=[files],
    )


def _licenses(package: Distribution) -> list[License]:
    said = package.metadata
    expression, short = (_field(said, name) for name in ("License-Expression", "License"))
    if expression:
        return [_license(expression)]
    if is_supported_id(short) or is_expression(short):
        return [_license(short)]
    classified = [each for each in said.get_all("Classifier") or [] if each.startswith(_CLASSIFIER)]
    if not classified:
        raise GitopsError(
            f"{said['Name']} {package.version} says no licence",
            remedy="find it out, and give it in scripts/releasing/sbom.py",
        )
    return [_license(each.rpartition(" :: ")[2]) for each in classified]


def _field(said: PackageMetadata, name: str) -> str:
    return said[name] if name in said else ""  # noqa: SIM401 - its type has no get before 3.12


def _license(text: str) -> License:
    declared = LicenseAcknowledgement.DECLARED
    return LicenseFactory().make_from_string(text, license_acknowledgement=declared)


def _needed(package: Distribution, components: Mapping[str, Component]) -> list[Component]:
    """Return the components that a package needs here, without its extras."""
    wanted = [Requirement(text) for text in package.requires or ()]
    here = [each for each in wanted if not each.marker or each.marker.evaluate({"extra": ""})]
    names = sorted({canonicalize_name(each.name) for each in here})
    return [components[name] for name in names if name in components]


def unlike(locked: Iterable[Locked]) -> list[str]:
    """Return what is installed here in another version than the lock's, or not at all, in words."""
    found: list[str] = []
    for package in locked:
        try:
            here = importlib.metadata.version(package.name)
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{package.name} {package.version} is not installed")
            continue
        if Version(here) != Version(package.version):
            found.append(f"{package.name} is {here}, locked is {package.version}")
    return found
