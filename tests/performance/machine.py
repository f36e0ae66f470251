"""What the numbers depend on: the processor, the memory, the kernel and the programs; no names of
hosts or folders.
"""

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

import gitops_ci


def description(folder: Path) -> list[tuple[str, str]]:
    """Return name and value of each fact; ``folder`` is where the work trees and throw-away
    repositories are written.
    """
    return [
        (
            "Processor",
            _first(r"model name\s*:\s*(.+)", _text("/proc/cpuinfo")) or platform.machine(),
        ),
        ("Cores", str(len(os.sched_getaffinity(0)))),
        ("Memory", _memory()),
        ("Kernel", f"{platform.system()} {_first(r'[0-9.]+', platform.release())}"),
        ("File system", _printed("stat", "--file-system", "--format=%T", str(folder))),
        ("Git", _version("git", "--version")),
        ("Python", platform.python_version()),
        ("yq", _version("yq", "--version")),
        ("nginx", _version("nginx", "-v")),
        ("docker-registry", _version("docker-registry", "--version")),
        ("helm", _version("helm", "version", "--short")),
        ("curl", _version("curl", "--version")),
        ("jq", _version("jq", "--version")),
        ("Jenkins Job Builder", importlib.metadata.version("jenkins-job-builder")),
        ("gitops-ci", gitops_ci.__version__),
        (
            "Load before",
            f"{os.getloadavg()[0]:.1f} processes at work, the measurements not among them",
        ),
    ]


def _memory() -> str:
    kilobytes = int(_first(r"MemTotal:\s*(\d+)", _text("/proc/meminfo")) or 0)
    return f"{kilobytes / 1024**2:.0f} GiB"


def _version(*command: str) -> str:
    return _first(r"\d+(?:\.\d+)+", _printed(*command)) or "unknown"


def _printed(*command: str) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return (finished.stdout + finished.stderr).strip()


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match.group(match.lastindex or 0).strip() if match else ""
