"""A digest comes from what was tested: where nobody knew one, a promotion can't bring its own."""

import json

import pytest

from tests.integration.attacks.attacked import ALICE, FILE, AttackedRepository

OTHER = "sha256:" + "9" * 64


@pytest.fixture
def undigested(attacked: AttackedRepository) -> AttackedRepository:
    """Stage runs 16, of which no digest is known: nobody asked the registry."""
    rules = attacked.world.text("gitops.yaml") + "\n"
    for name in ("dev", "stage"):
        rules = rules.replace(f"values-{name}.yaml", f"values-{name}.yaml, verify_digest: 'off'")
    head = attacked.world.head()
    assert attacked.push(attacked.commit({"gitops.yaml": rules}, onto=head), "main").taken
    attacked.deploy("16", to="stage")
    return attacked


def planned(attacked: AttackedRepository, digest: str, tag: str = "16") -> tuple[str, ...]:
    """Return the words that promote a release file with a digest of somebody's choice."""
    image = {"repository": attacked.world.registry, "tag": tag, "digest": digest}
    file = attacked.world.folder / "release.json"
    file.write_text(json.dumps({"schema": 1, "images": [image]}))
    return ("promote", "shop", "--to", "prod", *ALICE, "--release", str(file))


def forged(attacked: AttackedRepository, digest: str) -> str:
    """Return a commit that carries such a promotion out, as the program would."""
    plan = attacked.world.run("plan", *planned(attacked, digest)).result["plan_id"]
    text = attacked.with_tag("16").replace('digest: ""', f'digest: "{digest}"')
    return attacked.commit({FILE: text}, message_of(attacked, plan, digest, "16"))


def message_of(attacked: AttackedRepository, plan: str, digest: str, tag: str) -> str:
    return (
        f"promote(shop): stage -> prod {tag}\n\nGitops-Operation: promote\nGitops-App: shop\n"
        "Gitops-Environment: prod\nGitops-From: stage\n"
        f"Gitops-Image: {attacked.world.registry}:{tag}@{digest}\nGitops-Plan: 2:{plan}\n"
        f"Gitops-Policy: {attacked.world.head()}\nGitops-Requested-By: carol\n"
        "Gitops-Approved-By: alice\n"
    )


def test_a_digest_of_nothing_that_ran_before_is_caught(undigested: AttackedRepository) -> None:
    commit = forged(undigested, OTHER)
    undigested.is_caught(commit, "gate", "digest did not hold: " + OTHER)


def test_the_command_refuses_it(undigested: AttackedRepository) -> None:
    """Also the digest that the registry has now: it may have been pushed after the tests."""
    for digest in (OTHER, undigested.world.image("16")):
        ran = undigested.run(*planned(undigested, digest), check=3)
        assert f"{digest} is not what was tested: no digest is known of the 16 in stage" in ran.out
        assert "gitops-ci adopt shop --env stage --reason TEXT" in ran.out


def test_after_an_adoption_it_is_known(undigested: AttackedRepository) -> None:
    rules = undigested.world.text("gitops.yaml").replace(", verify_digest: 'off'", "") + "\n"
    head = undigested.world.head()
    assert undigested.push(undigested.commit({"gitops.yaml": rules}, onto=head), "main").taken
    undigested.run("adopt", "shop", "--env", "stage", "--reason", "the registry knows")
    undigested.run("promote", "shop", "--to", "prod", *ALICE)
    assert undigested.audit() == []


def test_a_digest_that_somebody_wrote_is_not_one_that_was_tested(
    undigested: AttackedRepository,
) -> None:
    """Into stage, beside the tag that an operation put there."""
    if undigested.hook:
        return  # it does not come so far
    file = "values-stage.yaml"
    text = undigested.text(file).replace('digest: ""', f'digest: "{OTHER}"')
    undigested.push(undigested.commit({file: text}))
    assert OTHER in undigested.run("promote", "shop", "--to", "prod", *ALICE, check=3).out


def test_a_tag_beside_the_digest_of_another_one_is_no_release(
    attacked: AttackedRepository,
) -> None:
    """A chart that prefers tags would run it: in stage it is nothing that was tested."""
    file = "values-stage.yaml"
    commit = attacked.commit({file: attacked.text(file).replace('tag: "15"', 'tag: "99"')})
    attacked.is_caught(commit, "hand-edit", "99")
    if attacked.hook:
        return
    attacked.world.image("99", "15")  # the registry says the same of both
    for words in ((), ("--tag", "99")):
        ran = attacked.run("promote", "shop", "--to", "prod", *words, *ALICE, check=3)
        assert "99 was written into stage by hand" in ran.out


def test_nor_does_a_promotion_bring_it(attacked: AttackedRepository) -> None:
    """With a plan of its own, over the digest that stage has."""
    digest = attacked.text("values-stage.yaml").partition('digest: "')[2].partition('"')[0]
    text = attacked.text().replace('tag: "15"', 'tag: "99"')
    assert digest in text
    plan = attacked.world.run("plan", *planned(attacked, digest, "99")).result["plan_id"]
    commit = attacked.commit({FILE: text}, message_of(attacked, plan, digest, "99"))
    attacked.is_caught(commit, "gate", "99 never ran in stage")


def test_one_image_may_have_several_tags(attacked: AttackedRepository) -> None:
    """Operations gave them to it, and each of them may be promoted."""
    attacked.world.image("v1", "15")
    attacked.run("update", "shop", "--env", "dev", "--tag", "v1")
    attacked.run("promote", "shop", "--to", "stage")
    attacked.run("promote", "shop", "--to", "prod", *ALICE)
    attacked.run("promote", "shop", "--to", "prod", "--tag", "15", *ALICE)
    assert attacked.audit() == []
