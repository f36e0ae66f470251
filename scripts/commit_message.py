"""Holds a commit message against the rules of CONTRIBUTING.md: pre-commit calls it with the file
that Git hands over.
"""

import re
import subprocess
import sys
from pathlib import Path

LONGEST = 71  # of a subject: what `git log --oneline` and hosts show uncut

_SCISSORS = re.compile(r"^. -{8,} >8 -{8,}$", re.MULTILINE)
_TRAILER = re.compile(r"[A-Za-z][A-Za-z-]*: \S")
_FOLDED = re.compile(
    r"(fixup|squash|amend)! "
)  # `git rebase --autosquash` makes them part of another commit


def main(file: str) -> int:
    """Print what is wrong with a message and return 1, or 0 where nothing is."""
    message = without_comments(Path(file).read_text(encoding="utf-8"))
    found = faults(message)
    for fault in found:
        sys.stderr.write(f"commit message: {fault}\n")
    if found:
        sys.stderr.write(
            'CONTRIBUTING.md, "House rules", has an example. Nothing is lost: `git commit '
            "--edit --file=.git/COMMIT_EDITMSG`\n"
        )
    return 1 if found else 0


def without_comments(text: str) -> str:
    """Return a message as Git will keep it: without its comments, and without the diff that
    ``commit --verbose`` shows.
    """
    kept = _SCISSORS.split(text, maxsplit=1)[0]
    stripped = subprocess.run(
        ["git", "stripspace", "--strip-comments"],
        input=kept,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return stripped.stdout


def faults(message: str) -> list[str]:
    """Return what is wrong with a message, one sentence each."""
    subject, *rest = message.splitlines() or [""]
    if not subject or _FOLDED.match(subject):
        return []  # Git itself refuses an empty one
    found = []
    if len(subject) > LONGEST:
        found.append(f"the subject has {len(subject)} characters, at most {LONGEST} are wanted")
    if subject.endswith("."):
        found.append("the subject ends with a full stop")
    if rest and rest[0]:
        found.append("an empty line is missing below the subject")
    if not any(line and not _TRAILER.match(line) for line in rest):
        found.append("a body is missing that says why: what failed before, what is avoided")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
