"""What closes a violation of the past: a line in a tracked file, and the record that made it."""

import re
from typing import Final

import msgspec

from gitops_ci.model.config import Config, Environment
from gitops_ci.model.operation import Verdict

FILE: Final = ".gitops-ci/acknowledged.yaml"
OPERATION: Final = "acknowledge"
_PLACE = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_NAME = re.compile(
    rf"([a-z-]{{1,40}}):([0-9a-f]{{7,64}}):((?:{_PLACE})?):((?:{_PLACE}(?:, {_PLACE})*)?)"
)


class FindingName(msgspec.Struct, frozen=True):
    """What the id of a finding says; ``app`` and ``environment`` may be ''."""

    kind: str
    commit: str
    app: str
    environment: str

    def __str__(self) -> str:
        """Return the id."""
        return ":".join((self.kind, self.commit, self.app, self.environment))

    @property
    def short(self) -> str:
        """Return the id with the beginning of the commit, for people."""
        return ":".join((self.kind, self.commit[:12], self.app, self.environment))

    def is_called(self, text: str) -> bool:
        """Tell whether a text is the id, or the id with the beginning of the commit."""
        other = read_name(text)
        if other is None or not self.commit.startswith(other.commit):
            return False
        return (other.kind, other.app, other.environment) == (
            self.kind,
            self.app,
            self.environment,
        )

    def environments_in(self, config: Config) -> list[Environment]:
        """Return the environments whose rules count: its own, all where it has none that is
        there.
        """
        names = self.environment.split(", ")
        own = [config.environments[name] for name in names if name in config.environments]
        return own if len(own) == len(names) else list(config.environments.values())


class Acknowledgement(msgspec.Struct, frozen=True):
    """What a commit's trailers say of a finding; ``plan`` is None where they name none."""

    commit: str
    finding: str
    reason: str
    plan: str | None = None
    requesters: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()


class AcknowledgeOutcome(msgspec.Struct, frozen=True):
    """How an acknowledgement ended: ``commit`` is None where nothing was published, ``already``
    tells that somebody had acknowledged it before; ``branch`` is that of a proposal.
    """

    finding: FindingName
    message: str
    plan: str
    verdicts: tuple[Verdict, ...]
    commit: str | None = None
    dry_run: bool = False
    already: bool = False
    branch: str | None = None
    attempts: int = 1


def read_name(text: str) -> FindingName | None:
    """Return what an id says, None for a text that is none."""
    match = _NAME.fullmatch(text.strip())
    return FindingName(*match.groups()) if match else None
