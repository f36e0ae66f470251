"""CodeNarc with the rules of Jenkins over the vars, Jenkinsfile.example and the examples in the
pages.
"""

import datetime
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.groovy.java import HERE, MADE, OPTIONS, SOURCES, class_path, classes, jars
from tests.groovy.kept import Kind
from tests.realparts import need
from tests.surroundings import ROOT

POM = HERE / "codenarc" / "pom.xml"
LIBRARY = ROOT / "src"
RULES = HERE / "codenarc" / "rules.groovy"
# what stands for the classes of Jenkins that the vars may name
STUBS = sorted(
    path for package in ("hudson", "org") for path in (SOURCES / "java" / package).rglob("*.java")
)
FAULTY = {
    "notSerializable.groovy": "class Held { Object kept }\nHeld make() { return new Held() }\n",
    "secretInGString.groovy": 'def call() { def x = 1; return "${-> x}" }\n',
    "callFromNonCps.groovy": "import com.cloudbees.groovy.cps.NonCPS\n@NonCPS\ndef call() "
    "{ helper() }\ndef helper() "
    "{ 1 }\n",
    "doesNotParse.groovy": "def call( {\n",
    "doesNotResolve.groovy": "import com.example.Nowhere\nNowhere call() { "
    "return new Nowhere() }\n",
}


def ours() -> dict[str, str]:
    """Gather what a Jenkins compiles; a Jenkinsfile without the line that is no Groovy outside
    Jenkins.
    """
    library = [*(ROOT / "vars").glob("*.groovy"), *LIBRARY.rglob("*.groovy")]
    texts = {path.stem: path.read_text(encoding="utf-8") for path in library}
    texts["Jenkinsfile.example"] = (ROOT / "Jenkinsfile.example").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        blocks = re.findall(
            r"^```groovy\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        )
        name = page.relative_to(ROOT / "docs").with_suffix("")
        texts |= {f"{name}-{number}": block for number, block in enumerate(blocks, 1)}
    plain = {
        name: re.sub(r"^@Library.*\n", "\n", text, flags=re.MULTILINE)
        for name, text in texts.items()
    }
    return {f"{re.sub(r'[^A-Za-z0-9]', '_', name)}.groovy": text for name, text in plain.items()}


@pytest.fixture
def report(request: pytest.FixtureRequest) -> str:
    """Return what CodeNarc says of our files and of the faulty ones: kept until a file, a rule or a
    version changes.
    """
    need("java", "mvn")
    texts = {f"ours/{name}": text for name, text in ours().items()} | {
        f"faulty/{name}": text for name, text in FAULTY.items()
    }
    named = [POM, RULES, Path(__file__), *STUBS]
    contents = {name: text.encode() for name, text in texts.items()} | {
        str(path.relative_to(ROOT)): path.read_bytes() for path in named
    }
    file = Kind(MADE, "codenarc").of(
        contents, lambda kept: kept.write_text(codenarc(texts), encoding="utf-8")
    )
    made = datetime.datetime.fromtimestamp(file.stat().st_mtime).astimezone()
    words = (
        f"It looked at exactly these files, with these rules, at {made:%Y-%m-%d %H:%M:%S %z}: "
        f"{file}"
    )
    request.node.add_report_section("setup", "CodeNarc", words)
    return file.read_text(encoding="utf-8")


def codenarc(texts: dict[str, str]) -> str:
    """Return the report on files, and what was logged: files that don't compile are in the log
    alone.
    """
    with tempfile.TemporaryDirectory(prefix="codenarc-") as name:
        for file, text in texts.items():
            path = Path(name, file)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        command = [
            "java",
            *OPTIONS,
            "-cp",
            class_path(*jars(POM), classes(), LIBRARY),
            "org.codenarc.CodeNarc",
        ]
        command += [
            f"-basedir={name}",
            f"-rulesetfiles=file:{RULES}",
            "-report=console",
            "-includes=**/*.groovy",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    # what did not come to its end is not kept
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"TotalFiles={len(texts)} " in done.stdout, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_nothing_to_complain_about_in_the_vars_and_the_examples(report: str) -> None:
    complaints = re.split(r"^(?=File: )", report, flags=re.MULTILINE)
    assert [each for each in complaints if each.startswith("File: ours/")] == []
    assert [
        line for line in report.splitlines() if "Compilation failed" in line and "/ours/" in line
    ] == []


def test_what_breaks_in_jenkins_is_found(report: str) -> None:
    for name in FAULTY:
        assert f"/{name}" in report, report
    for name in ("doesNotParse", "doesNotResolve"):
        assert re.search(rf"Compilation failed.*/faulty/{name}", report), report
