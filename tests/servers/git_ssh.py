"""Git over SSH: an OpenSSH server on a loopback port for the current user, with a key of its
own.
"""

import contextlib
import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.run_folder import for_servers
from tests.servers.processes import free_port, listening, running


@dataclass(frozen=True)
class GitSsh:
    """A running server: port, user, the client's private key, and a known_hosts file that trusts
    it.
    """

    port: int
    user: str
    key: Path
    known_hosts: Path

    def url(self, repository: Path) -> str:
        """Return the URL of a repository."""
        return f"ssh://{self.user}@localhost:{self.port}{repository}"

    def command(self) -> str:
        """Return a GIT_SSH_COMMAND that uses the key and trusts the server."""
        return (
            f"ssh -F none -i {self.key} -o IdentitiesOnly=yes -o BatchMode=yes -o "
            f"UserKnownHostsFile={self.known_hosts}"
        )


@contextlib.contextmanager
def serve() -> Iterator[GitSsh]:
    """Serve the repositories of this machine over SSH."""
    with tempfile.TemporaryDirectory(prefix="git-ssh-", dir=for_servers()) as name:
        folder = Path(name)
        for key in ("host", "client"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True
            )
        port = free_port()
        host_key = (folder / "host.pub").read_text().split()[:2]
        (folder / "known_hosts").write_text(f"[localhost]:{port} {' '.join(host_key)}\n")
        (folder / "sshd_config").write_text(_configuration(folder, port))
        if os.geteuid() == 0:
            os.makedirs(
                "/run/sshd", mode=0o755, exist_ok=True
            )  # sshd wants it as root; nothing is put there
        program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "sshd"
        command = [program, "-D", "-e", "-f", str(folder / "sshd_config")]
        with running(command, folder / "sshd.log", lambda: listening(port)):
            yield GitSsh(port, getpass.getuser(), folder / "client", folder / "known_hosts")


def _configuration(folder: Path, port: int) -> str:
    settings = {"uploadpack.allowFilter": "true", "uploadpack.allowAnySHA1InWant": "true"}
    variables = [f"GIT_CONFIG_COUNT={len(settings)}"]
    for index, (key, value) in enumerate(settings.items()):
        variables += [f"GIT_CONFIG_KEY_{index}={key}", f"GIT_CONFIG_VALUE_{index}={value}"]
    return f"""
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
AcceptEnv GIT_PROTOCOL
SetEnv {" ".join(variables)}
"""
