"""Laws of the replay: what operations do is clean, and whatever else touches a managed value is
found.
"""

import hashlib
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_ci.core import ledger, plan_id
from gitops_ci.core.audit.history.arrivals import Clock, chain
from gitops_ci.core.audit.history.check_timeline import CheckTimeline
from gitops_ci.core.audit.replay import Replay
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.config.reader import FILE, read
from gitops_ci.core.release_values import edits_for, read_release
from gitops_ci.core.yaml_edit import set_values
from gitops_ci.model.commits import Delta, LoggedCommit
from gitops_ci.model.ledger_views import Finding
from gitops_ci.model.operation import PROMOTE, UPDATE, Actor, Change, Plan, Record
from gitops_ci.model.release import Image, Release
from gitops_ci.usecases.operation.chart_boundary import boundary_of

POLICY = b"""\
version: 1
apps:
  one: {path: one, images: [{repository: r.example.com/one, tag: image.tag, digest: image.digest}]}
  two: {path: two, images: [{repository: r.example.com/two, tag: image.tag, digest: image.digest}]}
environments:
  dev: {}
  stage: {from: dev}
  prod: {from: stage, approval: {approvers: [alice]}}
"""
VALUES = b'replicas: 2\nimage:\n  tag: "0"\n  digest: ""\n'
CONFIG = read(POLICY)
FLOW = ("dev", "stage", "prod")


@dataclass
class History:
    """Commits in memory, made as the tool makes them."""

    commits: list[LoggedCommit] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    newest: dict[tuple[str, str], Record] = field(default_factory=dict)

    def commit(self, files: dict[str, bytes], message: str) -> None:
        """Add a commit that writes files."""
        deltas = []
        for path, content in files.items():
            before = self.files.get(path)
            after = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            old = (
                hashlib.sha1(before, usedforsecurity=False).hexdigest()
                if before is not None
                else None
            )
            deltas.append(Delta(path, "100644" if old else "000000", old, "100644", after))
            self.contents[after] = content
            self.files[path] = content
        number = len(self.commits)
        name = hashlib.sha1(f"{number} {message}".encode(), usedforsecurity=False).hexdigest()
        parents = (self.commits[-1].id,) if self.commits else ()
        self.commits.append(
            LoggedCommit(name, parents, 1000 + 60 * number, "a@x", "a@x", message, tuple(deltas))
        )

    def operate(self, app_name: str, name: str, tag: str) -> None:
        """Update or promote: what stands before an environment goes into it, if it is something
        else.
        """
        app, environment = CONFIG.apps[app_name], CONFIG.environments[name]
        file = CONFIG.values_file(app, environment)
        before = read_release(self.files[file], app, name, file)
        digest = f"sha256:{hashlib.sha256(f'{app_name} {tag}'.encode()).hexdigest()}"
        after = Release((Image(f"r.example.com/{app_name}", tag, digest),))
        if environment.source:
            source = CONFIG.environments[environment.source]
            origin = CONFIG.values_file(app, source)
            after = read_release(self.files[origin], app, source.name, origin)
            if not after.images[0].digest:
                return
        edits = edits_for(self.files[file], app, after, branch="main", file=file)
        if not edits:
            return
        change = Change(app, environment, "main", file, before, after, edits, None)
        operation = PROMOTE if environment.source else UPDATE
        actor = Actor(("carol",), ("alice",) if environment.approval else ())
        change = replace(change, prior=plan_id.prior_of(self.newest.get((app_name, name)), before))
        name_of_plan = plan_id.identity(operation, (), environment, (change,))
        planned = Plan(operation, environment, environment.source, (change,), (), name_of_plan)
        message = ledger.message(planned, [], actor, self.commits[-1].id)
        self.commit(
            {
                file: set_values(
                    self.files[file], {edit.key: edit.after for edit in edits}, name=file
                )
            },
            message,
        )
        self.newest[app_name, name] = ledger.records(
            self.commits[-1].id, (self.commits[-2].id,), 0, message
        )[0]

    def audit(self) -> list[Finding]:
        """Return the violations that the replay finds."""
        commits = {commit.id: commit for commit in self.commits}
        steps = chain("main", self.commits[-1].id, commits, Clock(self.commits[-1].time))
        replay_input = ReplayInput(
            policy_branch="main",
            positions={step.commit.id: index for index, step in enumerate(steps)},
            policy=lambda oid: read(self.contents[oid]),
            content=self.contents.get,
            chart_boundary=lambda config, target: boundary_of(config, [target.app]),
            reported=lambda branch, commit: True,
            checks=CheckTimeline(),
        )
        replay = Replay(replay_input)
        for step in steps:
            replay.step(step)
        return [finding for finding in replay.collector.findings if finding.severity == "violation"]


def begun() -> History:
    """Return a history with the rules and values files without a release."""
    history = History()
    files = {f"{app}/values-{name}.yaml": VALUES for app in CONFIG.apps for name in FLOW}
    history.commit({FILE: POLICY, **files}, "begin")
    return history


MOVES = st.lists(
    st.tuples(st.sampled_from(["one", "two"]), st.sampled_from(FLOW), st.integers(1, 5).map(str)),
    max_size=12,
)


@given(MOVES)
def test_any_sequence_of_operations_is_clean(moves: list[tuple[str, str, str]]) -> None:
    """Whatever is updated and promoted in whatever order."""
    history = begun()
    for move in moves:
        history.operate(*move)
    assert history.audit() == []


@given(MOVES, st.sampled_from(["one", "two"]), st.sampled_from(FLOW), st.data())
def test_any_changed_byte_of_a_managed_value_is_found(
    moves: list[tuple[str, str, str]], app: str, name: str, data: st.DataObject
) -> None:
    """A single character of a tag or digest, whatever the message says."""
    history = begun()
    for move in moves:
        history.operate(*move)
    file = f"{app}/values-{name}.yaml"
    content = history.files[file]
    tag = content.index(b'"', content.index(b"tag:")) + 1
    places = (
        [tag, *range(content.index(b"sha256:") + 7, content.index(b"sha256:") + 71)]
        if b"sha256:" in content
        else [tag]
    )
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([each for each in b"0123456789" if each != content[place]]))
    message = data.draw(
        st.sampled_from(["by hand", *(commit.message for commit in history.commits)])
    )
    history.commit({file: content[:place] + bytes([digit]) + content[place + 1 :]}, message)
    found = history.audit()
    assert [(each.app, each.environment, each.commit) for each in found][:1] == [
        (app, name, history.commits[-1].id)
    ]
