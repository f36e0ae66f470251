"""Runs the program again and again, each time in a process of its own that has loaded it already.

``python -m tests.integration.endings.again ARGUMENT...``: for each line of its input, which names a file,
it runs the program with these arguments and what it prints in that file, and answers with the exit code.
To start Python and load the program takes four fifths of a run that ends as soon as it has started another
program. The process that is forked has all that counts there: a session of its own, and the signals that
this one was started with.
"""

import importlib
import os
import pkgutil
import sys
from typing import NoReturn

import gitops_ci
from gitops_ci.__main__ import run


def main(words: list[str]) -> None:
    """Answer each line until the input ends."""
    for each in pkgutil.walk_packages(gitops_ci.__path__, "gitops_ci."):
        importlib.import_module(each.name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _be_the_program(words, line.rstrip("\n"))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _be_the_program(words: list[str], output: str) -> NoReturn:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, source in ((0, nothing), (1, file), (2, file)):
        os.dup2(source, number)
    sys.argv = ["gitops-ci", *words]
    run()
    os._exit(70)  # it ends the process itself


if __name__ == "__main__":
    main(sys.argv[1:])
