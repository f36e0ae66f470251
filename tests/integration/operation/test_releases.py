"""What is written: several images, digest keys, whole references, release files, default tags and
late builds.
"""

import json
from pathlib import Path

import pytest

from tests.integration.operation.world import World

DEV = """\
version: 1
apps:
  shop: {images: [%s]}
environments:
  dev: {values: values.yaml}
"""
A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def dev(world: World, images: str, values: str) -> None:
    world.write({"gitops.yaml": DEV % images, "values.yaml": values})


def release_file(world: World, **fields: object) -> str:
    path = world.folder / "release.json"
    path.write_text(json.dumps({"schema": 1, **fields}), encoding="utf-8")
    return str(path)


def test_a_release_file_brings_everything_that_the_build_knew(world: World) -> None:
    digest = world.image("15")
    file = release_file(
        world,
        images=[{"repository": world.registry, "tag": "15", "digest": digest}],
        source_revision="4c1f" * 10,
        source_authors=["dave@example.com", "erin@example.com"],
        build_url="https://ci.example.com/job/shop/15/",
    )
    world.ok(
        "update",
        "shop",
        "--env",
        "dev",
        "--release",
        file,
        "--build-url",
        "https://ci.example.com/job/deploy/3/",
    )
    for line in (
        f"Gitops-Source-Revision: {'4c1f' * 10}",
        "Gitops-Source-Author: dave@example.com",
        "Gitops-Source-Author: erin@example.com",
        "Gitops-Build-Url: https://ci.example.com/job/shop/15/",
    ):
        assert line in world.trailers()
    world.ok(
        "promote", "shop", "--to", "stage", "--build-url", "https://ci.example.com/job/promote/7/"
    )
    assert "Gitops-Source-Author: erin@example.com" in world.trailers()
    assert "Gitops-Build-Url: https://ci.example.com/job/shop/15/" in world.trailers()


def test_what_a_rollback_returns_to_keeps_its_authors(world: World) -> None:
    for number, author in ((14, "alice@example.com"), (15, "dave@example.com")):
        digest = world.image(str(number))
        image = {"repository": world.registry, "tag": str(number), "digest": digest}
        file = release_file(world, images=[image], source_authors=[author])
        world.ok("update", "shop", "--env", "dev", "--release", file)
        world.ok("promote", "shop", "--to", "stage")
    ran = world.ok("rollback", "shop", "--env", "stage")
    assert ran.result["release"]["source_authors"] == ["alice@example.com"]
    approved = ("--approved-by", "alice", "--requested-by", "carol")
    ran = world.refused("promote", "shop", "--to", "prod", *approved)
    assert "alice is an author of the source revision" in ran.result["message"]


def test_a_release_file_and_other_words_for_the_release_exclude_each_other(world: World) -> None:
    file = release_file(world, images=[{"repository": world.registry, "tag": "15"}])
    for words in (["--tag", "16"], ["--image", f"{world.registry}:16"], ["--digest", A]):
        ran = world.refused("update", "shop", "--env", "dev", "--release", file, *words, code=2)
        assert words[0] in ran.result["message"]
    ran = world.refused(
        "promote", "shop", "--to", "stage", "--release", file, "--tag", "15", code=2
    )
    assert "--tag" in ran.result["message"]


def test_a_bad_release_file_is_named(world: World) -> None:
    ran = world.refused(
        "update", "shop", "--env", "dev", "--release", str(world.folder / "none.json"), code=1
    )
    assert "none.json can't be read" in ran.result["message"]
    for content in (
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"images": []}',
        b'{"images": [{"repository": "a b", "tag": "1"}]}',
    ):
        (world.folder / "bad.json").write_bytes(content)
        ran = world.refused(
            "update", "shop", "--env", "dev", "--release", str(world.folder / "bad.json"), code=1
        )
        assert "bad.json" in ran.result["message"]


