"""Every gate, in the order of verdicts and records: a new one is a file in this folder and a line
here.
"""

from typing import Any

from gitops_ci.core.gates import (
    approval,
    argocd,
    chart,
    checks,
    digest,
    freeze,
    order,
    render,
    sequence,
    soak,
    withdrawn,
)
from gitops_ci.core.gates.gate import Gate, Setting

GATES: tuple[Gate, ...] = (
    order.GATE,
    sequence.GATE,
    digest.GATE,
    soak.GATE,
    checks.GATE,
    freeze.GATE,
    withdrawn.GATE,
    chart.GATE,
    render.GATE,
    argocd.GATE,
    approval.GATE,
)


def overridable() -> tuple[str, ...]:
    """Return the names that ``--override`` and ``override:`` may give, each once."""
    return tuple(dict.fromkeys(gate.name for gate in GATES if gate.overridable))


def settings() -> tuple[Setting[Any], ...]:
    """Return the keys of an environment in gitops.yaml that configure gates."""
    return tuple(gate.setting for gate in GATES if gate.setting)
