"""What an answer of Argo CD means for a release: laws that hold for every document."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.core.rollout import document
from gitops_ci.core.rollout.expectation import Expectation, Relation
from gitops_ci.core.rollout.judging import judge, revisions
from gitops_ci.core.rollout.sources import sources_of_repository
from tests.integration.argocd.recorded import FOLDER

OURS, OLD, NEW = "a" * 40, "b" * 40, "c" * 40
RELATIONS = {
    OURS: Relation("ours", "15"),
    OLD: Relation("before", "14"),
    NEW: Relation("replaced", "16"),
}
WANTED = Expectation("15", OURS, "https://git.example.com/team/shop.git")

trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=10,
)
shas = st.sampled_from([OURS, OLD, NEW, "main", "", "d" * 40])
operations = st.fixed_dictionaries(
    {"phase": st.sampled_from(["Running", "Succeeded", "Failed", "Error", "Terminating", ""])},
    optional={
        "message": st.text(max_size=10),
        "finishedAt": st.just("2026-11-23T18:25:47Z"),
        "retryCount": st.integers(-1, 6),
        "syncResult": st.fixed_dictionaries({"revision": shas}),
        "operation": st.fixed_dictionaries({"sync": st.fixed_dictionaries({"revision": shas})}),
    },
)
documents = st.fixed_dictionaries(
    {
        "metadata": st.fixed_dictionaries(
            {"name": st.just("shop-dev")},
            optional={"annotations": st.just({"argocd.argoproj.io/refresh": "normal"})},
        ),
        "spec": st.fixed_dictionaries(
            {
                "source": st.fixed_dictionaries(
                    {"repoURL": st.text(max_size=9), "targetRevision": shas}
                )
            },
            optional={
                "syncPolicy": st.sampled_from(
                    [{}, {"automated": {}}, {"automated": {"enabled": False}}, {"automated": None}]
                )
            },
        ),
        "status": st.fixed_dictionaries(
            {
                "sync": st.fixed_dictionaries(
                    {
                        "status": st.sampled_from(["Synced", "OutOfSync", "Unknown", ""]),
                        "revision": shas,
                    }
                ),
                "health": st.fixed_dictionaries(
                    {
                        "status": st.sampled_from(
                            [
                                "Healthy",
                                "Progressing",
                                "Degraded",
                                "Suspended",
                                "Missing",
                                "Unknown",
                                "",
                            ]
                        )
                    }
                ),
            },
            optional={
                "operationState": operations,
                "reconciledAt": st.just("2026-11-23T18:25:48Z"),
                "conditions": st.lists(
                    st.fixed_dictionaries(
                        {
                            "type": st.sampled_from(
                                ["ComparisonError", "SyncError", "OrphanedResourceWarning"]
                            ),
                            "message": shas,
                        }
                    ),
                    max_size=2,
                ),
            },
        ),
    },
    optional={"operation": st.sampled_from([{}, {"sync": {"revision": OURS}}, None])},
)


def judged(
    found: Any, wanted: Expectation = WANTED, relations: dict[str, Relation] = RELATIONS
) -> Any:
    return judge(document.read(found), wanted, relations)


@given(documents, st.booleans(), st.sampled_from(["synced", "healthy"]))
def test_nothing_is_done_unless_it_is_ours_compared_well_and_at_rest(
    found: Any, lenient: bool, level: str
) -> None:
    wanted = Expectation("15", OURS, "", level, lenient)
    if judged(found, wanted).state != "done":
        return
    status = found["status"]
    assert status["sync"]["revision"] == OURS
    assert status["sync"]["status"] == "Synced" or (
        lenient and status["sync"]["status"] == "OutOfSync"
    )
    assert status["health"]["status"] == "Healthy" or level == "synced"
    assert status.get("operationState", {}).get("phase") not in {"Running", "Terminating"}
    assert not found.get("operation")
    assert "annotations" not in found["metadata"]
    assert all(each["type"] != "ComparisonError" for each in status.get("conditions", []))


@given(documents)
def test_without_what_git_says_nothing_is_done_or_has_failed_at_ours(found: Any) -> None:
    assert judged(found, relations={}).state not in {"done", "manual"}


@given(documents, trees)
def test_what_is_not_looked_at_changes_nothing(found: Any, other: Any) -> None:
    more = {
        **dict(reversed(found.items())),
        "kind": other,
        "status": {"history": other, **found["status"], "sourceType": other},
    }
    assert judged(more) == judged(found)


@given(trees)
def test_no_document_is_too_strange(found: Any) -> None:
    assert judged(found).state != "done"
    assert (
        judged({"spec": found, "status": found, "metadata": found, "operation": found}).state
        != "done"
    )


@given(st.sampled_from(sorted(FOLDER.glob("*.json"))))
def test_no_recording_is_about_a_commit_that_nobody_knows(file: Any) -> None:
    body = json.loads(file.read_text())["body"]
    assert judged(body).state != "done"


def multi(*sources: dict[str, Any], revisions_: list[str]) -> Any:
    return {
        "spec": {"sources": list(sources)},
        "status": {
            "sync": {"status": "Synced", "revisions": revisions_},
            "health": {"status": "Healthy"},
        },
    }


def test_of_two_sources_of_one_repository_the_values_count() -> None:
    url = "git@git.example.com:team/shop.git"
    chart = {
        "repoURL": url,
        "path": "charts",
        "targetRevision": "v1",
        "helm": {"valueFiles": ["$values/dev.yaml"]},
    }
    values = {"repoURL": url, "ref": "values", "targetRevision": "main"}
    found = document.read(multi(chart, values, revisions_=[OLD, OURS]))
    assert sources_of_repository(found, WANTED.repository) == (1,)
    assert judge(found, WANTED, RELATIONS).state == "done"
    # without a reference it can't be told which one has them: both have to be there
    found = document.read(
        multi({**chart, "helm": {}}, {**values, "ref": ""}, revisions_=[OLD, OURS])
    )
    assert judge(found, WANTED, RELATIONS).state == "idle"


def test_sources_without_their_revisions_are_not_there_yet() -> None:
    url = WANTED.repository
    found = document.read(multi({"repoURL": "x"}, {"repoURL": url}, revisions_=[OURS]))
    assert judge(found, WANTED, RELATIONS).state == "idle"
    assert revisions(found, url) == ()


@pytest.mark.parametrize(
    ("message", "state"),
    [
        ("rpc error: code = Unavailable desc = connection error", "unavailable"),
        ("failed to list refs: unexpected client error: status code: 503", "unavailable"),
        (
            "rpc error: code = Unknown desc = Get https://x: context deadline exceeded",
            "unavailable",
        ),
        ("failed to execute helm template command: Error: no such file or directory", "failing"),
        ("unable to resolve 'x' to a commit SHA", "failing"),
        ("authentication required: Repository not found.", "failing"),
    ],
)
def test_a_comparison_fails_for_good_or_for_now(message: str, state: str) -> None:
    found = {
        "spec": {"source": {"repoURL": "x"}},
        "status": {
            "conditions": [{"type": "ComparisonError", "message": message}],
            "sync": {"status": "Unknown", "revision": "main"},
        },
    }
    assert judged(found).state == state


def test_out_of_sync_is_accepted_after_a_sync_of_ours_that_was_compared_again() -> None:
    lenient = Expectation("15", OURS, "", out_of_sync=True)

    def found(compared: str, revision: str = OURS) -> Any:
        operation = {
            "phase": "Succeeded",
            "finishedAt": "2026-11-23T18:21:44Z",
            "syncResult": {"revision": revision},
        }
        status = {
            "sync": {"status": "OutOfSync", "revision": OURS},
            "health": {"status": "Healthy"},
        }
        return {
            "spec": {"source": {"repoURL": "x"}, "syncPolicy": {"automated": {}}},
            "status": status | {"operationState": operation, "reconciledAt": compared},
        }

    assert judged(found("2026-11-23T18:21:45Z"), lenient).state == "done"
    assert judged(found("2026-11-23T18:21:44Z"), lenient).refresh
    assert judged(found("2026-11-23T18:21:43Z"), lenient).state == "going"
    assert judged(found("2026-11-23T18:21:45Z", OLD), lenient).state == "idle"
    assert judged(found("2026-11-23T18:21:45Z")).state == "going"


def test_an_application_that_is_being_deleted_is_not_done() -> None:
    found = json.loads((FOLDER / "08-synced-healthy.json").read_text())["body"]
    found["metadata"]["deletionTimestamp"] = "2026-11-23T18:21:44Z"
    assert (
        judged(
            json.loads(json.dumps(found).replace(found["status"]["sync"]["revision"], OURS))
        ).state
        == "failing"
    )


def test_what_the_hydrator_made_of_a_commit_stands_for_that_commit() -> None:
    source = {"repoURL": "x", "targetRevision": "main"}
    found: dict[str, Any] = {
        "spec": {"sourceHydrator": {"drySource": source}},
        "status": {
            "sync": {"status": "Synced", "revision": "e" * 40},
            "health": {"status": "Healthy"},
            "sourceHydrator": {
                "lastSuccessfulOperation": {"drySHA": OURS, "hydratedSHA": "e" * 40}
            },
        },
    }
    assert judged(found).state == "done"
    found["status"]["sync"]["revision"] = "f" * 40
    assert judged(found).state == "idle"
