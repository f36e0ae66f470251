"""The Groovy that Jenkins embeds reads the literals of the promotion job as what they stand for."""

import subprocess
from pathlib import Path

from gitops_ci.promotion_job.groovy import literal
from tests.realparts import need
from tests.surroundings import TOOLS

GROOVY = "2.4.21"
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


def test_groovy_reads_what_was_written(tmp_path: Path):
    need("java", "mvn")
    local = TOOLS / "maven"
    jar = local / "org/codehaus/groovy/groovy-all" / GROOVY / f"groovy-all-{GROOVY}.jar"
    if not jar.exists():
        get = ["mvn", "-q", "-B", f"-Dmaven.repo.local={local}", "dependency:get", "-Dtransitive=false"]
        subprocess.run(
            [*get, f"-Dartifact=org.codehaus.groovy:groovy-all:{GROOVY}"], check=True, capture_output=True, timeout=600
        )
    script = tmp_path / "script.groovy"
    script.write_text(f"for (text in {literal(HOSTILE)}) {{ println(text.getBytes('UTF-8').encodeHex()) }}\n", encoding="utf-8")
    command = ["java", "-cp", str(jar), "-Dfile.encoding=UTF-8", "groovy.ui.GroovyMain", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert [bytes.fromhex(line).decode() for line in done.stdout.splitlines()] == HOSTILE
