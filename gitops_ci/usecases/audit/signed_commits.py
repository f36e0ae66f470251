"""Has the signatures verified that a replay asks for, by the keys that counted at each arrival."""

from collections.abc import Mapping

from msgspec.structs import replace

from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.core.audit.allowed_signers import valid_between
from gitops_ci.core.audit.findings import RequiredSignatures
from gitops_ci.core.audit.replay import Replay
from gitops_ci.core.freeze_window import utc
from gitops_ci.model.commits import Signature
from gitops_ci.usecases.audit.history import AuditedHistory


def verify_signatures(archive: Archive, replay: Replay, history: AuditedHistory) -> None:
    """Add what is wrong with the signatures of the commits that have to be signed."""
    all_required = replay.collector.required_signatures
    oids = dict.fromkeys(required.signers for required in all_required if required.signers)
    archive.bring(oids)
    files = {oid: content or b"" for oid, content in archive.contents(oids).items()}
    commits: dict[bytes, set[str]] = {}
    for required in all_required:
        if required.signers:
            commits.setdefault(_keys(required, files), set()).update(required.commits)
    signatures = {keys: archive.signatures(sorted(names), keys) for keys, names in commits.items()}
    for required in all_required:
        keys = _keys(required, files)
        found = signatures.get(keys, {})
        if required.signers and keys != files[required.signers]:
            found = _at_arrival(found, required)
        replay.collector.add_signature_findings(required, found, history.commits)


def _keys(required: RequiredSignatures, files: Mapping[str, bytes]) -> bytes:
    """Return the signers as they counted when a step arrived, at the earliest and the latest."""
    step = required.step
    return valid_between(files.get(required.signers or "", b""), step.arrived, step.latest)


def _at_arrival(
    signatures: Mapping[str, Signature], required: RequiredSignatures
) -> dict[str, Signature]:
    """Return signatures with words that say when the keys had to count."""
    when = f", as they counted when it arrived ({utc(required.step.latest)})"
    return {
        name: signature
        if signature.state != "wrong"
        else replace(signature, words=f"{signature.words}{when}")
        for name, signature in signatures.items()
    }
