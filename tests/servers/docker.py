"""A real Docker daemon on a socket of its own, for tests that run as root."""

import contextlib
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import mounts
from tests.run_folder import for_servers
from tests.servers.processes import running


@contextlib.contextmanager
def serve() -> Iterator[str]:
    """Run a daemon without network that keeps everything in a temporary folder; yield the address
    of its socket.
    """
    with (
        tempfile.TemporaryDirectory(prefix="dockerd-", dir=for_servers()) as name,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        stack.callback(mounts.release, folder)  # it leaves its own network namespace mounted
        sock = folder / "sock"
        places = [
            f"--data-root={folder}/data",
            f"--exec-root={folder}/exec",
            f"--pidfile={folder}/pid",
        ]
        network = ["--iptables=false", "--ip6tables=false", "--bridge=none"]
        command = ["dockerd", "--storage-driver=vfs", *network, *places, f"--host=unix://{sock}"]
        with running(command, folder / "log", lambda: _accepts(sock)):
            yield f"unix://{sock}"


def _accepts(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
        return True
    return False
