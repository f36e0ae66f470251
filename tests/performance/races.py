"""Many updates of different applications at once, on one branch."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.performance import gitops_repository, images, table
from tests.performance.stage import Stage, environment, update
from tests.performance.table import Table

_TAG = "4711"


def measure(stage: Stage) -> Iterator[Table]:
    """Yield promotions per second; raises RuntimeError unless everything landed exactly once in a
    linear history.
    """
    size, number = stage.sizes.many, stage.sizes.updaters
    images.push(stage.registry, [_TAG])
    repository = gitops_repository.make(
        stage.root / "race.git",
        size.apps,
        gitops_repository.updates(range(1, size.apps + 1), size.commits),
        host=stage.registry.host,
        entry="available",
    )
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        files = [Path(name, f"{app}.json") for app in range(1, number + 1)]
        processes = [
            subprocess.Popen(
                [*stage.command(repository, *update(app, _TAG)), "--result-file", str(file)],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for app, file in enumerate(files, start=1)
        ]
        codes = [process.wait() for process in processes]
        wall = time.perf_counter() - start
        results = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    if any(codes):
        raise RuntimeError(
            f"not all landed: {[result['message'] for result in results if not result['ok']]}"
        )
    landed = [subject.partition(":")[0] for subject in repository.published()]
    wrong = [app for app in range(1, number + 1) if repository.tag_of(app, "dev") != _TAG]
    if len(landed) != number or len(set(landed)) != number or wrong:
        raise RuntimeError(
            f"{number} updates made {len(landed)} commits, and {len(wrong)} values are not there"
        )
    tries = sorted(int(result["attempts"]) for result in results)
    yield Table(
        f"{number} updates at once",
        f"Of different applications on one branch, {size.apps:,} applications in the "
        "repository. All landed exactly once, the"
        " history is linear.",
        [
            "updates",
            "landed",
            "all of it s",
            "promotions a second",
            "tries: median",
            "highest",
            "target",
        ],
        [
            [
                str(number),
                str(len(landed)),
                f"{wall:.1f}",
                f"{number / wall:.2f}",
                str(tries[len(tries) // 2]),
                str(tries[-1]),
                table.at_least(len(landed), number),
            ]
        ],
    )
