"""`make mutations`: every place that makes a violation is switched off in turn, and a test has to
fail; prints those that nobody notices.
"""

import os
import queue
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.mutations import copies, places
from scripts.mutations.copies import CanNotBeJudgedError, Copy
from scripts.mutations.places import Place

_FOLDERS = ("gitops_ci/core/audit", "gitops_ci/usecases/audit")
_TESTS = (
    "tests/integration/attacks",
    "tests/integration/audit",
    "tests/integration/release/test_newer_files.py",
    "tests/unit/core/audit",
)


def main(words: Sequence[str]) -> int:
    """Return 1 where a place is not noticed, 2 where the tests can't tell; ``words`` are the tests,
    those of audits and attacks where there are none.
    """
    workers = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        made = [copies.make(Path(folder, str(number))) for number in range(workers)]
        found = places.find(made[0].folder, _FOLDERS)
        try:
            tests = _reaching(made[0], found, words or _TESTS, workers)
            unnoticed = _unnoticed(made, found, tests)
        except CanNotBeJudgedError as error:
            _say(str(error))
            return 2
    _say(f"{len(found)} places make a violation; {len(unnoticed)} of them nobody misses")
    for place in unnoticed:
        _say(f"  {place}: {len(tests.get(place, ()))} tests get there")
    return int(bool(unnoticed))


def _reaching(
    copy: Copy, found: Sequence[Place], words: Sequence[str], workers: int
) -> Mapping[Place, Sequence[str]]:
    """Return the tests that reach each place; raises CanNotBeJudgedError where some fail anyway."""
    numbered = list(enumerate(found))
    log = copy.folder / "log"
    contents = {}
    for file in {place.file for place in found}:
        own = [each for each in numbered if each[1].file == file]
        contents[file] = places.recording(copy.content(file), own)
    with copy.changed(contents):
        done = copy.pytest("-n", str(workers), "-m", "not slow", *words, log=log)
    if done.returncode or not log.exists():
        raise CanNotBeJudgedError(f"the tests fail before anything is changed\n{done.stdout}")
    return {found[number]: tests for number, tests in copies.reached(log).items()}


def _unnoticed(
    made: Sequence[Copy], found: Sequence[Place], tests: Mapping[Place, Sequence[str]]
) -> list[Place]:
    free: queue.Queue[Copy] = queue.Queue()
    for copy in made:
        free.put(copy)

    def noticed(place: Place) -> bool:
        copy = free.get()
        try:
            return _is_noticed(copy, place, tests.get(place, ()))
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(made)) as pool:
        answers = list(pool.map(noticed, found))
    return [place for place, answer in zip(found, answers, strict=True) if not answer]


def _is_noticed(copy: Copy, place: Place, tests: Sequence[str]) -> bool:
    content = places.switched_off(copy.content(place.file), place)
    with copy.changed({place.file: content}):
        noticed = any(copy.fails(batch) for batch in copies.batches(tests))
    _say(f"{'noticed' if noticed else 'MISSED '} {place}")
    return noticed


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the copies are removed
    sys.exit(main(sys.argv[1:]))
