"""The kinds of operations: what each needs and does, in one table."""

from collections.abc import Mapping
from typing import Final

import msgspec

UPDATE: Final = "update"
PROMOTE: Final = "promote"
ROLLBACK: Final = "rollback"
ADOPT: Final = "adopt"
RETIRE: Final = "retire"


class OperationKind(msgspec.Struct, frozen=True):
    """What one kind of operation needs and does; all is False for a word that names none.

    - ``writes_build``: the release comes straight from a build, into an environment that has none
      before it, and must not replace that of a newer build;
    - ``from_before``: it comes from another environment, where it has to have run, soaked and been
      checked;
    - ``goes_back``: it ran here before, so that approvals and digests ask for less;
    - ``keeps_release``: what runs here stays, and the ledger learns of it;
    - ``removes``: the place goes, with the values file that says what runs there;
    - ``moves_forward``: something new arrives: freezes hold, and the chart has to render with it;
    - ``vouches``: it asserts that the image which the values file names is the one of gitops.yaml;
    - ``takes_image``: the caller may name images or a release file;
    - ``needs_reason``, ``carries_chart`` (between branches, the chart comes along) and
      ``fills_digests`` (asks the registry for digests that nobody brought).
    """

    writes_build: bool = False
    from_before: bool = False
    goes_back: bool = False
    keeps_release: bool = False
    removes: bool = False
    moves_forward: bool = False
    vouches: bool = False
    takes_image: bool = False
    needs_reason: bool = False
    carries_chart: bool = False
    fills_digests: bool = False


KINDS: Final[Mapping[str, OperationKind]] = {
    UPDATE: OperationKind(
        writes_build=True, moves_forward=True, takes_image=True, fills_digests=True
    ),
    PROMOTE: OperationKind(
        from_before=True, moves_forward=True, vouches=True, takes_image=True, carries_chart=True
    ),
    ROLLBACK: OperationKind(goes_back=True),
    ADOPT: OperationKind(keeps_release=True, vouches=True, needs_reason=True, fills_digests=True),
    RETIRE: OperationKind(removes=True, needs_reason=True),
}
_NONE = OperationKind()


def kind_of(operation: str) -> OperationKind:
    """Return the kind of an operation; records may name any word, of which nothing holds."""
    return KINDS.get(operation, _NONE)
