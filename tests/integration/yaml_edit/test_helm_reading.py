"""What is read at a key is what Helm reads there, or it is said that it is not; and what an
operation writes is what Helm reads then.

Helm itself is asked about every document (tests/go/helm-batch).
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from gitops_ci.base.errors import ValuesError
from gitops_ci.core import yaml_edit
from gitops_ci.core.release_values import edits_for
from gitops_ci.model.config import App, TagKeys
from gitops_ci.model.key_path import Index, Key, KeyPath, parse_key_path
from gitops_ci.model.release import Image, Release
from tests import helm_batch
from tests.helm_batch import HelmError, Reader, TextReader
from tests.integration.yaml_edit.documents_for_helm import odd_files, ordinary_files
from tests.integration.yaml_edit.test_go_reader import candidates

TAG, DIGEST, *OTHERS = map(parse_key_path, ["image.tag", "image.digest", "on.t", "true.t", "1.t"])
REPOSITORY = "registry.example.com/shop"
APP = App(
    "shop",
    "",
    (
        TagKeys(
            repositories={"default": REPOSITORY},
            tag=TAG,
            digest=DIGEST,
            repository=parse_key_path("image.repository"),
            registry=parse_key_path("image.registry"),
            digest_if_present=True,
        ),
    ),
)
RELEASE = Release((Image(REPOSITORY, "9.10", f"sha256:{'e' * 64}"),))


@pytest.fixture(scope="module")
def helm() -> Iterator[TextReader]:
    with helm_batch.text_reader() as reader:
        yield reader


@pytest.fixture(scope="module")
def whole() -> Iterator[Reader]:
    with helm_batch.reader() as reader:
        yield reader


def many(times: int) -> settings:
    profile = settings.default
    assert profile is not None
    return settings(max_examples=profile.max_examples * times)


def operate(text: str) -> str:
    """Return the file as an update writes it."""
    data = text.encode()
    edits = edits_for(data, APP, RELEASE, branch="main", file="values.yaml")
    keys = {edit.key: edit.after for edit in edits}
    return yaml_edit.set_values(data, keys, name="values.yaml").decode()


def texts_of(helm: TextReader, text: str, paths: list[KeyPath]) -> list[Any] | None:
    """Return what Helm reads at some paths, None where it refuses the file."""
    try:
        return helm.texts(text, [steps(path) for path in paths])
    except HelmError:
        return None


def steps(path: KeyPath) -> list[str | int]:
    found: list[str | int] = []
    for segment in path.segments:
        assert isinstance(segment, Key | Index)
        found.append(segment.name if isinstance(segment, Key) else segment.number)
    return found


def check_reading(helm: TextReader, text: str, path: KeyPath) -> None:
    """Hold what we read at a path, if we read it, against what Helm reads."""
    try:
        scalar = yaml_edit.read(text.encode(), [path], name="v")[path]
    except ValuesError:
        return
    found = texts_of(helm, text, [path])
    if scalar is None:
        assert found in (None, [None])
    elif scalar.misreading is None:
        assert found == [None if scalar.is_null else scalar.text] or scalar.in_object
    elif scalar.misreading.cause == "value":
        assert found == [scalar.misreading.seen]
    elif "Helm 4" not in scalar.misreading.seen and not may_be_replaced(text):
        assert found != [scalar.text]


def may_be_replaced(text: str) -> bool:
    """Tell whether a merge may replace a number that JSON has not: we refuse such a file in doubt,
    and Helm reads it.
    """
    return "<<" in text and (".inf" in text or ".nan" in text)


@many(2)
@given(odd_files() | odd_files(several=True))
def test_what_is_read_is_what_helm_reads(helm: TextReader, text: str) -> None:
    for path in (TAG, DIGEST, *OTHERS):
        check_reading(helm, text, path)


@many(2)
@given(odd_files())
def test_what_is_written_is_what_helm_reads_then(
    helm: TextReader, whole: Reader, text: str
) -> None:
    try:
        written = operate(text)
    except ValuesError as error:
        assert error.remedy
        return
    tag, digest = texts_of(helm, written, [TAG, DIGEST]) or (None, None)
    (image,) = RELEASE.images
    assert tag == image.tag
    assert digest in {None, image.digest}
    check_rest(whole, text, written)


@many(1)
@given(odd_files(several=True))
def test_helm_4_reads_the_same_in_several_documents(whole: Reader, text: str) -> None:
    try:
        scalar = yaml_edit.read(text.encode(), [TAG], name="v")[TAG]
    except ValuesError:
        return
    if scalar is None or scalar.misreading or scalar.in_object:
        return
    try:
        found = helm_4(whole, text)["image"]["tag"]
    except HelmError:
        return  # it is stricter with what stands behind the dashes
    assert type(found) is not str or found == scalar.text


def helm_4(whole: Reader, text: str) -> dict[str, Any]:
    """Return what Helm 4 reads: it takes lines of dashes for the ends of documents, and lays each
    document over those before it.
    """
    values: dict[str, Any] = {}
    for document in re.split(r"^---.*\n?", text, flags=re.MULTILINE):
        values = laid_over(values, whole.read(document))
    return values


def laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = below | above
    for key in below.keys() & above.keys():
        if isinstance(below[key], dict) and isinstance(above[key], dict):
            merged[key] = laid_over(below[key], above[key])
    return merged


def check_rest(whole: Reader, before: str, after: str) -> None:
    """Hold everything else in a file against what it was."""
    try:
        values = whole.read(before)
    except HelmError:
        return  # the value that was replaced was what Helm refused
    changed = whole.read(after)
    values["image"] |= {"tag": changed["image"]["tag"]}
    if "digest" in values["image"]:
        values["image"] |= {"digest": changed["image"]["digest"]}
    assert values == changed


def test_most_ordinary_files_are_written(helm: TextReader) -> None:
    """Those that are not have an anchor that is used elsewhere."""
    outcomes: list[bool] = []

    @many(3)
    @given(ordinary_files())
    def try_one(text: str) -> None:
        check_reading(helm, text, TAG)
        try:
            written = operate(text)
        except ValuesError:
            outcomes.append(False)
            return
        outcomes.append(True)
        assert texts_of(helm, written, [TAG]) == [RELEASE.images[0].tag]

    try_one()
    assert sum(outcomes) >= 0.8 * len(outcomes)


def test_every_plain_scalar_is_read_as_helm_reads_it(helm: TextReader) -> None:
    for text in candidates():
        for frame in ("image:\n  tag: {}\n", "image: {{tag: {}}}\n", "1: {{}}\n{}: {{t: a}}\n"):
            for path in (TAG, *OTHERS):
                check_reading(helm, frame.format(text), path)


@pytest.mark.parametrize("name", ["1.1", "1000", "true", "0.1", "1e+06", "33554433", "-1", "+1"])
def test_keys_that_are_numbers_are_called_as_helm_calls_them(helm: TextReader, name: str) -> None:
    spellings = ["1.10", "1e3", "0x3e8", "yes", ".1", "1000000.0", "33554433.0", "-0x1", "+1", name]
    path = KeyPath((Key(name),))
    for spelling in spellings:
        check_reading(helm, f"{spelling}: a\n", path)
        check_reading(helm, f'"{spelling}": a\n', path)
        check_reading(helm, f"{spelling}: a\n'{name}': a\n", path)
