"""The program with one gate more, at a time that NOW says in seconds since the epoch."""

import os
import sys

from gitops_ci.core.gates import table
from tests.integration.checks.new_gate import pace

table.GATES = (
    *table.GATES[:-1],
    pace.GATE,
    table.GATES[-1],
)  # before the shape of gitops.yaml is made of it

from gitops_ci.cli import main  # noqa: E402 - see above
from gitops_ci.usecases import clock, facts  # noqa: E402 - see above

facts.READERS[pace.SINCE] = "tests.integration.checks.new_gate.since"
clock.now = lambda: int(os.environ["NOW"])
sys.exit(main(sys.argv[1:]))
