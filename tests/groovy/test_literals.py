"""The Groovy that Jenkins embeds reads the literals of the promotion job as what they stand for."""

import json
import subprocess
from pathlib import Path

from gitops_ci.core.promotion_job.groovy import literal, script
from tests.groovy.java import OPTIONS, POM, jars
from tests.realparts import need
from tests.unit.core.promotion_job.sample import definition

HOSTILE = [
    "",
    "plain",
    "it's",
    "'''",
    '"$x ${y} $',
    "\\",
    "\\\\",
    "\\'",
    "a\\u0041",
    "\\\\u0027 + 'x",
    "\\\\\\u000a",
    "C:\\users\\new\\table",
    "a\nb\r\nc\td",
    "/* // */ \\",
    "'); System.exit(7); ('",
    "é ✓ 😀 \u202e \u2028",
    "".join(chr(number) for number in range(1, 32)) + "\x7f7",
    *(f"{chr(number)}{digit}" for number in (1, 8, 27, 31) for digit in "07a"),
]


def printed_by(text: str, folder: Path) -> list[str]:
    """Run a script and return the lines that it prints."""
    need("java", "mvn")
    file = folder / "script.groovy"
    file.write_text(text, encoding="utf-8")
    command = [
        "java",
        *OPTIONS,
        "-cp",
        str(groovy()),
        "-Dfile.encoding=UTF-8",
        "groovy.ui.GroovyMain",
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def groovy() -> Path:
    """Return the Groovy that Jenkins embeds."""
    [jar] = [jar for jar in jars(POM) if jar.name.startswith("groovy-all-")]
    return jar


def test_groovy_reads_what_was_written(tmp_path: Path) -> None:
    lines = printed_by(
        f"for (text in {literal(HOSTILE)}) {{ println(text.getBytes('UTF-8').encodeHex()) }}\n",
        tmp_path,
    )
    assert [bytes.fromhex(line).decode() for line in lines] == HOSTILE


def test_the_script_of_the_job_calls_the_var_with_what_was_configured(tmp_path: Path) -> None:
    given = {
        "repo": HOSTILE[12],
        "approval": {"submitter": HOSTILE[:14], "timeout": 2, "reason": True},
        "lock": True,
    }
    library, call = script(definition(arguments=given)).split(" _\n", 1)
    assert library.splitlines()[-1] == "@Library('gitops-ci@v1.2.3')"
    var = "def gitopsPromotionJob(Map given) { println(groovy.json.JsonOutput.toJson(given)) }\n"
    assert [json.loads(line) for line in printed_by(var + call, tmp_path)] == [given]
