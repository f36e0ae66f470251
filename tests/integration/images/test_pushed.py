"""``build --pushed`` records what another tool has pushed."""

from pathlib import Path

import pytest

from gitops_ci.demo.images import make_image
from tests.integration.images import witness
from tests.integration.images.command import build, recorded
from tests.integration.images.layouts import make_index
from tests.realparts import need
from tests.servers.fake_registry import FakeRegistry
from tests.servers.faults import Reply
from tests.servers.registry import Registry

OTHER = f"sha256:{'0' * 64}"


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    folder = tmp_path / "layout"
    make_image(folder, "15", {}, {"hello": b"hello"})
    return folder


def test_an_index_of_another_tool_is_recorded_by_its_own_digest(
    checkout: Path, layout: Path, open_registry: Registry
) -> None:
    need("skopeo")
    digest = make_index(layout, "multi", {"15": "amd64"})
    witness.copy(layout, "multi", open_registry, "pushed/app:15")
    name = f"{open_registry.host}/pushed/app:15"
    for words in ([name], [f"{name}@{digest}"], [name, "--digest", digest]):
        ran = build(checkout, "--pushed", *words, "--plain-http", open_registry.host)
        assert ran.code == 0, ran.stderr
        assert recorded(checkout)["images"] == [
            {"repository": f"{open_registry.host}/pushed/app", "tag": "15", "digest": digest}
        ]


def test_an_image_in_a_layout_needs_no_network(checkout: Path, tmp_path: Path) -> None:
    digest = make_image(tmp_path / "images", "15", {}, {"hello": b"hello"})
    ran = build(
        checkout,
        "--pushed",
        f"oci:{tmp_path}/images:15",
        http_proxy="http://127.0.0.1:9",
        https_proxy="http://127.0.0.1:9",
    )
    assert ran.code == 0, ran.stderr
    assert recorded(checkout)["images"] == [
        {"repository": f"oci:{tmp_path}/images", "tag": "15", "digest": digest}
    ]
    assert recorded(checkout)["build_number"] == "15"


def test_another_digest_than_the_one_given_is_refused(checkout: Path, layout: Path) -> None:
    ran = build(checkout, "--pushed", f"oci:{layout}:15", "--digest", OTHER)
    assert ran.code == 1
    assert OTHER in ran.result["message"]
    assert not (checkout / "release.json").exists()


def test_two_digests_that_differ_are_a_usage_error(checkout: Path, layout: Path) -> None:
    ran = build(checkout, "--pushed", f"oci:{layout}:15@sha256:{'1' * 64}", "--digest", OTHER)
    assert ran.code == 2


def test_what_was_not_pushed_can_not_be_recorded(checkout: Path, layout: Path) -> None:
    ran = build(checkout, "--pushed", f"oci:{layout}:16")
    assert ran.code == 1
    assert "there is no image" in ran.result["message"]


@pytest.mark.parametrize(("status", "code"), [(503, 4), (429, 4), (401, 1), (403, 1)])
def test_a_registry_that_does_not_tell_is_not_believed(
    checkout: Path, fake: FakeRegistry, status: int, code: int
) -> None:
    fake.always = Reply(status)
    ran = build(
        checkout, "--pushed", f"{fake.host}/app:15", "--digest", OTHER, "--plain-http", fake.host
    )
    assert ran.code == code
    assert str(status) in ran.result["message"]
    assert not (checkout / "release.json").exists()


def test_a_file_that_is_no_release_file_is_not_overwritten(checkout: Path, layout: Path) -> None:
    (checkout / "package.json").write_text('{"name": "app"}')
    ran = build(checkout, "--pushed", f"oci:{layout}:15", "--release", "package.json")
    assert ran.code == 1
    assert "package.json" in ran.result["message"]
    assert (checkout / "package.json").read_text() == '{"name": "app"}'


@pytest.mark.parametrize("place", ["missing/release.json", "."])
def test_a_release_file_that_can_not_be_written_is_named(
    checkout: Path, layout: Path, place: str
) -> None:
    ran = build(checkout, "--pushed", f"oci:{layout}:15", "--release", place)
    assert ran.code == 1
    assert "release file" in ran.result["message"]
    assert "Traceback" not in ran.stderr
