"""Promotions that are built on a record whose trailers are perfect, and whose own gates did not
hold: neither the command nor the audit believes it.
"""

from dataclasses import dataclass

from tests import repositories
from tests.integration.attacks.attacked import ALICE, AttackedRepository

STAGE, PROD = "values-stage.yaml", "values-prod.yaml"


@dataclass(frozen=True)
class Forged:
    """What an honest operation wrote and said in a repository that nobody else knows."""

    file: str
    text: str
    message: str

    def commit(self, attacked: AttackedRepository) -> str:
        """Commit it by hand on what the server has now, which it names as its rules."""
        policy = attacked.world.head()
        lines = self.message.splitlines()
        lines = [
            f"Gitops-Policy: {policy}" if line.startswith("Gitops-Policy: ") else line
            for line in lines
        ]
        return attacked.commit({self.file: self.text}, "\n".join(lines))


def rehearse(attacked: AttackedRepository, tag: str = "99") -> tuple[Forged, Forged]:
    """Bring a release to production and leave no trace of it; return what went to stage and prod."""
    world = attacked.world
    before = repositories.references(world.bare)
    forged = []
    world.image(tag)
    world.run("update", "shop", "--env", "dev", "--tag", tag, check=0)
    for environment, file in (("stage", STAGE), ("prod", PROD)):
        world.run("promote", "shop", "--to", environment, *ALICE, check=0)
        text = world.git("show", f"{attacked.head}:{file}") + "\n"
        forged.append(Forged(file, text, world.message(attacked.branch)))
    for name in repositories.references(world.bare):
        if name in before:
            world.git("update-ref", name, before[name])
        else:
            world.git("update-ref", "-d", name)
    stage, prod = forged
    return stage, prod


def let_in(attacked: AttackedRepository, forged: Forged) -> str:
    """Commit what is forged where no hook looked; return the commit."""
    commit = forged.commit(attacked)
    attacked.git("push", "--quiet", "origin", f"{commit}:refs/heads/{attacked.branch}")
    attacked.fetch()
    return commit


def refused(attacked: AttackedRepository, *words: str) -> str:
    """Return what the program says when it refuses."""
    attacked.wait_for_the_next_second()
    ran = attacked.world.refused(*words)
    return ran.out


def test_a_release_that_dev_never_ran_is_caught(attacked: AttackedRepository) -> None:
    stage, _ = rehearse(attacked)
    attacked.is_caught(
        stage.commit(attacked), "gate", words="order did not hold: 99 never ran in dev"
    )


def test_no_promotion_is_built_on_it(attacked: AttackedRepository) -> None:
    """The plan is the right one, and nobody looked when it came."""
    stage, _ = rehearse(attacked)
    commit = let_in(attacked, stage)
    said = refused(attacked, "promote", "shop", "--to", "prod", *ALICE)
    assert f"99 came to stage by commit {commit[:12]}, which did not hold there" in said
    assert "99 never ran in dev" in said


def test_a_promotion_that_is_built_on_it_is_caught(attacked: AttackedRepository) -> None:
    """As an older version would have made it."""
    stage, prod = rehearse(attacked)
    let_in(attacked, stage)
    commit = prod.commit(attacked)
    attacked.is_caught(commit, "gate", words="order did not hold: 99 came to stage by commit")


def test_an_adoption_of_it_lets_a_promotion_pass(attacked: AttackedRepository) -> None:
    stage, _ = rehearse(attacked)
    let_in(attacked, stage)
    attacked.run("adopt", "shop", "--env", "stage", "--reason", "tested by hand")
    attacked.run("promote", "shop", "--to", "prod", *ALICE)
    kinds = [(each["kind"], each["environment"]) for each in attacked.audit()]
    assert kinds == [("gate", "stage")]


def ask_for_approval_in_stage(attacked: AttackedRepository) -> None:
    """Change the rules as a person would; nothing is loosened."""
    rules = attacked.git("show", f"{attacked.world.head()}:gitops.yaml")
    asked = rules.replace("from: dev", "from: dev, approval: {approvers: [alice]}")
    assert asked != rules
    commit = attacked.commit({"gitops.yaml": f"{asked}\n"}, "ask in stage", attacked.world.head())
    attacked.git("push", "--quiet", "origin", f"{commit}:refs/heads/main")
    attacked.fetch()


def test_no_promotion_is_built_on_what_nobody_approved(attacked: AttackedRepository) -> None:
    """Dev runs the release, and the trailers leave out who approved it for stage."""
    ask_for_approval_in_stage(attacked)
    stage, prod = rehearse(attacked)
    lines = stage.message.splitlines()
    alone = "\n".join(line for line in lines if not line.startswith("Gitops-Approved-By: "))
    attacked.deploy("99", to="dev")
    commit = let_in(attacked, Forged(stage.file, stage.text, alone))
    said = refused(attacked, "promote", "shop", "--to", "prod", *ALICE)
    assert f"99 came to stage by commit {commit[:12]}, which did not hold there: approval: " in said
    built = prod.commit(attacked)
    attacked.is_caught(built, "gate", words="order did not hold: 99 came to stage by commit")


def test_a_forged_promotion_takes_no_withdrawal_back(attacked: AttackedRepository) -> None:
    """Production's own record of a release that was rolled back there, against that gate."""
    attacked.deploy("16")
    attacked.roll_back()
    let_in(attacked, against_the_gates(attacked))
    attacked.deploy("17")
    said = refused(attacked, "promote", "shop", "--to", "prod", "--tag", "16", *ALICE)
    assert "16 was rolled back from prod" in said
    found = [each["message"] for each in attacked.audit() if each["kind"] == "gate"]
    assert ["withdrawn did not hold" in message for message in found] == [True]


def against_the_gates(attacked: AttackedRepository) -> Forged:
    """Return the promotion to production that the program refuses, as it would write it."""
    world = attacked.world
    plan = world.run("plan", "promote", "shop", "--to", "prod", *ALICE, check=3).result["plan_id"]
    log = attacked.git("log", "-1", "--format=%B", "--grep=-> prod 16", attacked.head)
    lines = [
        f"Gitops-Plan: 2:{plan}" if line.startswith("Gitops-Plan: ") else line
        for line in log.splitlines()
    ]
    return Forged(PROD, attacked.text(STAGE), "\n".join(lines))
