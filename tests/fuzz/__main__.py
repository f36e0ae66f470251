"""`make fuzz`: stories for as long as MINUTES says, or the one that STORY names.

A failure prints the SEED, the STORY, and how DENSE it was, which bring it back.
"""

import itertools
import math
import os
import random
import shutil
import sys
import time

from tests import run_folder
from tests.fuzz import stories
from tests.fuzz.run import run, surroundings
from tests.surroundings import isolate

_SEEDS = 2**32


def main() -> int:
    """Return 1 where a law was broken, or where a run of some length had not every kind."""
    seed = int(os.environ.get("SEED") or random.randrange(_SEEDS))
    only, dense = os.environ.get("STORY"), int(os.environ.get("DENSE") or 0)
    numbers = iter([int(only)]) if only else itertools.count()
    mix = stories.dense(dense) if dense else stories.USUAL
    minutes = math.inf if only else float(os.environ.get("MINUTES") or 2)
    folder = run_folder.make()
    isolate(folder)
    try:
        with surroundings() as around:
            counts, failure = run(seed, numbers, around, mix, time.monotonic() + 60 * minutes)
    finally:
        shutil.rmtree(folder.path)
    for name, count in sorted(counts.items()):
        _say(f"{count:6} {name}")
    if failure:
        _say(f"\n{failure}")
        return 1
    missing = [] if only else stories.missing(stories.all_kinds(), counts)
    if missing:
        _say(f"\nnone of: {', '.join(missing)}; give it more MINUTES")
    return int(bool(missing))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
