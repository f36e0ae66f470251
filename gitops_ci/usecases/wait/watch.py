"""Follows one application until it runs what is waited for, fails, or the time is over."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from gitops_ci.adapters.argocd import (
    AbsentError,
    Access,
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
from gitops_ci.core.rollout import document
from gitops_ci.core.rollout.arrival import DONE, FAILED, TIMEOUT, UNAVAILABLE, Arrival, Ending
from gitops_ci.core.rollout.document import Live
from gitops_ci.core.rollout.judgement import RolloutJudgement
from gitops_ci.core.rollout.judging import judge, revisions
from gitops_ci.usecases.wait.lineage import LineageReader
from gitops_ci.usecases.wait.request import AwaitedTarget, WaitPolicy

_REFRESH = 15.0  # seconds for the controller to compare an application
_LOOK_AGAIN = 30.0  # seconds after which a comparison is asked for again when nothing moves
_CONFIRM = 5.0  # seconds after which a failed comparison is asked for again
# how often something else may answer in the beginning, or refuse us afterwards, before it is
# believed
_STRANGERS = 3
_SYNCS = 3  # how often a sync is started
_SLOW = 20.0  # seconds of Progressing after which the resources are asked what keeps it
_LONGEST_PAUSE = 30.0  # seconds between two tries of a server that does not answer

Tell = Callable[[str], None]


class _Ended(Exception):
    """It is decided: how, and why."""

    def __init__(self, ending: Ending, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.ending, self.message, self.remedy = ending, message, remedy


class Watch:
    """One application: the state is what it said last, and since when. ``tell`` gets a line
    whenever something changes.
    """

    def __init__(
        self,
        access: Access,
        awaited: AwaitedTarget,
        wait_policy: WaitPolicy,
        lineage: LineageReader,
        deadline: Deadline,
        tell: Tell,
        stop: threading.Event,
    ) -> None:
        self._wanted, self._wish, self._lineage, self._deadline = (
            awaited,
            wait_policy,
            lineage,
            deadline,
        )
        self._argocd = Argocd(access, deadline)
        self._tell, self._stop = tell, stop
        self._live = Live("", ())
        self._judgement = RolloutJudgement("going", "nothing is known of it yet")
        self._said = ""
        self._began = time.monotonic()
        self._since = (self._judgement.state, self._began)
        self._refreshed = self._asked = self._parent_asked = -1e9
        self._silent = False
        self._lost: float | None = None
        self._tries = self._strange = 0
        self._answered = False
        self._syncs = 0
        self._unstarted: float | None = None
        self._windows_read = self._tree_read = -1e9
        self._hint = ""

    def follow(self) -> Arrival:
        """Return how it ended; raises nothing that a server can do."""
        ending: Ending = DONE
        message, remedy = "", ""
        try:
            self._loop()
        except _Ended as end:
            ending, message, remedy = end.ending, end.message, end.remedy
        except GitopsError as error:
            ending, message, remedy = FAILED, error.message, error.remedy
        finally:
            self._argocd.close()
        live, expected = self._live, self._wanted.expectation
        return Arrival(
            app=self._wanted.app.name,
            environment=self._wanted.environment.name,
            application=str(self._wanted.application),
            release=expected.release,
            commit=expected.commit,
            level=expected.level,
            ending=ending,
            message=message,
            remedy=remedy,
            revision=self._judgement.revision or (live.sources[0].revision if live.sources else ""),
            sync=live.sync,
            health=live.health,
            images=live.images,
            seconds=round(time.monotonic() - self._began, 1),
            page=self._argocd.page(self._wanted.application),
        )

    def _loop(self) -> NoReturn:
        while True:
            document_ = self._ask()
            if document_ is not None:
                self._take(document_)
            self._rest()

    def _ask(self) -> dict[str, Any] | None:
        """Return the next answer, None where there was none this time."""
        try:
            found = self._refresh() if self._due() else None
            found = found or self._argocd.application(self._wanted.application)
        except NoAnswerError as error:
            self._unreachable(error)
        except NotArgocdError as error:
            self._strange += 1
            if not self._answered and self._strange >= _STRANGERS:
                raise
            self._unreachable(error)  # a proxy says so while the server restarts
        except (AbsentError, HiddenError, LoginError) as error:
            self._strange += 1
            if self._answered and not isinstance(error, AbsentError) and self._strange < _STRANGERS:
                self._unreachable(
                    error
                )  # it says so, too, while it can't ask Kubernetes, or a token is being renewed
            elif isinstance(error, LoginError):
                raise
            else:
                self._absent(error)
        else:
            if self._lost is not None:
                self._say("Argo CD answers again")
                self._asked = -1e9  # nobody knows what became of the comparison that was asked for
            self._answered, self._lost, self._tries, self._strange = True, None, 0, 0
            return found
        return None

    def _due(self) -> bool:
        now = time.monotonic()
        if self._asked < 0:
            return True
        since = now - self._asked
        if self._silent or self._lost is not None:
            return since >= _LOOK_AGAIN
        soon = (
            min(_CONFIRM, max(1.0, self._wanted.stable)) if self._judgement.refresh else _LOOK_AGAIN
        )
        return (self._judgement.refresh or self._judgement.state == "idle") and since >= soon

    def _refresh(self) -> dict[str, Any] | None:
        self._asked = time.monotonic()
        try:
            found = self._argocd.refreshed(
                self._wanted.application, min(_REFRESH, self._deadline.remaining() / 2)
            )
        except NoAnswerError as error:
            if error.after is not None:
                raise
            return None  # the controller, or the server: a plain question tells
        self._refreshed, self._silent = time.monotonic(), False
        return found

    def _take(self, found: dict[str, Any]) -> None:
        self._live = live = document.read(found)
        expectation = self._wanted.expectation
        relations = self._lineage.of(
            self._wanted, revisions(live, expectation.repository), self._deadline
        )
        self._judgement = judged = judge(live, expectation, relations)
        self._silent = live.refreshing and self._refreshed < self._asked
        if judged.state != self._since[0]:
            self._since = (judged.state, time.monotonic())
        self._look_at_resources()
        self._say(
            f"{judged.reason}; the controller does not answer" if self._silent else self._shown()
        )
        self._decide()

    def _shown(self) -> str:
        judged, stable = self._judgement, self._wanted.stable
        if judged.state == "done" and stable:
            return f"{judged.reason} at {judged.revision[:12]}, has to stay so for {stable:g} s"
        return judged.reason + (f" ({self._hint})" if self._hint else "")

    def _decide(self) -> None:
        judged, lasted = self._judgement, time.monotonic() - self._since[1]
        if judged.state == "done" and lasted >= self._wanted.stable:
            raise _Ended(DONE, f"{judged.reason} at {judged.revision[:12]}")
        if judged.retry and self._may_sync() and not self._live.running:
            self._sync()
        elif judged.state == "failed":
            raise _Ended(FAILED, judged.reason, judged.remedy)
        elif judged.state == "failing" and lasted >= self._wanted.stable and self._confirmed():
            raise _Ended(FAILED, self._with_reason(judged), judged.remedy)
        elif judged.state == "unavailable" and lasted >= self._wish.patience:
            raise _Ended(
                UNAVAILABLE,
                f"{judged.reason} (for {lasted:.0f} s)",
                "try again when Argo CD reaches what it needs",
            )
        elif judged.state == "manual":
            if judged.stepped and not self._wish.sync:
                return
            if not self._wish.sync:
                raise _Ended(FAILED, judged.reason, judged.remedy)
            self._sync()
        elif judged.blocked and lasted >= self._wish.poll:
            self._look_at_windows()

    def _confirmed(self) -> bool:
        """Tell whether a comparison that failed was asked for again, and failed again."""
        return not self._judgement.refresh or self._refreshed > self._since[1]

    def _may_sync(self) -> bool:
        return self._wish.sync and self._syncs == 0

    def _sync(self) -> None:
        if self._syncs >= _SYNCS:
            raise _Ended(
                FAILED,
                f"{self._judgement.reason} after {_SYNCS} syncs",
                "look at the application in Argo CD",
            )
        live = self._live
        # an application that syncs by itself takes no other revision than its own; ours is none
        # that a hydrator wrote
        own = not live.automated and not live.hydrated and len(live.sources) == 1
        revision = self._judgement.revision if own else None
        try:
            self._start(revision)
        except BusyError:
            self._say("another operation is under way: the sync is started after it")
        except SyncWindowError as error:
            self._look_at_windows(error)
        except NoAnswerError as error:
            self._unstarted = self._unstarted or time.monotonic()
            if time.monotonic() - self._unstarted >= self._wish.patience:
                raise _Ended(
                    UNAVAILABLE, f"the sync is not started: {error.message}", error.remedy
                ) from None
            self._unreachable(error)
        else:
            self._unstarted = None
            self._syncs += 1
            self._say(f"sync started{f' to {revision[:12]}' if revision else ''}")

    def _start(self, revision: str | None) -> None:
        try:
            self._argocd.sync(self._wanted.application, revision)
        except HiddenError:
            if revision is None:
                raise
            self._argocd.sync(
                self._wanted.application, None
            )  # some want the right to override for a named revision

    def _look_at_windows(self, refused: SyncWindowError | None = None) -> None:
        """End where a sync window keeps the application from being synced for longer than anybody
        waits.
        """
        if not refused and time.monotonic() - self._windows_read < _LOOK_AGAIN:
            return
        from gitops_ci.core.rollout import windows  # few applications have any

        self._windows_read = time.monotonic()
        try:
            found = self._argocd.sync_windows(self._wanted.application)
        except GitopsError:
            if refused:
                raise _Ended(FAILED, refused.message, refused.remedy) from None
            return  # a token that may not ask is no reason to stop
        blocked = windows.blocked(found, time.time(), manual=refused is not None)
        if blocked is None:
            return
        if blocked.until is None or blocked.until - time.time() > self._deadline.remaining():
            raise _Ended(
                FAILED,
                f"{self._judgement.reason}: {blocked.words}",
                "try again when the window is open",
            )
        self._say(f"{self._judgement.reason}: {blocked.words}")

    def _look_at_resources(self) -> None:
        """Say what keeps a rollout: a Deployment is Progressing for ten minutes before it is
        Degraded, its pods know at once.
        """
        now = time.monotonic()
        if self._live.health != "Progressing" or self._judgement.state != "going":
            self._hint = ""
        elif now - self._since[1] >= _SLOW and now - self._tree_read >= _LOOK_AGAIN:
            self._tree_read = now
            self._hint = self._sick()

    def _sick(self) -> str:
        try:
            parts = document.unhealthy_resources(
                self._argocd.resource_tree(self._wanted.application)
            )
        except GitopsError:
            return ""
        return "; ".join(f"{part.name}: {part.message or part.health}" for part in parts[:3])

    def _with_reason(self, judged: RolloutJudgement) -> str:
        """Return a reason with what the resources say: the application itself does not know it."""
        words = self._sick() if judged.degraded else ""
        return (
            f"{self._live.sync}, but Degraded at {judged.revision[:12]}: {words}"
            if words
            else judged.reason
        )

    def _absent(self, error: ArgocdError) -> None:
        """End, unless another application is going to make this one."""
        parent = self._wanted.parent
        if parent is None:
            raise error
        self._judgement = RolloutJudgement("idle", f"not there yet: {error.message}")
        self._say(f"not there yet; {parent} has to make it ({error.message})")
        if time.monotonic() - self._parent_asked >= _LOOK_AGAIN:
            self._parent_asked = time.monotonic()
            try:
                self._argocd.refreshed(parent, min(_REFRESH, self._deadline.remaining() / 2))
            except NoAnswerError:
                return
            except ArgocdError as second:
                self._say(f"not there yet, and its parent: {second.message}")

    def _unreachable(self, error: GitopsError) -> None:
        now = time.monotonic()
        self._lost = now if self._lost is None else self._lost
        self._tries += 1
        self._since = ("going", now)  # what was not looked at did not stay as it was
        self._say(f"{error.message}; trying again")
        after = getattr(error, "after", None)
        if now - self._lost >= self._wish.patience:
            raise _Ended(
                UNAVAILABLE, f"{error.message} (for {now - self._lost:.0f} s)", error.remedy
            )
        if after is not None:
            self._pause(min(float(after), _LONGEST_PAUSE))

    def _rest(self) -> None:
        """Pause until the next question, or end when the time is over."""
        pause = self._wish.poll
        if self._lost is not None:
            doubled = min(_LONGEST_PAUSE, self._wish.poll * 2 ** min(self._tries - 1, 3))
            pause = doubled * random.uniform(0.5, 1.0)  # noqa: S311 - so that many don't come back at once, no secret
        elif self._judgement.state in {"done", "failing"}:
            pause = min(pause, max(0.05, self._wanted.stable - (time.monotonic() - self._since[1])))
        else:
            pause *= random.uniform(0.8, 1.0)  # noqa: S311 - so that many don't ask at once, no secret
        self._pause(pause)

    def _pause(self, seconds: float) -> None:
        if self._deadline.rest(seconds, self._stop):
            raise _Ended(TIMEOUT, "stopped")
        if self._deadline.expired():
            self._over()

    def _over(self) -> NoReturn:
        waited = f"within {self._deadline.seconds:g} s"
        if self._lost is not None and (
            not self._answered or time.monotonic() - self._lost >= _CONFIRM
        ):
            raise _Ended(
                UNAVAILABLE,
                f"{self._said} ({waited} no answer)",
                "try again; see whether Argo CD is up",
            )
        if self._silent:
            words = (
                f"the controller of Argo CD did not answer {waited}; before that: "
                f"{self._judgement.reason}"
            )
            raise _Ended(
                UNAVAILABLE, words, "see whether the application controller runs, then wait again"
            )
        if self._judgement.state == "unavailable":
            raise _Ended(
                UNAVAILABLE, self._judgement.reason, "try again when Argo CD reaches what it needs"
            )
        raise _Ended(
            TIMEOUT,
            f"timed out after {self._deadline.seconds:g} s: {self._shown()}",
            self._judgement.remedy,
        )

    def _say(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self._tell(words)