def test_several_images_move_together_and_an_update_names_some(world: World) -> None:
    dev(
        world,
        "{repository: r.example.com/web, tag: web.tag, digest: web.digest}, {repository: "
        "r.example.com/job, tag: job.tag}",
        'web: {tag: "1", digest: ""}\njob: {tag: "1"}\n',
    )
    ran = world.refused("update", "shop", "--env", "dev", "--tag", "2", code=2)
    assert "2 images" in ran.result["message"]
    world.ok("update", "shop", "--env", "dev", "--image", f"r.example.com/web:2@{A}")
    assert world.text("values.yaml") == f'web: {{tag: "2", digest: "{A}"}}\njob: {{tag: "1"}}'
    world.ok(
        "update",
        "shop",
        "--env",
        "dev",
        "--image",
        "r.example.com/web",
        "--image",
        "r.example.com/job",
        "--tag",
        "3",
    )
    assert world.text("values.yaml") == 'web: {tag: "3", digest: ""}\njob: {tag: "3"}'


def test_an_image_that_is_not_one_of_the_applications_is_an_error_beside_one_that_is(
    world: World,
) -> None:
    dev(
        world,
        "{repository: r.example.com/web, tag: web}, {repository: r.example.com/job, tag: job}",
        'web: "1"\njob: "1"\n',
    )
    words = ("--image", "r.example.com/web:2", "--image", "r.example.com/jbo:2")
    ran = world.refused("update", "shop", "--env", "dev", *words, code=2)
    assert "r.example.com/jbo" in ran.result["message"]


def test_one_image_at_two_keys_is_written_at_both(world: World) -> None:
    dev(
        world,
        "{repository: r.example.com/web, tag: web.tag}, {repository: r.example.com/web, "
        "tag: migration.tag}",
        'web: {tag: "1"}\nmigration: {tag: "1"}\n',
    )
    world.ok("update", "shop", "--env", "dev", "--image", "r.example.com/web:2")
    assert world.text("values.yaml") == 'web: {tag: "2"}\nmigration: {tag: "2"}'
    world.ok("update", "shop", "--env", "dev", "--tag", "3")
    assert world.text("values.yaml") == 'web: {tag: "3"}\nmigration: {tag: "3"}'


def test_an_unknown_digest_empties_the_key(world: World) -> None:
    dev(
        world,
        "{repository: r.example.com/web, tag: tag, digest: digest}",
        f'tag: "1"\ndigest: {A}\n',
    )
    ran = world.ok("update", "shop", "--env", "dev", "--tag", "2")
    assert world.text("values.yaml") == 'tag: "2"\ndigest: ""'
    assert "not confirmed" in ran.result["warnings"][0]


def test_a_digest_key_that_is_missing_is_named(world: World) -> None:
    dev(
        world,
        "{repository: r.example.com/web, tag: image.tag, digest: image.digest}",
        'image:\n  tag: "1"\n',
    )
    ran = world.refused("update", "shop", "--env", "dev", "--tag", "2", "--digest", A, code=1)
    assert "image.digest" in ran.result["message"]


