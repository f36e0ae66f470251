"""Repositories that had values which Helm misreads before anybody looked: no violation, and no
operation on them.
"""

import pytest

from gitops_ci.core import yaml_edit
from gitops_ci.core.written_texts import WrittenTexts
from tests.integration.audit.test_audit import ALICE, audit, findings
from tests.integration.operation.world import CHAIN, VALUES, World

TWO_IMAGES = """\
version: 1
apps:
  shop:
    images:
    - {repository: "%(registry)s", tag: image.tag, digest: image.digest}
    - {repository: registry.example.com/proxy, tag: proxy.tag}
environments: {dev: {values: values-dev.yaml}}
"""
PLACES = ("dev", "stage", "prod")


def begin_again(world: World, text: str, rules: str = CHAIN) -> None:
    """Let the history begin with this text as every values file."""
    world.git("update-ref", "-d", "refs/heads/main")
    files = {f"values-{name}.yaml": text for name in PLACES}
    world.write({**files, "gitops.yaml": rules % {"registry": world.registry}}, "begin")


def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operate as version 0.3 did, which looked at texts alone."""
    monkeypatch.setattr(WrittenTexts, "check", lambda written_texts, rewriting=False: None)
    monkeypatch.setattr(yaml_edit, "check_documents", lambda *_: None)


def test_a_second_document_of_old_is_refused_and_no_violation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_again(world, f"other: 1\n---\n{VALUES}")
    world.image("15")
    refused = world.run("update", "shop", "--env", "dev", "--tag", "15", check=1)
    assert "values-dev.yaml, line 4: image.tag stands in another document" in refused.err
    with monkeypatch.context() as patch:
        as_before(patch)
        world.ok("update", "shop", "--env", "dev", "--tag", "15")
    assert findings(world) == [("notice", "misread", f"shop {name}") for name in PLACES]
    message = audit(world)["findings"][0]["message"]
    assert message == "values-dev.yaml: Helm reads nothing as image.tag, not the empty text"


def test_more_documents_without_the_key_are_nothing(world: World) -> None:
    begin_again(world, f"{VALUES}---\nother: 1\n")
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    assert findings(world) == []


def test_a_misread_value_of_old_is_replaced(world: World) -> None:
    begin_again(world, VALUES.replace('tag: ""', "tag: 1.10"))
    world.image("1.10")
    world.refused("promote", "shop", "--to", "stage", code=1)
    world.refused("adopt", "shop", "--env", "dev", "--reason", "x", code=1)
    world.ok("update", "shop", "--env", "dev", "--tag", "1.10")
    world.ok("promote", "shop", "--to", "stage")
    world.ok("promote", "shop", "--to", "prod", *ALICE)
    assert all('tag: "1.10"' in world.text(f"values-{name}.yaml") for name in PLACES)
    assert findings(world) == [("notice", "misread", f"shop {name}") for name in PLACES]


def test_what_0_3_left_beside_its_own_value_stays_valid(world: World) -> None:
    """It wrote the one image that moved, and the plan says nothing of the other."""
    begin_again(world, f"{VALUES}proxy: {{tag: 1.10}}\n", TWO_IMAGES)
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--image", f"{world.registry}:15")
    written, message = world.text("values-dev.yaml"), world.message()
    assert 'proxy: {tag: "1.10"}' in written
    world.git("update-ref", "refs/heads/main", "main~1")
    world.write({"values-dev.yaml": written.replace('"1.10"', "1.10")}, message)
    world.write({"values-dev.yaml": written.replace('"1.10"', "1.10") + "# more\n"})
    assert findings(world) == [("notice", "misread", "shop dev")]


def test_status_says_what_helm_reads(world: World) -> None:
    begin_again(world, VALUES.replace('tag: ""', "tag: 1.10"))
    status = world.run("status", check=0)
    assert "Helm reads image.tag as 1.1, not 1.10" in status.out
    world.write({"values-dev.yaml": f"other: 1\n---\n{VALUES}"})
    status = world.run("status", check=0)
    assert "image.tag stands in another document than the first" in status.out
