"""What has to hold in this repository on every day, so that a release can be made on any."""

import pytest

from scripts.releasing import carried, changelog, places
from scripts.releasing.places import Place
from tests.surroundings import ROOT

RELEASED = [place for place in places.PLACES if not place.developed]
DEVELOPED = [place for place in places.PLACES if place.developed]


@pytest.mark.parametrize("place", places.PROGRAM, ids=lambda place: place.spelling)
def test_the_program_has_its_version_where_a_release_writes_it(place: Place) -> None:
    assert len(places.named(ROOT, place)) == 1


def test_places_of_the_work_have_the_version_of_the_program() -> None:
    found = {version for place in DEVELOPED for version in places.named(ROOT, place)}
    assert found == {places.current(ROOT)}


def test_places_of_a_release_have_the_version_of_the_last_one() -> None:
    found = {version for place in RELEASED for version in places.named(ROOT, place)}
    last = changelog.last_release(ROOT)
    assert len(found) == 1
    assert last is None or found == {last}


def test_the_version_stands_in_no_other_place() -> None:
    versions = {version for place in places.PLACES for version in places.named(ROOT, place)}
    strays = [str(stray) for version in versions for stray in places.strays(ROOT, version)]
    remedy = "derive it from gitops_ci.__version__, or add a row to scripts/releasing/places.py"
    assert strays == [], remedy


def test_the_pieces_of_the_changelog_can_be_put_together() -> None:
    assert changelog.problems(ROOT) == []


def test_the_library_carries_the_program_of_the_last_release() -> None:
    assert carried.problems(ROOT) == []
