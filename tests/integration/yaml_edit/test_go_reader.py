"""Go's sigs.k8s.io/yaml, which Helm, Argo CD and kubectl read with, takes what is written for the same string."""

import itertools
import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gitops_ci.key_path import parse_key_path
from gitops_ci.yaml_edit import set_values
from tests.realparts import need

# one JSON string (a YAML document) a line in, its data as JSON a line out
PROGRAM = """
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	documents := json.NewDecoder(os.Stdin)
	for {
		var document string
		if documents.Decode(&document) != nil {
			return
		}
		data, err := yaml.YAMLToJSON([]byte(document))
		if err != nil {
			data, _ = json.Marshal(err.Error())
		}
		fmt.Println(string(data))
	}
}
"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("go")
    folder = tmp_path_factory.mktemp("reader")
    (folder / "main.go").write_text(PROGRAM)
    (folder / "go.mod").write_text("module reader\n\ngo 1.22\n")
    for arguments in (["get", "sigs.k8s.io/yaml@v1.6.0"], ["build", "-o", "reader", "."]):
        done = subprocess.run(
            ["go", *arguments], cwd=folder, env={**os.environ, "GOFLAGS": "-mod=mod"}, capture_output=True, timeout=300
        )
        if done.returncode:
            pytest.skip(f"not available: go {arguments[0]} of sigs.k8s.io/yaml")
    return folder / "reader"


def go_reads(reader: Path, documents: list[str]) -> list[Any]:
    lines = "\n".join(json.dumps(document) for document in documents)
    done = subprocess.run([reader], input=lines.encode(), capture_output=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def candidates() -> list[str]:
    chance = random.Random(15)
    alphabets = [
        "0123456789_.eE+-xXoObBaAfF:n",
        "yYnNoOfFtTrRuUeEsSaAlLiI~.<=",
        "0123456789-T:Z. +",
        "01_xob",
        " :#'\"{}[],&*!|>%@`\t\na",
    ]
    drawn = ["".join(chance.choices(alphabet, k=size)) for alphabet in alphabets for size in range(1, 9) for _ in range(60)]
    small = ["".join(each) for size in (1, 2) for each in itertools.product("0127_.eE+-xXobBaAfFnNyY~:", repeat=size)]
    return sorted(
        {*drawn, *small, "12e5", "1_000", "2001-01-01", "0x_1", "0__x7", ".inf", "1:30", "\x00", "\x85", "\u2028", "\ufeff", "😀"}
    )


def test_go_reads_the_string_that_was_written(reader: Path) -> None:
    frames = ["tag: old\nb: 1\n", "tag: 'old'\nb: 1\n", "{tag: old, b: 1}", "tag:\nb: 1\n", "tag: !!str old\nb: 1\n"]
    path = parse_key_path("tag")
    written = [(text, set_values(frame.encode(), {path: text}, name="v").decode()) for frame in frames for text in candidates()]
    data = go_reads(reader, [document for _, document in written])
    wrong = [(document, read) for (text, document), read in zip(written, data, strict=True) if read != {"tag": text, "b": 1}]
    assert wrong == []
