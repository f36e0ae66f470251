"""``jobs diff`` and ``jobs apply``: the job is made as it is defined, once, and what others have
made stays.
"""

import pytest

import gitops_ci
from tests.integration.jobs.desk import POLICY, Desk
from tests.integration.jobs.site import FOLDER, place
from tests.servers.jenkins_stub import Stub


def test_diff_shows_what_apply_would_make_and_changes_nothing(desk: Desk) -> None:
    ran = desk.run("diff")
    assert f"folder {desk.site.folder}: would be created" in ran.out
    assert f"job {desk.job}: would be created" in ran.out
    assert "+            string: shop" in ran.out
    assert "+      gitopsPromotionJob(" in ran.out
    assert ran.result["category"] == "planned"
    assert not ran.result["changed"]
    assert desk.site.get(f"{place(desk.site.folder)}api/json").status_code == 404


def test_apply_makes_folder_and_job_and_a_second_time_does_nothing(desk: Desk) -> None:
    first = desk.run("apply")
    assert [(each["kind"], each["action"]) for each in first.result["jobs"]] == [
        ("folder", "created"),
        ("job", "created"),
    ]
    stored = desk.site.config(desk.job)
    assert f"repo: '{desk.bare}'" in stored
    assert "@Library('gitops-ci@v" in stored
    second = desk.run("apply")
    assert second.result["category"] == "unchanged"
    assert not second.result["changed"]
    assert desk.site.config(desk.job) == stored
    assert desk.run("diff").result["diff"] == ""


def test_the_job_offers_what_the_repository_has(desk: Desk) -> None:
    desk.run("apply")
    tree = "property[parameterDefinitions[name,type,choices,defaultParameterValue[value]]]"
    told = desk.site.get(f"{place(desk.job)}api/json?tree={tree}").json()
    found = [each for item in told["property"] for each in item.get("parameterDefinitions", [])]
    assert [each["name"] for each in found] == ["APP", "TO", "TAG", "REASON", "DRY_RUN"]
    assert found[0]["choices"] == ["shop", "cart"]
    assert found[1]["choices"] == ["stage", "prod"]
    assert [each["defaultParameterValue"]["value"] for each in found[2:4]] == ["", ""]
    assert str(found[4]["defaultParameterValue"]["value"]).lower() == "false"


def test_nothing_is_sent_after_jenkins_has_rewritten_the_job(desk: Desk, stub: Stub) -> None:
    desk.run("apply")
    desk.site.save(desk.job)
    before, posts = desk.site.config(desk.job), len(stub.posts)
    assert desk.run("diff").result["diff"] == ""
    assert not desk.run("apply").result["changed"]
    assert desk.site.config(desk.job) == before
    assert len(stub.posts) == posts


def test_a_controller_that_tells_the_job_in_words_of_its_own_is_understood(
    desk: Desk, stub: Stub
) -> None:
    stub.serialises = True
    assert desk.run("apply").result["changed"]
    posts = len(stub.posts)
    assert desk.run("diff").result["diff"] == ""
    assert not desk.run("apply").result["changed"]
    assert len(stub.posts) == posts
    desk.site.change(desk.job, "<sandbox>true", "<sandbox>false")
    assert desk.run("apply").result["changed"]
    assert "<sandbox>true</sandbox>" in desk.site.config(desk.job)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (
            "<string>cart</string>",
            "<string>cart</string><string>ghost</string>",
            "-            string: ghost",
        ),
        ("<numToKeep>100</numToKeep>", "<numToKeep>3</numToKeep>", "-        numToKeep: 3"),
        ("<daysToKeep>-1</daysToKeep>", "", "+        daysToKeep: -1"),
        ("<sandbox>true</sandbox>", "<sandbox>false</sandbox>", "+    sandbox: true"),
        (
            "repo: ",
            "approval: [submitter: 'mallory'], repo: ",
            "-          approval: [submitter: 'mallory'], repo: ",
        ),
        ("</properties>", "</properties><disabled>true</disabled>", "-  disabled: true"),
        (
            "<properties>",
            "<properties><org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty/>",
            "-    DisableConcurrentBuildsJobProperty:",
        ),
    ],
)
def test_a_change_by_hand_is_shown_and_undone(
    desk: Desk, before: str, after: str, shown: str
) -> None:
    desk.run("apply")
    desk.site.change(desk.job, before, after)
    desk.site.save(desk.job)
    ran = desk.run("diff")
    assert any(line.startswith(shown) for line in ran.out.splitlines()), ran.out
    applied = desk.run("apply")
    assert applied.result["jobs"][-1]["action"] == "changed"
    assert desk.run("diff").result["diff"] == ""


def test_a_new_application_reaches_the_job(desk: Desk) -> None:
    desk.run("apply")
    desk.policy(POLICY.replace("apps: {", "apps: {blog: {path: apps/blog}, "))
    assert "+            string: blog" in desk.run("diff").out
    assert desk.run("apply").result["changed"]
    assert "<string>blog</string>" in desk.site.config(desk.job)


def test_dry_run_is_diff(desk: Desk) -> None:
    ran = desk.run("apply", "--dry-run")
    assert ran.result["operation"] == "jobs diff"
    assert ran.result["dry_run"]
    assert desk.site.get(f"{place(desk.site.folder)}api/json").status_code == 404


