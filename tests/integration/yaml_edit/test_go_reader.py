"""Helm, Argo CD and kubectl read with Go's sigs.k8s.io/yaml: it takes a string for that string."""

import itertools
import random
from collections.abc import Iterator

import pytest

from gitops_ci.core.yaml_edit import set_values
from gitops_ci.model.key_path import parse_key_path
from tests import helm_batch
from tests.helm_batch import HelmError, Reader

FRAMES = [
    "tag: old\nb: 1\n",
    "tag: 'old'\nb: 1\n",
    "{tag: old, b: 1}",
    "tag:\nb: 1\n",
    "tag: !!str old\nb: 1\n",
]
# what some reader takes for a number, a date or a line break
KNOWN = ["12e5", "1_000", "2001-01-01", "0x_1", "0__x7", ".inf", "1:30"]
KNOWN += ["\x00", "\x85", "\u2028", "\ufeff", "😀"]


@pytest.fixture(scope="module")
def helm() -> Iterator[Reader]:
    with helm_batch.reader() as reader:
        yield reader


def candidates() -> list[str]:
    chance = random.Random(15)
    alphabets = [
        "0123456789_.eE+-xXoObBaAfF:n",
        "yYnNoOfFtTrRuUeEsSaAlLiI~.<=",
        "0123456789-T:Z. +",
        "01_xob",
        " :#'\"{}[],&*!|>%@`\t\na",
    ]
    wanted = [(alphabet, size) for alphabet in alphabets for size in range(1, 9)]
    drawn = ["".join(chance.choices(among, k=size)) for among, size in wanted for _ in range(60)]
    odd = "0127_.eE+-xXobBaAfFnNyY~:"
    small = [*odd, *("".join(each) for each in itertools.product(odd, repeat=2))]
    return sorted({*drawn, *small, *KNOWN})


@pytest.mark.parametrize("frame", FRAMES)
def test_helm_reads_the_string_that_was_written(helm: Reader, frame: str) -> None:
    path = parse_key_path("tag")
    before = frame.encode()
    written = {text: set_values(before, {path: text}, name="v").decode() for text in candidates()}
    found = {text: helm.read(document) for text, document in written.items()}
    assert found == {text: {"tag": text, "b": 1} for text in written}


def test_what_helm_cannot_read_is_an_error(helm: Reader) -> None:
    with pytest.raises(HelmError, match="mapping values are not allowed"):
        helm.read("a: b: c")
    assert helm.read("a: 1") == {"a": 1}
