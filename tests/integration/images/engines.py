"""How each engine runs in a test: storage of its own, no daemon of the machine."""

from pathlib import Path

import pytest

from tests.realparts import need


def words_for(engine: str, folder: Path, request: pytest.FixtureRequest) -> list[str]:
    """Return the options of ``gitops-ci build`` for an engine; skip the test where it is not
    installed.
    """
    need(engine)
    if engine == "docker":
        return [
            "--engine",
            "docker",
            "--engine-option",
            f"--host={request.getfixturevalue('dockerd')}",
        ]
    own = [f"--root={folder}/storage", f"--runroot={folder}/run", "--storage-driver=vfs"]
    if engine == "podman":
        own.append("--cgroup-manager=cgroupfs")
    options = [word for option in own for word in ("--engine-option", option)]
    return ["--engine", engine, *options, "--build-option", "--isolation=chroot"]
