"""A unit test that starts a process or uses the network fails, whatever becomes of the refusal."""

from pathlib import Path

import pytest

from tests.integration.suite.running import PLUGINS, run_pytest

IMPURE = """
import contextlib
import os
import socket
import subprocess
import sys

import pytest

@pytest.fixture(scope="module")
def started():
    return subprocess.run(["true"])

def test_fixture(started):
    pass

def test_process():
    subprocess.run([sys.executable, "-c", "pass"])

def test_unheard():
    with contextlib.suppress(Exception):
        subprocess.run(["true"])

def test_shell():
    os.system("true")

def test_server():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))

def test_client():
    with socket.socket() as client:
        client.connect(("127.0.0.1", 9))

def test_unheard_client():
    with contextlib.suppress(Exception), socket.create_connection(("localhost", 9)):
        pass

def test_pure():
    assert sys.path
"""


@pytest.mark.slow
def test_what_needs_more_than_python_is_refused(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, IMPURE, plugins=(*PLUGINS, "tests.unit.conftest"), CI="1")
    assert "6 failed, 1 passed, 1 error" in run.stdout, run.stdout
    for told in (
        "ERROR test_sample.py::test_fixture - RuntimeError: {}subprocess.Popen true",
        "FAILED test_sample.py::test_unheard - Failed: {}subprocess.Popen true",
        "FAILED test_sample.py::test_server - RuntimeError: {}socket.bind",
    ):
        assert told.format("not in tests/unit: ") in run.stdout
