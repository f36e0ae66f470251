"""What ought to be so after each step, told by who made the step: nothing here reads the history.

It is a second, small account of the rules, and shares no code with what the program judges by.
"""

from collections.abc import Iterator

from msgspec import Struct, field

from tests.fuzz.rules import HOUR, SOURCES, Rules

Place = tuple[str, str]  # application and environment


class Run(Struct):
    """A release in a place from one time to another, in seconds since the epoch."""

    tag: str
    since: int
    until: int | None = None

    def lasted(self, now: int) -> int:
        """Return for how many seconds it ran."""
        return (now if self.until is None else self.until) - self.since


class Oracle(Struct):
    """What honest operations left in each place, under which rules.

    ``rolled_back`` are the releases that nobody may promote to a place again, ``tainted`` the
    places that an attack changed last.
    """

    rules: Rules
    runs: dict[Place, list[Run]] = field(default_factory=dict)
    rolled_back: dict[Place, set[str]] = field(default_factory=dict)
    tainted: set[Place] = field(default_factory=set)
    checks: dict[tuple[str, str], bool] = field(default_factory=dict)  # by application and tag

    def tag(self, place: Place) -> str | None:
        """Return the release that an operation left in a place."""
        runs = self.runs.get(place)
        return runs[-1].tag if runs else None

    def earlier(self, place: Place) -> list[str]:
        """Return other releases that ran in a place, the newest first."""
        tags = [run.tag for run in reversed(self.runs.get(place, []))]
        return [tag for tag in dict.fromkeys(tags) if tag != self.tag(place)]

    def arrive(self, place: Place, tag: str, now: int) -> None:
        """Let a release run in a place from now on."""
        runs = self.runs.setdefault(place, [])
        self.tainted.discard(place)
        if runs and runs[-1].tag == tag:
            return
        if runs:
            runs[-1].until = now
        runs.append(Run(tag, now))
        self.rolled_back.setdefault(place, set()).discard(tag)

    def roll_back(self, place: Place, tag: str, now: int) -> None:
        """Let an earlier release run in a place again, and the one there now never more."""
        left = self.tag(place)
        self.arrive(place, tag, now)
        if left:
            self.rolled_back[place].add(left)

    def refused_gates(
        self, app: str, environment: str, by: str, approver: str, now: int
    ) -> frozenset[str]:
        """Return the gates that have to refuse that a release is promoted to an environment."""
        place = (app, environment)
        tag = self.tag((app, SOURCES[environment])) or ""
        gates = {"withdrawn": tag in self.rolled_back.get(place, ())}
        if environment == "prod":
            gates |= self._protection(app, tag, by, approver, now)
        return frozenset(gate for gate, refuses in gates.items() if refuses)

    def _protection(self, app: str, tag: str, by: str, approver: str, now: int) -> dict[str, bool]:
        """Return by gate whether it refuses a promotion to prod."""
        return {
            "soak": not self._soaked((app, SOURCES["prod"]), tag, now),
            "checks": self.rules.checks and not self.checks.get((app, tag), False),
            "freeze": self.rules.frozen(now),
            "approval": not self.approves(by, approver),
        }

    def approves(self, by: str, approver: str) -> bool:
        """Tell whether somebody may approve what somebody else asks for."""
        return approver in self.rules.approvers and not (self.rules.distinct and approver == by)

    def _soaked(self, source: Place, tag: str, now: int) -> bool:
        runs = (run for run in self.runs.get(source, []) if run.tag == tag)
        longest = max((run.lasted(now) for run in runs), default=0)
        return longest >= self.rules.soak * HOUR

    def places(self) -> Iterator[Place]:
        """Yield the places in which something runs."""
        yield from self.runs
