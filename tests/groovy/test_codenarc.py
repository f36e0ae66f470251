"""CodeNarc with the rules of Jenkins over the vars, Jenkinsfile.example and the examples in the pages."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.realparts import need
from tests.surroundings import ROOT, TOOLS

HERE = ROOT / "tests" / "groovy" / "codenarc"
FAULTY = {
    "notSerializable.groovy": "class Held { Object kept }\nHeld make() { return new Held() }\n",
    "secretInGString.groovy": 'def call() { def x = 1; return "${-> x}" }\n',
    "callFromNonCps.groovy": "import com.cloudbees.groovy.cps.NonCPS\n@NonCPS\ndef call() { helper() }\ndef helper() { 1 }\n",
    "doesNotParse.groovy": "def call( {\n",
    "doesNotResolve.groovy": "import com.example.Nowhere\nNowhere call() { return new Nowhere() }\n",
}


@pytest.fixture(autouse=True)
def _parts() -> None:
    need("java", "mvn")


def codenarc(sources: Path, work: Path) -> subprocess.CompletedProcess[str]:
    """Look at every Groovy file of a folder; code 0 when there is nothing to complain about."""
    options = [f"-basedir={sources}", f"-rulesetfiles=file:{HERE / 'rules.groovy'}", "-report=console", "-includes=**/*.groovy"]
    options += [f"-maxPriority{priority}Violations=0" for priority in (1, 2, 3)]
    command = ["mvn", "-q", "-B", f"-Dmaven.repo.local={TOOLS / 'maven'}", f"-DbuildDirectory={work}", "exec:exec"]
    # a process of its own: inside Maven's, its log of files that don't compile would be lost
    command += [
        "-Dexec.executable=java",
        f"-Dexec.args=-XX:TieredStopAtLevel=1 -cp %classpath{os.pathsep}{stubs(work)} org.codenarc.CodeNarc {' '.join(options)}",
    ]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=600, check=False)


def stubs(work: Path) -> Path:
    """Compile what stands for the classes of Jenkins that the vars may name."""
    java = ROOT / "tests" / "groovy" / "src" / "test" / "java"
    files = [str(path) for package in ("org", "hudson") for path in sorted((java / package).rglob("*.java"))]
    classes = work.with_name("stubs")
    subprocess.run(["javac", "-d", str(classes), *files], check=True, timeout=120)
    return classes


def sources(folder: Path) -> Path:
    """Gather what a Jenkins compiles; a Jenkinsfile without the line that is no Groovy outside Jenkins."""
    folder.mkdir()
    for var in (ROOT / "vars").glob("*.groovy"):
        (folder / var.name).write_bytes(var.read_bytes())
    texts = {"Jenkinsfile.example": (ROOT / "Jenkinsfile.example").read_text(encoding="utf-8")}
    for page in (ROOT / "docs").rglob("*.md"):
        blocks = re.findall(r"^```groovy\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        texts |= {f"{page.stem}-{number}": block for number, block in enumerate(blocks, 1)}
    for name, text in texts.items():
        plain = re.sub(r"^@Library.*\n", "\n", text, flags=re.MULTILINE)
        (folder / f"{re.sub(r'[^A-Za-z0-9]', '_', name)}.groovy").write_text(plain, encoding="utf-8")
    return folder


def test_nothing_to_complain_about_in_the_vars_and_the_examples(tmp_path: Path) -> None:
    looked_at = sources(tmp_path / "sources")
    done = codenarc(looked_at, tmp_path / "target")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Compilation failed" not in done.stdout + done.stderr
    assert f"TotalFiles={len(list(looked_at.iterdir()))} " in done.stdout


def test_what_breaks_in_jenkins_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name, text in FAULTY.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = codenarc(folder, tmp_path / "target")
    words = done.stdout + done.stderr
    assert done.returncode != 0
    for name in FAULTY:
        assert name in words, words
    for name in ("doesNotParse", "doesNotResolve"):
        assert re.search(rf"Compilation failed.*{name}", words), words
