"""The tests' own way to render charts and `helm template` say the same."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from gitops_ci.core.scaffold import ENVIRONMENTS
from tests.helm_batch import HelmError, Renderer
from tests.integration.scaffold.test_chart import EVERYTHING, release
from tests.realparts import need
from tests.unit.core.scaffold.repositories import VARIANTS, folder, settings

# what init does not write: hooks, notes, a subchart that a value switches on, several documents in
# a file, lists and nulls
FILES = {
    "Chart.yaml": """
apiVersion: v2
name: odd
version: 1.0.0
dependencies: [{name: below, version: 1.0.0, condition: below.enabled}]
""",
    "values.yaml": "word: one\nkept: {a: 1, b: 2}\nlist: [1, 2]\nbelow: {enabled: false}\n",
    "templates/NOTES.txt": "read {{ .Values.word }}\n",
    "templates/_named.tpl": '{{ define "odd.name" }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}',
    "templates/job.yaml": """
apiVersion: batch/v1
kind: Job
metadata: {name: {{ include "odd.name" . }}, annotations: {helm.sh/hook: pre-install}}
""",
    "templates/both.yaml": """
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Namespace }}-{{ .Values.word }}}
---
# empty
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ required "a word" .Values.word }}}
data:
  all: {{ .Values | toJson | quote }}
  versions: {{ .Capabilities.KubeVersion.Version | quote }}
""",
    "charts/below/Chart.yaml": "apiVersion: v2\nname: below\nversion: 1.0.0\n",
    "charts/below/values.yaml": "depth: 1\n",
    "charts/below/templates/pod.yaml": """
apiVersion: v1
kind: Pod
metadata: {name: p-{{ .Values.depth }}}
""",
}
NAMED = ("plain", "everything", "refused")
SETS: list[tuple[str, ...]] = [
    (),
    ("below.enabled=true",),
    ("below.enabled=true", "below.depth=2"),
    ("kept.a=null", "list={3}"),
    ("word=null",),
    ("word=a: b: c",),
]


def template(
    chart: Path,
    name: str,
    values: Sequence[Path],
    sets: Sequence[str],
) -> tuple[int, str]:
    """Return what `helm template` prints, or why it refuses."""
    files = [word for file in values for word in ("--values", str(file))]
    words = ["helm", "template", name, str(chart), *files]
    words += [word for each in sets for word in ("--set", each)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stderr if done.returncode else done.stdout


def compare(
    helm: Renderer,
    chart: Path,
    name: str,
    values: Sequence[Path],
    sets: Sequence[str],
) -> None:
    need("helm")
    code, said = template(chart, name, values, sets)
    if code == 0:
        assert helm.render(chart, name, values, sets) == said
        return
    with pytest.raises(HelmError) as caught:
        helm.render(chart, name, values, sets)
    assert str(caught.value).strip() in said


@pytest.mark.parametrize(("layout", "strategy"), VARIANTS)
@pytest.mark.parametrize("sets", [(), EVERYTHING, ("image.tags=15",)], ids=NAMED)
def test_the_chart_of_init(
    layout: str,
    strategy: str,
    sets: tuple[str, ...],
    tmp_path: Path,
    helm: Renderer,
) -> None:
    place = folder(settings(layout, strategy), tmp_path)
    env = ENVIRONMENTS[-1]
    release(place, env)
    compare(helm, place / "charts", f"manual-app-{env}", [place / f"values-{env}.yaml"], sets)


@pytest.mark.parametrize("sets", SETS, ids=" ".join)
def test_a_chart_with_everything_else(
    sets: tuple[str, ...],
    tmp_path: Path,
    helm: Renderer,
) -> None:
    for path, text in FILES.items():
        (tmp_path / "odd" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "odd" / path).write_text(text, encoding="utf-8")
    for name, text in {
        "one": "word: two\nkept: {b: 3}\n",
        "two": "kept: {c: [4]}\nlist: []\n",
    }.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    compare(helm, tmp_path / "odd", "here", [tmp_path / "one.yaml", tmp_path / "two.yaml"], sets)


def test_what_is_no_chart_is_refused_as_helm_refuses_it(tmp_path: Path, helm: Renderer) -> None:
    compare(helm, tmp_path, "here", [], [])
