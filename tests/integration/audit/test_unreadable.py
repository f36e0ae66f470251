"""Values that can't be read are a violation, whatever makes them so: Helm and Argo CD may well read
them.
"""

from pathlib import Path

import pytest

from tests.integration.audit.people import ssh_signer
from tests.integration.audit.test_audit import audit, deploy, findings
from tests.integration.audit.test_server_hook import Server, ask_for_signers, server
from tests.integration.operation.world import VALUES, World
from tests.realparts import need

__all__ = ["server"]

CONFIG = """\
version: 1
apps:
  shop: {path: apps/shop, images: [{repository: "%(registry)s", tag: image.tag, digest: image.digest}]}
environments:
  dev: {values: values-dev.yaml}
  prod: {values: values-prod.yaml, from: dev}
"""
STARRED = CONFIG.replace("shop: {path: apps/shop", '"*": {path: "apps/{app}"')
EVIL = VALUES.replace('tag: ""', 'tag: "99"')
UNREADABLE: dict[str, bytes] = {
    "too large": EVIL.encode() + b"# comment\n" * 600_000,
    "binary": b"\x00\x01\x02" + EVIL.encode(),
    "not UTF-8": EVIL.encode("utf-16"),
    "no YAML": EVIL.encode() + b"\t{\n",
}


def violations(world: World) -> list[tuple[str, str]]:
    """Return kind and place of the violations of an audit that finds some."""
    return [
        (kind, place)
        for severity, kind, place in findings(world, code=3)
        if severity == "violation"
    ]


def folders(world: World, config: str) -> None:
    """Bring 15 to production of an application with a folder of its own."""
    files = {f"apps/shop/values-{name}.yaml": VALUES for name in ("dev", "prod")}
    world.write({**files, "gitops.yaml": config % {"registry": world.registry}})
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    world.ok("promote", "shop", "--to", "prod")


def hide(world: World, mode: str, target: str) -> None:
    """Put a link or a submodule where the application's folder was."""
    world.write({"elsewhere/values-prod.yaml": EVIL})
    world.write({}, gone=("apps/shop",))
    entry = (
        world.git("hash-object", "-w", "--stdin", stdin=target.encode())
        if mode == "120000"
        else world.head()
    )
    listed = world.git("ls-tree", "main")
    kind = "blob" if mode == "120000" else "commit"
    apps = world.git("mktree", "--missing", stdin=f"{mode} {kind} {entry}\tshop\n".encode())
    root = world.git("mktree", stdin=f"{listed}\n040000 tree {apps}\tapps\n".encode())
    commit = world.git("commit-tree", root, "-p", "main~1", "-m", "move the folder")
    world.git("update-ref", "refs/heads/main", commit)


@pytest.mark.parametrize("way", UNREADABLE)
def test_a_values_file_that_nobody_can_read_is_a_violation(world: World, way: str) -> None:
    world.after(deploy, "15")
    world.write({"values-prod.yaml": UNREADABLE[way]})
    assert violations(world) == [("hand-edit", "shop prod")]
    assert (
        "can't be read since hand@example.com changed it"
        in audit(world, code=3)["findings"][-1]["message"]
    )


def test_it_is_one_in_the_hook_too_with_signers_and_without(server: Server, tmp_path: Path) -> None:
    need("ssh-keygen")
    server.write({"values-prod.yaml": UNREADABLE["too large"].decode()})
    assert "larger than any values file" in server.push()
    ask_for_signers(server, ssh_signer(tmp_path, "pipeline"))
    server.write({"values-prod.yaml": UNREADABLE["too large"].decode()})
    assert "larger than any values file" in server.push()


@pytest.mark.parametrize("config", [CONFIG, STARRED], ids=["named", "any folder"])
@pytest.mark.parametrize("mode", ["120000", "160000"], ids=["link", "submodule"])
def test_a_folder_that_becomes_a_link_or_a_submodule_is_a_violation(
    world: World, mode: str, config: str
) -> None:
    """Argo CD follows it to values that no proof speaks of."""
    world.after(folders, config)
    begin = world.git("rev-parse", "main~2")
    hide(world, mode, "../elsewhere")
    found = [
        each
        for each in audit(world, "--since", begin, code=3)["findings"]
        if each["severity"] == "violation"
    ]
    assert {(each["kind"], each["environment"]) for each in found} == {
        ("hand-edit", "dev"),
        ("hand-edit", "prod"),
    }
    assert all("apps/shop is a" in each["message"] for each in found)


def test_a_link_where_no_folder_was_is_seen_as_an_application(world: World) -> None:
    """An ApplicationSet makes an application of everything below apps/."""
    world.after(folders, STARRED)
    begin = world.head()
    world.write({"apps/other": "../elsewhere"}, modes="120000")
    found = findings(world, "--since", begin, code=3)
    assert ("violation", "hand-edit", "other prod") in found


@pytest.mark.parametrize(
    "words",
    [("promote", "shop", "--to", "prod"), ("update", "shop", "--env", "dev", "--tag", "15")],
    ids=["promote", "update"],
)
def test_operations_refuse_what_lies_behind_a_link(world: World, words: tuple[str, ...]) -> None:
    world.after(folders, CONFIG)
    hide(world, "120000", "../elsewhere")
    assert "apps/shop is a symbolic link" in world.refused(*words, code=1).err


def test_status_calls_it_drift(world: World) -> None:
    world.after(folders, CONFIG)
    hide(world, "120000", "../elsewhere")
    assert {each["drift"] for each in world.run("status", check=0).result["standings"]} == {
        "apps/shop is a symbolic link in the repository"
    }
