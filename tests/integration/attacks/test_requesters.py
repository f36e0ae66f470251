"""Whoever asks is who he is, however he spells himself: nobody approves what he asked for."""

from dataclasses import dataclass

from tests.integration.attacks.attacked import ALICE, FILE, AttackedRepository

SPELLINGS = (
    "alice+x@example.com",
    "ALICE@Example.com",
    "Somebody Else <alice@example.com>",
    "\u0430lice",  # Cyrillic
    "\uff41lice",
    "al\u200bice",
    "al\x07ice",
    "\x1balice",
    "alice\n mallory",
)


@dataclass
class Forger:
    """Makes promotions of 16, which runs in stage, that alice approved; ``plan`` is their id."""

    attacked: AttackedRepository
    plan: str
    digest: str

    @classmethod
    def of(cls, attacked: AttackedRepository) -> "Forger":
        attacked.deploy("16", to="stage")
        planned = attacked.world.run("plan", "promote", "shop", "--to", "prod", *ALICE)
        return cls(attacked, planned.result["plan_id"], attacked.world.image("16"))

    def commit(self, requester: str) -> str:
        """Return the promotion that this requester asked for."""
        text = self.attacked.with_tag("16").replace('digest: ""', f'digest: "{self.digest}"')
        message = (
            "promote(shop): stage -> prod 16\n\nGitops-Operation: promote\nGitops-App: shop\n"
            "Gitops-Environment: prod\nGitops-From: stage\n"
            f"Gitops-Image: {self.attacked.world.registry}:16@{self.digest}\n"
            f"Gitops-Plan: 2:{self.plan}\nGitops-Policy: {self.attacked.world.head()}\n"
            f"Gitops-Requested-By: {requester}\nGitops-Approved-By: alice\n"
        )
        return self.attacked.commit({FILE: text}, message)


def test_nobody_approves_his_own_under_another_spelling(attacked: AttackedRepository) -> None:
    if attacked.signed:
        return  # it is refused for its signature
    forger = Forger.of(attacked)
    before = attacked.head
    for requester in SPELLINGS:
        attacked.is_caught(forger.commit(requester), "gate", "approval")
        if not attacked.hook:
            attacked.push(before, force=True)
    attacked.is_taken(forger.commit("dave"))  # it is the requester, and nothing else about it


def test_a_name_that_a_terminal_would_obey_is_shown_escaped(attacked: AttackedRepository) -> None:
    hostile = "\x1b[2Kalice\x07\u202e"
    names = ("-c", f"user.name={hostile}", "-c", f"user.email={hostile}@example.com")
    attacked.switch()
    (attacked.clone / FILE).write_text(attacked.with_tag("99"))
    attacked.git(*names, "commit", "--quiet", "--all", "--message", f"by {hostile}")
    pushed = attacked.push(attacked.git("rev-parse", "HEAD"))
    ran = attacked.world.run("audit")
    assert pushed.taken == (ran.code == 3)
    shown = pushed.words + ran.out + ran.err
    assert "alice" in shown
    assert shown.replace("\n", "").replace("\t", "").isprintable()
