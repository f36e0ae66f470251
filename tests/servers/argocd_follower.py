"""An Argo CD that runs at once what a GitOps repository says: its applications are Synced and
Healthy at their newest operation.

A server address ends with the name of a repository below a folder; an application is called
APP-ENVIRONMENT.
"""

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.servers.handler import Handler, serving

TOKEN = "t0ken of argocd $(touch pwned)".replace(" ", "-")
_LOG = "--format=%H%x00%(trailers:key=Gitops-Image,valueonly,separator=%x20)%x00%(trailers:key=Gitops-App,valueonly,separator=%x20)"


@contextlib.contextmanager
def serve(root: Path) -> Iterator[str]:
    """Serve the repositories of a folder; yield the address to which a repository's name is
    added.
    """
    with serving(_Handler, partial(_Followed, root)) as followed:
        yield f"http://127.0.0.1:{followed.port}/"


@dataclass
class _Followed:
    root: Path
    port: int
    stopped: threading.Event = field(default_factory=threading.Event)


class _Handler(Handler):
    def do_GET(self) -> None:
        repository, _, rest = urlsplit(self.path).path.strip("/").partition("/api/v1/")
        kind, _, name = rest.partition("/")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.reply_json(
                401, {"error": "invalid session", "code": 16, "message": "invalid session"}
            )
        elif kind != "applications" or not name or "/" in name:
            self.reply_json(404, {"error": "not found", "code": 5, "message": "not found"})
        else:
            app, _, environment = name.rpartition("-")
            found = newest(self.server.state.root / repository, app, environment)
            self.reply_json(
                200 if found else 404,
                found or {"error": "not found", "code": 5, "message": f"{name} not found"},
            )


def newest(repository: Path, app: str, environment: str) -> dict[str, Any] | None:
    """Return what Argo CD would say of an application after the newest operation in its
    environment, on whatever branch.
    """
    command = [
        "git",
        "-C",
        str(repository),
        "log",
        "--all",
        "-1",
        f"--grep=^Gitops-Environment: {environment}$",
        _LOG,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    commit, _, rest = told.stdout.strip().partition("\0")
    images, _, apps = rest.partition("\0")
    if app not in apps.split():
        return None
    return {
        "metadata": {"name": f"{app}-{environment}", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {
                "repoURL": f"https://git.example.com/{repository.name}",
                "targetRevision": "HEAD",
                "path": ".",
            },
            "syncPolicy": {"automated": {}},
        },
        "status": {
            "sync": {"status": "Synced", "revision": commit},
            "health": {"status": "Healthy"},
            "operationState": {"phase": "Succeeded", "syncResult": {"revision": commit}},
            "reconciledAt": "2026-01-01T00:00:00Z",
            "summary": {"images": images.split()},
        },
    }
