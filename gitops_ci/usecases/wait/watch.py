"""Follows one application until it runs what is waited for, fails, or the time is over."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, NoReturn

import msgspec

from gitops_ci.adapters.argocd import (
    AbsentError,
    Access,
    ApplicationName,
    Argocd,
    ArgocdError,
    BusyError,
    HiddenError,
    LoginError,
    NoAnswerError,
    NotArgocdError,
    SyncWindowError,
)
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.core.rollout import document, watching
from gitops_ci.core.rollout.arrival import FAILED, TIMEOUT, UNAVAILABLE, Arrival
from gitops_ci.core.rollout.expectation import RolloutJudgement
from gitops_ci.core.rollout.judging import judge, revisions
from gitops_ci.core.rollout.watching import End, ReadWindows, StartSync, WatchRules, WatchState
from gitops_ci.usecases.wait.lineage import LineageReader
from gitops_ci.usecases.wait.request import AwaitedTarget, WaitPolicy

_REFRESH = 15.0  # seconds for the controller to compare an application
_FAILURES: dict[type[ArgocdError], watching.Failure] = {
    NotArgocdError: "no-argocd",
    AbsentError: "absent",
    HiddenError: "hidden",
    LoginError: "login",
}


class WaitContext(msgspec.Struct, frozen=True):
    """What all applications that are waited for share; ``stop`` ends the waiting."""

    wait_policy: WaitPolicy
    lineage: LineageReader
    deadline: Deadline
    stop: threading.Event


class _Ended(Exception):
    def __init__(self, end: End) -> None:
        super().__init__(end.message)
        self.end = end


class Watch:
    """Asks for one application and does what `watching` decides; ``tell`` gets its changes."""

    def __init__(
        self,
        access: Access,
        awaited: AwaitedTarget,
        context: WaitContext,
        tell: Callable[[str], None],
    ) -> None:
        policy = context.wait_policy
        self._awaited, self._context, self._tell = awaited, context, tell
        self._rules = WatchRules(
            awaited.stable, policy.patience, policy.poll, context.deadline.seconds, policy.sync
        )
        self._argocd = Argocd(access, context.deadline)
        self._began = time.monotonic()
        self._state = WatchState(self._began)
        self._said = ""

    def follow(self) -> Arrival:
        """Return how it ended; raises nothing that a server can do."""
        try:
            with closing(self._argocd):
                self._loop()
        except _Ended as error:
            return self._arrival(error.end)
        except GitopsError as error:
            return self._arrival(End(FAILED, error.message, error.remedy))

    def _arrival(self, end: End) -> Arrival:
        live, expected = self._state.live, self._awaited.expectation
        revision = live.sources[0].revision if live.sources else ""
        return Arrival(
            app=self._awaited.target.app.name,
            environment=self._awaited.target.environment.name,
            application=str(self._awaited.application),
            release=expected.release,
            commit=expected.commit,
            level=expected.level,
            ending=end.ending,
            message=end.message,
            remedy=end.remedy,
            revision=self._state.judgement.revision or revision,
            sync=live.sync,
            health=live.health,
            images=live.images,
            seconds=round(time.monotonic() - self._began, 1),
            page=self._argocd.page(self._awaited.application),
        )

    def _loop(self) -> NoReturn:
        while True:
            answer = self._ask()
            if answer is not None:
                self._take(answer)
            now = time.monotonic()
            # so that many don't ask at once; no secret
            self._pause(watching.pause(self._state, self._rules, now, random.random()))  # noqa: S311

    def _change(self, **fields: Any) -> None:
        self._state = msgspec.structs.replace(self._state, **fields)

    def _ask(self) -> dict[str, Any] | None:
        """Return the next answer, None where there was none this time."""
        try:
            answer = None
            if watching.needs_comparison(self._state, self._rules, time.monotonic()):
                answer = self._compare()
            answer = answer or self._argocd.application(self._awaited.application)
        except NoAnswerError as error:
            self._unreachable(error)
        except (NotArgocdError, AbsentError, HiddenError, LoginError) as error:
            self._refused(error)
        else:
            if self._state.lost is not None:
                self._say("Argo CD answers again")
            self._state = watching.with_contact(self._state)
            return answer
        return None

    def _compare(self) -> dict[str, Any] | None:
        self._change(asked=time.monotonic())
        try:
            answer = self._refresh(self._awaited.application)
        except NoAnswerError as error:
            if error.after is not None:
                raise
            return None  # the controller, or the server: a plain question tells
        self._change(compared=time.monotonic(), silent=False)
        return answer

    def _refresh(self, application: ApplicationName) -> dict[str, Any]:
        bound = min(_REFRESH, self._context.deadline.remaining() / 2)
        return self._argocd.refreshed(application, bound)

    def _take(self, answer: dict[str, Any]) -> None:
        live, expectation = document.read(answer), self._awaited.expectation
        relations = self._context.lineage.of(
            self._awaited, revisions(live, expectation.repository), self._context.deadline
        )
        judgement = judge(live, expectation, relations)
        self._state = watching.with_answer(self._state, live, judgement, time.monotonic())
        if watching.needs_resources(self._state, time.monotonic()):
            self._change(resources_read=time.monotonic(), hint=self._unhealthy())
        self._say(watching.shown(self._state, self._rules))
        action = watching.decide(self._state, self._rules, time.monotonic())
        if isinstance(action, End):
            raise _Ended(self._explained(action))
        if isinstance(action, StartSync):
            self._sync(action.revision)
        elif isinstance(action, ReadWindows):
            self._look_at_windows()

    def _explained(self, end: End) -> End:
        """Return an end with what the resources say: the application itself does not know it."""
        unhealthy = self._unhealthy() if end.degraded else ""
        if not unhealthy:
            return end
        at = f"Degraded at {self._state.judgement.revision[:12]}"
        message = f"{self._state.live.sync}, but {at}: {unhealthy}"
        return msgspec.structs.replace(end, message=message)

    def _unhealthy(self) -> str:
        try:
            tree = self._argocd.resource_tree(self._awaited.application)
        except GitopsError:
            return ""
        parts = document.unhealthy_resources(tree)
        return "; ".join(f"{part.name}: {part.message or part.health}" for part in parts[:3])

    def _sync(self, revision: str | None) -> None:
        try:
            self._start(revision)
        except BusyError:
            self._say("another operation is under way: the sync is started after it")
        except SyncWindowError as error:
            self._look_at_windows(error)
        except NoAnswerError as error:
            self._change(unstarted=self._state.unstarted or time.monotonic())
            self._bear(self._state.unstarted, f"the sync is not started: {error.message}", error)
            self._unreachable(error)
        else:
            self._change(unstarted=None, syncs=self._state.syncs + 1)
            self._say(f"sync started{f' to {revision[:12]}' if revision else ''}")

    def _start(self, revision: str | None) -> None:
        try:
            self._argocd.sync(self._awaited.application, revision)
        except HiddenError:
            if revision is None:
                raise
            # some want the right to override for a named revision
            self._argocd.sync(self._awaited.application, None)

    def _look_at_windows(self, refused: SyncWindowError | None = None) -> None:
        """End where a sync window keeps it from being synced for longer than is waited."""
        from gitops_ci.core.rollout import windows  # few applications have any

        self._change(windows_read=time.monotonic())
        try:
            answer = self._argocd.sync_windows(self._awaited.application)
        except GitopsError:
            if refused:
                raise _Ended(End(FAILED, refused.message, refused.remedy)) from None
            return  # a token that may not ask is no reason to stop
        blocked = windows.blocked(answer, time.time(), manual=refused is not None)
        if blocked is None:
            return
        message = f"{self._state.judgement.reason}: {blocked.words}"
        left = self._context.deadline.remaining()
        if blocked.until is None or blocked.until - time.time() > left:
            raise _Ended(End(FAILED, message, "try again when the window is open"))
        self._say(message)

    def _refused(self, error: ArgocdError) -> None:
        self._change(refusals=self._state.refusals + 1)
        if not watching.believes(self._state, _FAILURES[type(error)]):
            self._unreachable(error)
        elif isinstance(error, NotArgocdError | LoginError):
            raise error
        else:
            self._absent(error)

    def _absent(self, error: ArgocdError) -> None:
        """End, unless another application is going to make this one."""
        parent = self._awaited.parent
        if parent is None:
            raise error
        self._change(judgement=RolloutJudgement("idle", f"not there yet: {error.message}"))
        self._say(f"not there yet; {parent} has to make it ({error.message})")
        if not watching.due(self._state.parent_asked, time.monotonic()):
            return
        self._change(parent_asked=time.monotonic())
        try:
            self._refresh(parent)
        except NoAnswerError:
            return
        except ArgocdError as second:
            self._say(f"not there yet, and its parent: {second.message}")

    def _unreachable(self, error: GitopsError) -> None:
        now = time.monotonic()
        self._state = watching.without_contact(self._state, now)
        self._say(f"{error.message}; trying again")
        lasted = now - (self._state.lost or now)
        self._bear(self._state.lost, f"{error.message} (for {lasted:.0f} s)", error)
        after = getattr(error, "after", None)
        if after is not None:
            self._pause(min(float(after), watching.LONGEST_PAUSE))

    def _bear(self, since: float | None, message: str, error: GitopsError) -> None:
        """End where something has not answered since then for longer than it is borne."""
        if since is not None and time.monotonic() - since >= self._rules.patience:
            raise _Ended(End(UNAVAILABLE, message, error.remedy))

    def _pause(self, seconds: float) -> None:
        if self._context.deadline.rest(seconds, self._context.stop):
            raise _Ended(End(TIMEOUT, "stopped"))
        if self._context.deadline.expired():
            now = time.monotonic()
            raise _Ended(watching.time_over(self._state, self._rules, self._said, now))

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._tell(text)
