"""What the demo tells: one image from its build to production, three refusals, the way back, and a
hand edit that is found.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from gitops_ci.base import temporary
from gitops_ci.base.errors import GitopsError, UsageError
from gitops_ci.demo import world as worlds
from gitops_ci.demo.screen import Screen
from gitops_ci.demo.stage import Stage
from gitops_ci.demo.world import APP, GITOPS, LAYOUT

_TO_PROD = ["promote", APP, "--to", "prod", "--requested-by", "carol"]
_APPROVED = ["--approved-by", "alice", "--approved-plan"]


def play(keep: Path | None) -> None:
    """Play the whole flow; ``keep`` is a new or empty folder that stays afterwards, with all that
    is in it.

    Raises UsageError for a folder that holds something, GitopsError when an act goes another way
    than told.
    """
    screen = Screen()
    with _folder(keep) as folder:
        stage = Stage(worlds.create(folder), screen)
        _opening(stage)
        for number, act in enumerate(
            (
                _build,
                _dev,
                _stage,
                _prod,
                _never_tested,
                _overwritten,
                _rollback,
                _history,
                _hand_edit,
            ),
            start=1,
        ):
            try:
                act(stage, number)
            except GitopsError as error:
                error.message = f"step {number} of the demo went wrong: {error.message}"
                raise
        screen.headline("What next")
        (_go_on if keep else _read_on)(screen, folder)


def _opening(stage: Stage) -> None:
    screen = stage.screen
    screen.title("gitops-ci: build once, promote the same image")
    screen.block("build 15 -> dev -> stage -> approval -> prod      one image, never rebuilt")
    screen.gap()
    screen.prose(
        "All of this really happens, in one folder of this machine and without a network: "
        "the commands are the real ones, "
        "the GitOps repository is a Git repository that is pushed to, the registry is an "
        "OCI image layout on disk."
    )
    places = {
        f"{APP}/": "source; Dave has just pushed",
        f"{GITOPS}/": "Helm chart and values files",
        f"{LAYOUT}/": "images",
    }
    screen.block("".join(f"{place:<24}{what}\n" for place, what in places.items()), "The folder")
    stage.show_environments("The environments: build 14 runs everywhere")
    screen.gap()
    screen.command(["export", f"GITOPS_CI_REPO={GITOPS}"])


def _build(stage: Stage, number: int) -> None:
    stage.screen.headline(f"{number}. Build 15, once")
    stage.screen.prose(
        "Jenkins builds the image of this commit and pushes it. gitops-ci asks the registry "
        "for its digest and records it, "
        "with the source revision and its author, in a release file. No environment ever "
        "builds it again."
    )
    stage.build("15")


def _dev(stage: Stage, number: int) -> None:
    stage.screen.headline(f"{number}. dev takes every build")
    stage.screen.prose(
        "Two values change, nothing else in the file does. One commit, pushed; Argo CD "
        "would deploy it now."
    )
    stage.publish(["update", APP, "--env", "dev", "--release", "release-15.json"])
    stage.show_environments()


def _stage(stage: Stage, number: int) -> None:
    stage.screen.headline(f"{number}. stage receives what runs in dev")
    stage.screen.prose(
        "A promotion never builds: it moves tag and digest, after the registry has confirmed both."
    )
    stage.publish(["promote", APP, "--to", "stage"])
    stage.show_environments()


def _prod(stage: Stage, number: int) -> None:
    stage.screen.headline(f"{number}. prod needs an approval")
    stage.screen.prose(
        "QA is done with 15, and Carol asks for it in production. Nobody has approved that yet:"
    )
    plan = stage.show_refusal(_TO_PROD, with_diff=True)["plan_id"]
    stage.screen.gap()
    stage.screen.prose(
        "The plan id is a hash of exactly this change and of the rules for prod. Alice "
        "approves this plan and no other: had "
        "anything changed meanwhile, nothing would be published. Carol can't approve her "
        "own request, nor Dave his own code."
    )
    stage.publish([*_TO_PROD, *_APPROVED, plan], names={plan: "PLAN"}, show=["gates"])
    stage.show_environments()


def _never_tested(stage: Stage, number: int) -> None:
    stage.screen.headline(f"{number}. What never ran in stage does not reach prod")
    stage.screen.prose(
        "Build 16 is made and runs in dev. Someone is in a hurry and wants it in production "
        "at once:"
    )
    stage.build("16")
    stage.screen.gap()
    stage.publish(["update", APP, "--env", "dev", "--release", "release-16.json"], show=[])
    stage.screen.gap()
    stage.show_refusal([*_TO_PROD, "--tag", "16"])


def _overwritten(stage: Stage, number: int) -> None:
    stage.screen.headline(f"{number}. What was tested is what goes to production")
    stage.screen.prose(
        "Build 17 goes through dev and stage. Then somebody pushes other bytes under the "
        "same tag. An approval can't help:"
    )
    stage.build("17")
    stage.screen.gap()
    stage.publish(["update", APP, "--env", "dev", "--release", "release-17.json"], show=[])
    stage.screen.gap()
    stage.publish(["promote", APP, "--to", "stage"], show=[])
    stage.screen.gap()
    stage.screen.aside(f"docker push of other bytes as {LAYOUT}:17")
    worlds.image(stage.world, "17", "not what was tested")
    stage.show_refusal([*_TO_PROD, "--approved-by", "alice"])
    stage.show_environments()


def _rollback(stage: Stage, number: int) -> None:
    stage.screen.headline(f"{number}. Back to what ran before")
    stage.screen.prose(
        "15 makes trouble in production. The history knows what ran there before; approved, "
        "it is one commit."
    )
    words = ["rollback", APP, "--env", "prod", "--requested-by", "carol", "--approved-by", "bob"]
    stage.publish([*words, "--reason", "checkout fails"])
    stage.show_environments()


def _history(stage: Stage, number: int) -> None:
    stage.screen.headline(f"{number}. The history is the audit trail")
    stage.screen.prose(
        "Who moved what, when, on whose approval: the Git history says it, and nothing is "
        "stored elsewhere."
    )
    stage.show_log("--format=%h %s")
    stage.screen.gap()
    stage.show_log("-1", "--grep=stage -> prod", "--format=%B")


def _hand_edit(stage: Stage, number: int) -> None:
    stage.screen.headline(f"{number}. What goes past it is found")
    stage.screen.prose(
        "Erin may push to the repository, and changes the tag of production in an editor:"
    )
    stage.screen.aside("git clone, edit values-prod.yaml: tag 16, git commit, git push")
    worlds.edit_by_hand(stage.world, "prod", "16")
    stage.show_drift(["status", "--env", "prod", "--fail-on-drift"])
    stage.screen.gap()
    stage.screen.prose(
        "An audit judges every change of every environment again, by the rules that held at "
        "its time:"
    )
    stage.show_violations(["audit"])


def _go_on(screen: Screen, folder: Path) -> None:
    screen.prose(
        "Everything is still there. Go on by hand, ask what keeps a release from "
        "production, or render the chart as Argo CD does:"
    )
    screen.command(["cd", str(folder.resolve())])
    screen.command(["export", f"GITOPS_CI_REPO={GITOPS}"])
    screen.command(["gitops-ci", "status"])
    screen.command(["gitops-ci", "explain", APP, "--env", "prod", "--tag", "15"])
    screen.command(["git", "clone", GITOPS, "work"])
    screen.command(["helm", "template", APP, "work/charts", "--values", "work/values-prod.yaml"])


def _read_on(screen: Screen, folder: Path) -> None:
    screen.prose("The folder is removed now; --keep DIR leaves it there to go on by hand.")
    screen.command(["gitops-ci", "demo", "--keep", "playground"])
    screen.command(["gitops-ci", "doctor", "--repo", "URL"])
    screen.command(["gitops-ci", "promote", "--help"])
    screen.gap()
    screen.prose(
        "docs/index.md names the page for each task; refusing such a push at the server is "
        "one of them."
    )


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Yield an empty folder; without ``keep`` nothing of it is left, however the block ends."""
    try:
        if keep is None:
            folder = temporary.make_folder("gitops-ci-demo-")
        else:
            folder = keep.resolve()
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise UsageError(
                    f"--keep {keep} is not empty", remedy="name a folder that does not exist yet"
                )
    except OSError as error:
        raise GitopsError(
            f"no folder can be made for the demo: {error}",
            remedy="check TMPDIR, --keep and the disk",
        ) from error
    try:
        yield folder
    finally:
        if keep is None:
            temporary.remove(folder)
        else:
            worlds.clean_up(folder)
