"""When two releases are the same, and what one learns from another: laws that hold for any
images.
"""

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.core.config.implicit import implicit_config
from gitops_ci.model.operation import UPDATE, Record, Target
from gitops_ci.model.release import Image, Release

TAGS = st.sampled_from(["", "1", "2"])
DIGESTS = st.sampled_from([None, "sha256:" + 64 * "a", "sha256:" + 64 * "b"])
IMAGES = st.builds(Image, st.sampled_from(["", "r/shop", "other/shop"]), TAGS, DIGESTS)
RELEASES = st.builds(
    Release,
    st.lists(IMAGES, max_size=3).map(tuple),
    st.sampled_from([None, "rev"]),
    st.sampled_from([(), ("dave",)]),
    st.sampled_from([None, "https://ci/1"]),
)


@st.composite
def alike(draw: st.DrawFn) -> tuple[Release, Release]:
    """Two releases of one application, which are often the same: chance alone seldom makes such."""
    images = draw(st.lists(st.tuples(TAGS, TAGS, DIGESTS, DIGESTS), min_size=1, max_size=3))
    same = draw(st.booleans())
    one = Release(tuple(Image("r/shop", tag, digest) for tag, _, digest, _ in images))
    other = ((tag if same else own, digest) for tag, own, _, digest in images)
    return one, Release(tuple(Image("mirror/shop", *each) for each in other), "rev", ("dave",))


@given(RELEASES)
def test_a_release_is_the_same_as_itself_in_every_sense(release: Release) -> None:
    assert release.same_content(release)
    assert release.same_text(release)
    assert release.satisfies(release)


@given(RELEASES, RELEASES)
def test_the_comparisons_do_not_depend_on_who_is_asked(one: Release, other: Release) -> None:
    assert one.same_content(other) == other.same_content(one)
    assert one.same_text(other) == other.same_text(one)
    assert one.satisfies(other) == other.satisfies(one)


@given(alike())
def test_the_same_text_satisfies_a_claim_and_what_satisfies_it_is_the_same_content(
    pair: tuple[Release, Release],
) -> None:
    one, other = pair
    assert not one.same_text(other) or one.satisfies(other)
    assert not one.satisfies(other) or one.same_content(other)


@given(alike())
def test_known_digests_alone_decide_about_the_content(pair: tuple[Release, Release]) -> None:
    known = [release for release in pair if all(image.digest for image in release.images)]
    if len(known) == 2:
        digests = [[image.digest for image in release.images] for release in known]
        assert known[0].same_content(known[1]) == (digests[0] == digests[1])


@given(alike())
def test_without_digests_the_tags_decide_about_the_content(pair: tuple[Release, Release]) -> None:
    one, other = pair
    bare = Release(tuple(Image(image.repository, image.tag) for image in one.images))
    tags = [[image.tag for image in release.images] for release in pair]
    assert bare.same_content(other) == (tags[0] == tags[1])


@given(RELEASES, IMAGES)
def test_releases_of_another_number_of_images_are_never_the_same(
    release: Release, image: Image
) -> None:
    longer = Release((*release.images, image))
    assert not release.same_content(longer)
    assert not release.same_text(longer)
    assert not release.satisfies(longer)


@given(RELEASES, st.text(max_size=5))
def test_no_repository_makes_a_difference(release: Release, repository: str) -> None:
    moved = Release(tuple(Image(repository, each.tag, each.digest) for each in release.images))
    assert release.same_content(moved)
    assert release.same_text(moved)
    assert release.satisfies(moved)


@given(alike())
def test_what_is_known_completes_only_the_same_content(pair: tuple[Release, Release]) -> None:
    one, known = pair
    if not one.same_content(known):
        assert one.completed_by(known) is one


@given(alike())
def test_a_completed_release_is_the_one_that_it_was_and_has_all_that_is_known(
    pair: tuple[Release, Release],
) -> None:
    one, known = pair
    full = one.completed_by(known)
    assert full.same_content(one)
    assert [(each.repository, each.tag) for each in full.images] == [
        (each.repository, each.tag) for each in one.images
    ]
    if one.same_content(known):
        assert full.source_revision == known.source_revision
        assert full.source_authors == known.source_authors
        for before, after, there in zip(one.images, full.images, known.images, strict=True):
            assert after.digest == (before.digest or there.digest)


@given(alike())
def test_who_is_completed_twice_learns_nothing_new(pair: tuple[Release, Release]) -> None:
    one, known = pair
    full = one.completed_by(known)
    assert full.completed_by(known) == full


@given(RELEASES)
def test_a_release_is_deployed_by_any_image_and_fully_by_all(release: Release) -> None:
    texts = [image.tag + (image.digest or "") for image in release.images]
    assert release.deployed == ("".join(texts) != "")
    assert release.fully_deployed == ("" not in texts)


@given(RELEASES)
def test_a_label_names_every_tag_and_nothing_where_nothing_is(release: Release) -> None:
    assert all(image.tag in release.label for image in release.images)
    assert release.label == release.label.strip(", ")
    if not release.images:
        assert release.label == ""


@given(RELEASES, TAGS)
def test_a_release_has_the_tags_of_its_images(release: Release, tag: str) -> None:
    assert release.has_tag(tag) == (tag in {image.tag for image in release.images})
    assert not release.has_tag(None)


@given(alike())
def test_a_record_brought_what_stands_there_only_with_its_tags_and_the_same_content(
    pair: tuple[Release, Release],
) -> None:
    running, brought = pair
    config = implicit_config("shop")
    app, environment = config.apps["shop"], config.environments["dev"]
    target = Target(app, environment, "main", "values-dev.yaml", running)
    record = Record("c" * 40, None, 0, UPDATE, "shop", "dev", brought)
    assert (target.brought_by(record) is record) == running.satisfies(brought)
    assert target.brought_by(None) is None