def test_a_whole_reference_is_kept_in_its_form(world: World) -> None:
    dev(world, "{reference: image}", 'image: "localhost:5000/web:1"  # web\n')
    world.ok("update", "shop", "--env", "dev", "--tag", "2", "--digest", A)
    assert world.text("values.yaml") == 'image: "localhost:5000/web:2"  # web'
    world.write({"values.yaml": f"image: localhost:5000/web:2@{A}\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "3", "--digest", B)
    assert world.text("values.yaml") == f"image: localhost:5000/web:3@{B}"
    ran = world.refused("update", "shop", "--env", "dev", "--tag", "4", code=1)
    assert "digest" in ran.result["message"]


def test_an_empty_reference_without_a_repository_is_not_guessed(world: World) -> None:
    dev(world, "{reference: image}", 'image: ""\n')
    ran = world.refused("update", "shop", "--env", "dev", "--tag", "2", code=1)
    assert "repository" in ran.result["message"]
    world.ok("update", "shop", "--env", "dev", "--image", "localhost:5000/web:2")
    assert world.text("values.yaml") == 'image: "localhost:5000/web:2"'


def test_a_reference_by_digest_alone_is_known_to_the_ledger(world: World) -> None:
    dev(world, "{reference: image}", f"image: localhost:5000/web@{A}\n")
    first = world.ok("adopt", "shop", "--env", "dev", "--reason", "start").result["commit"]
    assert (
        world.same("adopt", "shop", "--env", "dev", "--reason", "start").result["commit"] == first
    )
    second = world.ok("update", "shop", "--env", "dev", "--tag", "2", "--digest", B).result[
        "commit"
    ]
    assert (
        world.same("update", "shop", "--env", "dev", "--tag", "2", "--digest", B).result["commit"]
        == second
    )


def test_a_tag_with_its_digest_is_kept_in_that_form(world: World) -> None:
    dev(world, "{repository: r.example.com/web, tag: tag}", f"tag: 1@{A}\n")
    world.ok("update", "shop", "--env", "dev", "--tag", "2", "--digest", B)
    assert world.text("values.yaml") == f"tag: 2@{B}"


def test_the_repository_is_read_beside_the_tag(world: World) -> None:
    dev(
        world,
        "{tag: image.tag}",
        "image:\n  registry: r.example.com\n  repository: team/web\n  tag: ''\n",
    )
    ran = world.ok("update", "shop", "--env", "dev", "--tag", "2")
    assert ran.result["release"]["images"][0]["repository"] == "r.example.com/team/web"


def test_a_value_that_is_no_tag_is_replaced_but_never_promoted(world: World) -> None:
    broken = 'image:\n  tag: "a b\\n\\nGitops-App: forged"\n  digest: ""\n'
    world.write({"values-dev.yaml": broken})
    ran = world.refused("promote", "shop", "--to", "stage", code=1)
    assert "values-dev.yaml" in ran.result["message"]
    assert "not an image tag" in ran.result["message"]
    world.image("15")
    commit = world.ok("update", "shop", "--env", "dev", "--tag", "15").result["commit"]
    assert world.same("update", "shop", "--env", "dev", "--tag", "15").result["commit"] == commit
    assert world.message().count("\n\n") == 1


def test_the_default_tag_is_the_build_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.image("15")
    monkeypatch.setenv("BUILD_NUMBER", "15")
    ran = world.ok("update", "shop", "--env", "dev")
    assert ran.result["release"]["tag"] == "15"


def test_the_default_tag_of_a_multibranch_job_has_the_revision(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_NUMBER", "15")
    monkeypatch.setenv("BRANCH_NAME", "main")
    ran = world.refused("update", "shop", "--env", "dev", code=2)
    assert "--tag" in ran.err
    assert "--revision" not in ran.err
    monkeypatch.setenv("GIT_COMMIT", "4c1f" * 10)
    world.image("15-4c1f4c1f4c1f")
    assert world.ok("update", "shop", "--env", "dev").result["release"]["tag"] == "15-4c1f4c1f4c1f"


def test_without_a_build_number_a_tag_is_asked_for(world: World) -> None:
    ran = world.refused("update", "shop", "--env", "dev", code=2)
    assert "--tag" in ran.err


def test_the_build_of_a_pull_request_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHANGE_ID", "7")
    ran = world.refused("update", "shop", "--env", "dev", "--tag", "15")
    assert "pull request 7" in ran.result["message"]
    world.refused("plan", "update", "shop", "--env", "dev", "--tag", "15")


JOB = "https://ci.example.com/job/shop"


def test_a_late_build_does_not_replace_a_newer_one(world: World) -> None:
    for tag in ("15", "16"):
        world.image(tag)
    world.ok("update", "shop", "--env", "dev", "--tag", "16", "--build-url", f"{JOB}/16/")
    late = ("update", "shop", "--env", "dev", "--tag", "15", "--build-url", f"{JOB}/15/")
    ran = world.refused(*late)
    assert f"{JOB}/16/" in ran.result["message"]
    assert "--allow-older" in ran.out
    world.ok(*late, "--allow-older")
    world.ok("update", "shop", "--env", "dev", "--tag", "16", "--build-url", f"{JOB}/17/")
    world.ok(
        "update",
        "shop",
        "--env",
        "dev",
        "--tag",
        "15",
        "--build-url",
        "https://ci.example.com/job/other/1/",
    )


def test_a_late_build_is_told_by_its_release_file(world: World) -> None:
    files = {}
    for number in (15, 16):
        digest = world.image(f"v{number}")
        files[number] = release_file(
            world,
            images=[{"repository": world.registry, "tag": f"v{number}", "digest": digest}],
            build_url=f"{JOB}/{number}/",
        )
        files[number] = str(Path(files[number]).rename(world.folder / f"{number}.json"))
    deploying = "https://ci.example.com/job/deploy"
    world.ok(
        "update", "shop", "--env", "dev", "--release", files[16], "--build-url", f"{deploying}/1/"
    )
    world.refused(
        "update", "shop", "--env", "dev", "--release", files[15], "--build-url", f"{deploying}/2/"
    )