def test_a_job_that_somebody_else_made_is_left_alone(desk: Desk) -> None:
    desk.site.make_job("echo('mine')")
    before = desk.site.config(desk.job)
    for command in ("diff", "apply"):
        ran = desk.run(command, code=1)
        assert "was not made by gitops-ci: it is left alone" in ran.err
        assert "--adopt" in ran.err
    assert desk.site.config(desk.job) == before
    assert desk.run("apply", "--adopt").result["changed"]
    assert not desk.run("apply").result["changed"]


def test_the_job_of_another_repository_is_left_alone(desk: Desk) -> None:
    desk.run("apply")
    desk.site.change(desk.job, str(desk.bare), "https://git.example.com/other.git")
    assert "belongs to https://git.example.com/other.git" in desk.run("apply", code=1).err


def test_folders_that_exist_are_never_written(desk: Desk) -> None:
    desk.site.make(desk.site.folder, FOLDER.format("ours: &lt;do not touch&gt;"))
    before = desk.site.config(desk.site.folder)
    desk.run("apply")
    assert desk.site.config(desk.site.folder) == before


def test_folders_may_be_nested_and_have_names_beyond_ascii(desk: Desk) -> None:
    desk.site.folder = f"{desk.site.folder}/Équipe 1/ünter ✓"
    ran = desk.run("apply")
    assert [each["name"].rpartition("/")[2] for each in ran.result["jobs"][1:]] == [
        "Équipe 1",
        "ünter ✓",
        "promote",
    ]
    assert not desk.run("apply").result["changed"]
    desk.site.folder = desk.site.folder.partition("/")[0]


def test_properties_of_other_plug_ins_stay(desk: Desk) -> None:
    desk.run("apply")
    theirs = "<com.example.TheirProperty><permission>x</permission></com.example.TheirProperty>"
    desk.site.change(desk.job, "<properties>", f"<properties>{theirs}")
    assert "keeps com.example.TheirProperty" in desk.run("diff").out
    assert not desk.run("apply").result["changed"]
    desk.site.change(desk.job, "<numToKeep>100", "<numToKeep>9")
    desk.run("apply")
    stored = desk.site.config(desk.job)
    assert "com.example.TheirProperty" in stored
    assert "<numToKeep>100" in stored


def test_what_is_no_folder_is_refused(desk: Desk) -> None:
    desk.site.make_job("echo('mine')", name="taken")
    desk.site.folder += "/taken"
    assert "is no folder but a WorkflowJob" in desk.run("apply", code=1).err


def test_the_definition_comes_from_gitops_yaml_and_options(desk: Desk) -> None:
    hostile = 'it\'s \\"50 $ {x}\\" \\\\ é 😀'
    desk.policy(
        POLICY
        + f"""
jenkins:
  job: "élan"
  library: lib@v2
  repo: https://git.example.com/gitops.git
  credentials: {{git: {{sshKey: deploy-key}}, registry: robot}}
  label: "{hostile}"
  approval: {{submitter: [alice, bob], timeout: 2, unit: DAYS, reason: true}}
  keep: 7
"""
    )
    ran = desk.run("apply", "--registry-credentials", "other")
    script = desk.site.config(f"{desk.site.folder}/élan")
    assert ran.result["jobs"][-1]["name"].endswith("/élan")
    for line in (
        "@Library('lib@v2') _",
        "repo: 'https://git.example.com/gitops.git'",
        "gitCredentials: [sshKey: 'deploy-key']",
        "registryCredentials: 'other'",
        r"label: 'it\'s \"50 $ {x}\" \\ é".replace('\\"', '"'),
        "approval: [submitter: ['alice', 'bob'], timeout: 2, unit: 'DAYS', reason: true]",
    ):
        assert line in script, script
    assert "<numToKeep>7</numToKeep>" in script
    assert not desk.run("apply", "--registry-credentials", "other").result["changed"]


def test_two_runs_at_once_make_one_job(desk: Desk) -> None:
    running = [desk.start("apply", repo=True) for _ in range(2)]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert not desk.run("apply").result["changed"]


def test_a_local_configuration_can_be_tried_and_not_applied(desk: Desk) -> None:
    file = desk.folder / "tried.yaml"
    file.write_text(POLICY.replace("shop", "till"))
    assert "string: till" in desk.run("diff", "--config", str(file)).out
    desk.run("apply", "--config", str(file), code=2)


def test_a_repository_where_nothing_can_be_promoted_is_refused(desk: Desk) -> None:
    desk.policy("version: 1\napps: {shop: {path: apps/shop}}\nenvironments: {dev: {}}\n")
    assert "no environment has a from" in desk.run("diff", code=1).err


def test_the_job_of_an_older_version_moves_to_the_library_of_this_one(desk: Desk) -> None:
    desk.run("apply")
    own = f"@Library('gitops-ci@v{gitops_ci.__version__}') _"
    older = "@Library('gitops-ci@v0.0.1') _"
    desk.site.change(desk.job, own, older)
    lines = [line.replace(" ", "") for line in desk.run("diff").out.splitlines()]
    assert {f"-{older}".replace(" ", ""), f"+{own}".replace(" ", "")} <= set(lines)
    desk.run("apply")
    assert own in desk.site.config(desk.job)
