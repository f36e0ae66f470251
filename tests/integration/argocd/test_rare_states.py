"""Applications that say what few do: annotated tags, steps of an ApplicationSet, what is only to be pruned, hydrated branches."""



from tests.integration.argocd.conftest import Wait
from tests.integration.argocd.recorded import at
from tests.integration.argocd.test_wait import NAME, commits
from tests.integration.operations.world import World
from tests.servers.argocd import FakeArgocd


def test_of_an_annotated_tag_the_object_may_be_named_in_place_of_its_commit(deployed: World, server: FakeArgocd, wait: Wait):
    new, old = commits(deployed)
    for name, commit in (("v14", old), ("v15", new)):
        deployed.git("-c", "user.name=a", "-c", "user.email=a@b.c", "tag", "-a", "-m", name, name, commit)
    server.play(NAME, at("08", deployed.git("rev-parse", "v15")))
    wait("--commit", new, check=0)
    server.play(NAME, at("08", deployed.git("rev-parse", "v14")))
    ran = wait("--commit", new, "--wait-timeout", "0.6s", check=5)
    assert "with 14, waits for commit" in ran.result["message"]
