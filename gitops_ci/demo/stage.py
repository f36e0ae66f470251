"""Plays single acts of the demo: runs a command, checks how it ends, and shows what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gitops_ci.base.errors import Exit
from gitops_ci.demo import world as worlds
from gitops_ci.demo.screen import Screen
from gitops_ci.demo.world import APP, GITOPS, LAYOUT, DemoWorld
from gitops_ci.report.formats import matrix

_JENKINS = f"https://jenkins.example.com/job/{APP}"
Document = dict[str, Any]
ALL = ("diff", "gates")


class Stage(msgspec.Struct, frozen=True):
    """Where an act is played, and where it is shown."""

    world: DemoWorld
    screen: Screen

    def build(self, tag: str) -> None:
        """Make an image and record it."""
        self.screen.aside(f"docker build, docker push (the demo's own): {LAYOUT}:{tag}")
        worlds.image(self.world, tag, f"build {tag}")
        words = ["build", APP, "--source", APP, "--pushed", f"oci:{LAYOUT}:{tag}"]
        document = self._run(
            [*words, "--build-url", f"{_JENKINS}/{tag}/", "--release", f"release-{tag}.json"]
        )
        self.screen.result(
            f"release-{tag}.json: tag {tag}, {document['image']['digest']}", good=True
        )

    def publish(
        self,
        words: Sequence[str],
        *,
        names: Mapping[str, str] | None = None,
        show: Sequence[str] = ALL,
    ) -> None:
        """Run an operation that is published; show its commit and what else is asked for (``diff``,
        ``gates``).
        """
        document = self._run(words, names=names)
        if "diff" in show:
            self.screen.diff(document["diff"])
        if "gates" in show:
            self.screen.gates(document["gates"])
        subject = worlds.git(self.world, GITOPS, "log", "-1", "--format=%s", document["commit"])
        self.screen.result(f"commit {document['commit'][:7]} pushed: {subject}", good=True)

    def show_refusal(self, words: Sequence[str], *, with_diff: bool = False) -> Document:
        """Run an operation that is refused, and show why."""
        document = self._run(words, Exit.REFUSED)
        if with_diff:
            self.screen.diff(document["diff"])
        self.screen.gates(document["gates"])
        if with_diff:
            self.screen.block(f"plan {document['plan_id']}")
        self.screen.result(
            f"exit code {document['exit_code']}: refused, nothing was published", good=False
        )
        return document

    def show_violations(self, words: Sequence[str]) -> None:
        """Run an audit that finds violations, and show them."""
        document = self._run(words, Exit.REFUSED)
        self.screen.gates(
            [
                {
                    "gate": each["kind"],
                    "state": "refused",
                    "reason": f"{each['commit'][:7]}: {each['message']}",
                    "remedy": each["remedy"],
                }
                for each in document["findings"]
                if each["severity"] == "violation"
            ]
        )
        self.screen.result(f"exit code {document['exit_code']}: {document['message']}", good=False)

    def show_drift(self, words: Sequence[str]) -> None:
        """Run a status that finds values which no operation put there, and show them."""
        document = self._run(words, Exit.REFUSED)
        self.screen.gap()
        for warning in document["warnings"]:
            self.screen.prose(warning)
        self.screen.result(
            f"exit code {document['exit_code']}: a value that no operation wrote", good=False
        )

    def show_environments(self, title: str = "") -> None:
        """Show what runs where."""
        self.screen.block(matrix.table(worlds.running(self.world)), title)

    def show_log(self, *words: str) -> None:
        """Show what git says of the GitOps repository."""
        self.screen.command(["git", "-C", GITOPS, "log", *words])
        self.screen.block(worlds.git(self.world, GITOPS, "log", *words))

    def _run(
        self, words: Sequence[str], expected: Exit = Exit.OK, names: Mapping[str, str] | None = None
    ) -> Document:
        self.screen.command(["gitops-ci", *words], names)
        return worlds.run(self.world, list(words), expected)
