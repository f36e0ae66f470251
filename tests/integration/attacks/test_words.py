"""Findings say who did what, what it should have been, who could have allowed it, and what to do."""

from typing import Any

from tests.integration.attacks.attacked import FILE, AttackedRepository
from tests.integration.audit.test_audit import deploy
from tests.integration.operation.world import VALUES, World


def found(attacked: AttackedRepository, commit: str) -> dict[str, Any]:
    """Return what an audit says of a commit; a hook, which would not have let it in, is passed."""
    attacked.git("push", "--quiet", "origin", f"{commit}:refs/heads/{attacked.branch}")
    (finding,) = [
        each
        for each in attacked.audit()
        if each["commit"] == commit and each["kind"] in {"hand-edit", "copied", "forged"}
    ]
    return finding


def forged(attacked: AttackedRepository) -> str:
    """Commit the promotion of 15 once more where 16 runs, as if alice had approved that again."""
    message = attacked.git("log", "-1", "--format=%B", attacked.head)
    digests = attacked.text()
    attacked.deploy("16")
    return attacked.commit({FILE: digests}, message)


def test_a_forged_promotion_names_who_forged_whose_approval(attacked: AttackedRepository) -> None:
    commit = forged(attacked)
    finding = found(attacked, commit)
    assert finding["message"].startswith(
        "mallory@example.com's commit claims that alice approved 15 for prod; "
    )
    assert "which carried that out" in finding["message"]
    assert finding["message"].endswith("nobody approved this: alice or bob could have")
    assert finding["id"] == f"{finding['kind']}:{commit}:shop:prod"


def test_an_approval_of_something_else_is_named(attacked: AttackedRepository) -> None:
    """The trailers are those of 15, with 99 in the place of it."""
    message = attacked.git("log", "-1", "--format=%B", attacked.head)
    claimed = "\n".join(
        line.partition(":15")[0] + ":99" if line.startswith("Gitops-Image") else line
        for line in message.splitlines()
    )
    before = attacked.head
    commit = attacked.commit({FILE: attacked.with_tag("99")}, claimed)
    finding = found(attacked, commit)
    assert finding["message"] == (
        "mallory@example.com's commit claims that alice approved 99 for prod; that approval was "
        f"for 15 (commit {before[:12]}); nobody approved this: alice or bob could have"
    )


def test_what_the_trailers_do_not_say_is_told_too(attacked: AttackedRepository) -> None:
    message = attacked.git("log", "-1", "--format=%B", attacked.head)
    commit = attacked.commit({FILE: attacked.with_tag("99")}, message)
    assert (
        "approved 15 for prod, but it wrote 99 over 15 by hand"
        in found(attacked, commit)["message"]
    )


def test_who_pushed_for_somebody_else_is_named(attacked: AttackedRepository) -> None:
    attacked.commit({FILE: attacked.with_tag("99")})
    attacked.git(
        "commit", "--quiet", "--amend", "--no-edit", "--author", "alice <alice@example.com>"
    )
    commit = attacked.git("rev-parse", "HEAD")
    assert (
        "alice@example.com (committed by mallory@example.com) wrote 99 over 15 by hand"
        in found(attacked, commit)["message"]
    )


def test_the_hook_says_what_to_do_there(attacked: AttackedRepository) -> None:
    """Nothing was taken, so that nothing can be adopted."""
    commit = attacked.commit({FILE: attacked.with_tag("99")})
    if attacked.hook:
        words = attacked.push(commit).words
        assert "nothing was taken: make the change with gitops-ci" in words
        assert "gitops-ci adopt" not in words
    else:
        remedy = (
            "gitops-ci adopt shop --env prod --reason TEXT --requested-by NAME --approved-by NAME"
        )
        assert remedy in found(attacked, commit)["remedy"]


def message_of(world: World, kind: str) -> str:
    """Return the message of the one finding of a kind."""
    (message,) = [
        each["message"] for each in world.run("audit").result["findings"] if each["kind"] == kind
    ]
    return str(message)


def test_no_gate_would_have_held_for_what_never_existed(world: World) -> None:
    """The usual hand edit: another tag, and the digest of what ran before is left."""
    world.after(deploy, "15")
    world.write({FILE: world.text(FILE).replace('"15"', '"14"') + "\n"})
    assert message_of(world, "hand-edit") == (
        "hand@example.com wrote 14 over 15 by hand; tag and digest contradict each other: the tag "
        "says 14, and the digest is that of 15; nobody approved this: alice or bob could have"
    )


def test_what_would_have_refused_a_value_is_told(world: World) -> None:
    world.after(deploy, "15")
    world.write({FILE: VALUES.replace('tag: ""', 'tag: "14"')})
    message = message_of(world, "hand-edit")
    assert "as a promotion it would have been refused: order (14 never ran in stage" in message
    assert "passed" not in message


def test_what_would_have_passed_is_told_of_a_release_that_ran(world: World) -> None:
    world.after(deploy, "15")
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    world.ok("promote", "shop", "--to", "stage")
    world.write({FILE: world.text("values-stage.yaml") + "\n"})
    message = message_of(world, "hand-edit")
    assert "as a promotion it would have passed order, digest" in message
    assert message.endswith("nobody approved this: alice or bob could have")


def test_a_gate_that_did_not_hold_names_who_could_have_opened_it(world: World) -> None:
    world.after(deploy, "15")
    deploy(world, "16")
    forged = world.message().replace("Gitops-Approved-By: alice", "Gitops-Approved-By: mallory")
    tree = world.git("rev-parse", "main^{tree}")
    parent = world.git("rev-parse", "main~1")
    commit = world.git("commit-tree", tree, "-p", parent, "-F", "-", stdin=forged.encode())
    world.git("update-ref", "refs/heads/main", commit)
    message = message_of(world, "gate")
    assert "approval did not hold: mallory is not among the approvers of prod" in message
    assert "committed a promotion of 16 to prod" in message
    assert message.endswith("alice or bob could have approved it")


def test_violations_come_first_and_the_newest_before_the_others(world: World) -> None:
    world.after(deploy, "15")
    world.write({"values-dev.yaml": VALUES.replace('tag: ""', 'tag: "98"')})
    world.write({"values-stage.yaml": VALUES.replace('tag: ""', 'tag: "99"')})
    lines = world.run("audit", check=3).out.splitlines()
    marks = [line.split()[-1] for line in lines if line.startswith("NO ")]
    assert marks == ["stage", "dev"]
    assert [line[:4] for line in lines if line[:4].strip()] == ["NO  ", "NO  ", "note", "audi"]


def test_approvals_that_nobody_can_verify_are_one_line(world: World) -> None:
    world.after(deploy, "15")
    for tag in ("16", "17", "18"):
        deploy(world, tag)
    ran = world.run("audit", check=0)
    assert (
        "note approver-unverified 4 approvals: prod has no signers, so the publishing account "
        "alone vouches\n" in ran.out
    )
    kinds = [each["kind"] for each in ran.result["findings"]]
    assert kinds.count("approver-unverified") == 4


def test_rules_that_changed_stand_together(world: World) -> None:
    world.after(deploy, "15")
    rules = world.text("gitops.yaml") + "\n"
    for soak in ("1h", "2h", "3h"):
        world.write({"gitops.yaml": rules.replace("from: stage,", f"from: stage, soak: {soak},")})
    lines = world.run("audit").out.splitlines()
    place = lines.index("note policy-change  3 of them")
    assert "soak: 7200 s -> 10800 s (by hand@example.com)" in lines[place + 1]
    assert "soak: none -> 3600 s" in lines[place + 3]
