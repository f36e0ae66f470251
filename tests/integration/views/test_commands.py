"""status and history as people and machines call them."""

import csv
import io
import json

from tests.integration.operation.world import World
from tests.integration.views.test_overview import deliver

HOSTILE = "=cmd|' /C calc'!A0"


def test_status_shows_a_line_for_each_place_and_what_it_waits_for(world: World) -> None:
    world.after(deliver, "15")
    ran = world.run("status", check=0)
    header, dev, stage, prod, _, last = ran.out.splitlines()
    assert header.split() == [
        "APP",
        "ENVIRONMENT",
        "TAG",
        "DIGEST",
        "SINCE",
        "(UTC)",
        "BY",
        "BEHIND",
        "STATE",
    ]
    assert dev.split()[:3] == ["shop", "dev", "15"]
    assert stage.split()[:4] == ["shop", "stage", "15", world.image("15")[7:19]]
    assert "approval: waits for the approval of alice or bob" in prod
    assert last == "1 application, 3 places: 1 waiting"
    assert "\x1b" not in ran.out


def test_status_as_json_holds_every_standing(world: World) -> None:
    world.after(deliver, "15")
    ran = world.run("status", "shop", "--env", "stage", "--output", "json", check=0)
    assert json.loads(ran.out) == ran.result
    (stage,) = ran.result["standings"]
    assert (stage["environment"], stage["release"]["tag"], stage["commit"]) == (
        "stage",
        "15",
        world.head(),
    )
    assert (stage["from"], stage["behind"], stage["drift"]) == ("dev", 0, None)


def test_drift_ends_with_3_only_where_that_was_asked_for(world: World) -> None:
    world.after(deliver, "15")
    world.write({"values-dev.yaml": world.text("values-dev.yaml").replace('"15"', '"16"')})
    assert "DRIFT: 16 was written by hand" in world.run("status", check=0).out
    ran = world.run("status", "--fail-on-drift", check=3)
    assert not ran.result["ok"]
    assert ran.result["drift"]


def test_status_as_markdown_is_a_matrix_and_what_is_open(world: World) -> None:
    world.after(deliver, "15")
    lines = world.run("status", "--output", "markdown", check=0).out.splitlines()
    assert lines[0] == "| application | dev | stage | prod |"
    assert lines[2] == "| shop | `15` | `15` | - |"
    assert lines[4] == "- shop in prod waits: approval: waits for the approval of alice or bob"


def test_an_application_that_does_not_exist_is_a_usage_error(world: World) -> None:
    assert "there is no application shpo" in world.run("status", "shpo", check=2).err
    assert "did you mean shop" in world.run("history", "shpo", check=2).err
    assert "there is no environment prd" in world.run("history", "--env", "prd", check=2).err


def test_history_as_csv_is_safe_for_spreadsheets(world: World) -> None:
    world.image("15")
    world.ok(
        "update", "--env", "dev", "--tag", "15", "--requested-by", '@a "b", c', "--reason", HOSTILE
    )
    out = world.run("history", "--output", "csv", check=0).out
    assert out.count("\r\n") == out.count("\n") == 2
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert (row["reason"], row["requested_by"]) == ("'" + HOSTILE, '\'@a "b", c')
    assert (row["commit"], row["counts"], row["tag"]) == (world.head(), "yes", "15")


def test_history_shows_what_only_claims_to_be_an_operation(world: World) -> None:
    world.image("15")
    world.ok("update", "--env", "dev", "--tag", "15")
    world.write({"README": "x"}, world.message())
    ran = world.run("history", "shop", "--env", "dev", check=0)
    assert "does not count: the commit itself does not change" in ran.out.splitlines()[1]
    counted = world.run("history", "--output", "json", check=0).result
    assert [each["counts"] for each in counted["entries"]] == [False, True]
    assert counted["message"] == "2 operations, 1 of them do not count"


def test_history_is_narrowed_by_time_tag_and_operation(world: World) -> None:
    world.after(deliver, "15")
    deliver(world, "16")
    rows = world.run("history", "--tag", "16", "--operation", "promote", check=0).out.splitlines()[
        1:
    ]
    assert len(rows) == 1
    assert "15 -> 16" in rows[0]
    assert "no operation" in world.run("history", "--until", "2020-01-01", check=0).out
    assert len(world.run("history", "--since", "1h", check=0).out.splitlines()) == 5
    more = world.run("history", "--limit", "1", check=0).out
    assert more.endswith("the newest 1; --limit N shows more\n")
    assert world.run("history", "--since", "yesterday", check=2).result["category"] == "usage"


def test_words_from_a_commit_can_not_speak_to_a_terminal(world: World) -> None:
    world.after(deliver, "15")
    forged = world.message().replace(
        "Gitops-Requested-By: carol", "Gitops-Requested-By: \x1b[2Jeve\u202e"
    )
    world.write(
        {"values-stage.yaml": world.text("values-stage.yaml").replace('"15"', '"16"')}, forged
    )
    for output in ("text", "csv", "json"):
        out = world.run("history", "--output", output, check=0).out
        assert "\x1b" not in out
        assert "\u202e" not in out


def test_a_plan_as_markdown_fits_a_pull_request_and_mentions_nobody(world: World) -> None:
    world.after(deliver, "15")
    ran = world.run(
        "plan",
        "promote",
        "--to",
        "prod",
        "--approved-by",
        "@eve|<b>",
        "--output",
        "markdown",
        check=3,
    )
    lines = ran.out.splitlines()
    assert lines[0].startswith("**promote to prod: refused by approval of shop: @\u200beve|")
    assert "| shop | prod | - | `15` | " in ran.out
    assert "| order | shop | passed |" in ran.out
    assert "&lt;b&gt;" in ran.out
    assert f"plan `{ran.result['plan_id']}`" in ran.out
    assert "@eve" not in ran.out
