"""What older versions wrote is read, judged and gone on with as they would have."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gitops_ci.adapters.files import release_file
from tests.integration.release import recording
from tests.integration.release.recording import QUESTIONS, RECORDS, Desk

VERSIONS = sorted(folder.name for folder in RECORDS.iterdir())
# said for people: a later version may say it in another way
WORDS = {"message", "reason", "remedy", "summary", "diff", "warnings"}
ANEW = {"plan_id"}  # what was not carried out yet has an id of this version's form
MONDAY = 72  # hours later, when nothing is frozen


class Older(Desk):
    """The repository that an older version left, at the time at which it was left."""

    records: Path = RECORDS

    def recorded(self, name: str) -> Any:
        """Return a recorded document."""
        return json.loads((self.records / name).read_text(encoding="utf-8"))


@pytest.fixture(params=VERSIONS)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Older:
    """Make the repository of the records of a version."""
    desk = Older(tmp_path, records=RECORDS / request.param)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(desk.bare)], check=True)
    stream = (desk.records / recording.HISTORY).read_bytes()
    desk.git("fast-import", "--quiet", stdin=stream)
    desk.now = desk.recorded("audit.json")["now"]
    return desk


def facts(document: Any) -> Any:
    """Return a document without what is said for people."""
    if isinstance(document, dict):
        return {key: facts(value) for key, value in document.items() if key not in WORDS | ANEW}
    return [facts(each) for each in document] if isinstance(document, list) else document


def kept(old: Any, new: Any) -> Any:
    """Return of a new document what the old one has too: later versions may add keys."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: kept(value, new[key]) for key, value in old.items() if key in new}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [kept(*pair) for pair in zip(old, new, strict=True)]
    return new


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_older_history_gets_the_answers_that_readers_expect(older: Older, question: str) -> None:
    old = facts(older.recorded(f"{question}.json")["answer"])
    answer = older.run(*QUESTIONS[question])
    assert kept(old, facts(answer)) == old
    schema = f"{question}.schema.json"
    published = schema if (older.records / schema).is_file() else "result.schema.json"
    jsonschema.Draft202012Validator(older.recorded(published)).validate(answer)


def test_the_answers_are_those_of_a_history_with_everything_in_it(older: Older) -> None:
    entries = older.recorded("history.json")["answer"]["entries"]
    assert {entry["operation"] for entry in entries} == {"update", "promote", "rollback", "adopt"}
    audit = older.recorded("audit.json")["answer"]
    assert audit["exit_code"] == 0
    assert {"override", "hand-edit"} <= {each["kind"] for each in audit["findings"]}
    gates = {gate["gate"]: gate["state"] for gate in older.recorded("plan.json")["answer"]["gates"]}
    assert gates == {
        "order": "passed",
        "digest": "passed",
        "soak": "passed",
        "checks": "refused",
        "freeze": "refused",
        "withdrawn": "passed",
        "approval": "pending",
    }


def test_work_goes_on_where_an_older_version_left_it(older: Older) -> None:
    older.wait(MONDAY)
    place = "--env", "stage", "--name", "smoke", "--requested-by", "qa"
    older.run("check", "cart", *place, "--passed")
    cart = "cart", "--to", "prod", "--version", "8", "--requested-by", "carol", "--reason", "spring"
    approved = older.recorded("plan.json")["answer"]["plan_id"]
    words = "promote", *cart, "--approved-by", "alice", "--approved-plan"
    ran = older.run(*words, approved)
    if older.records.name.startswith("0.1."):  # plans are called in another form since
        assert ran["message"].startswith("promote to prod: refused by approval of cart")
        older.publish(*words, older.run("plan", "promote", *cart)["plan_id"])
    else:
        assert ran["message"].startswith("promote to prod: cart 8 published")
    shop = "shop", "--env", "prod", "--version", "1.2", "--requested-by", "carol"
    older.publish("rollback", *shop, "--reason", "slow", "--approved-by", "bob", "--to-tag", "1")
    audit = older.run("audit")
    assert audit["exit_code"] == 0, audit["message"]


def test_what_was_rolled_back_stays_withdrawn(older: Older) -> None:
    older.wait(MONDAY)
    words = "--tag", "16", "--version", "1.3", "--requested-by", "carol"
    plan = older.run("plan", "promote", "shop", "--to", "prod", *words)
    gates = {gate["gate"]: gate["state"] for gate in plan["gates"]}
    assert gates["withdrawn"] == "refused"
    assert gates["checks"] == "passed"


def test_the_release_file_of_an_older_build_is_delivered(older: Older) -> None:
    file = older.records / recording.RELEASE
    older.publish("update", "shop", "--env", "dev", "--release", str(file), "--allow-older")
    image = older.recorded(recording.RELEASE)["images"][0]
    values = older.git("show", "main:apps/shop/values-dev.yaml").decode()
    assert f'tag: "{image["tag"]}"\n  digest: {image["digest"]}' in values


def test_a_release_file_of_today_suits_older_readers(older: Older, tmp_path: Path) -> None:
    build = release_file.read_release_file(older.records / recording.RELEASE)
    release_file.write_release_file(tmp_path / "release.json", build)
    reader = jsonschema.Draft202012Validator(older.recorded("release.schema.json"))
    reader.validate(json.loads((tmp_path / "release.json").read_text(encoding="utf-8")))


@pytest.mark.slow
def test_the_recorder_tells_its_whole_story_with_this_version(tmp_path: Path) -> None:
    recording.record(tmp_path)
    history = json.loads((tmp_path / "history.json").read_text(encoding="utf-8"))["answer"]
    told = [entry["operation"] for entry in history["entries"]]
    assert [told.count(each) for each in ("update", "promote", "rollback", "adopt")] == [3, 5, 1, 1]
