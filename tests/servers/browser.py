"""Chromium without a window, driven over the WebDriver protocol of its own driver."""

import base64
import contextlib
import json
import os
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.run_folder import for_servers
from tests.servers.processes import free_port, listening, running

# root (in CI) has no sandbox to start; containers have a small /dev/shm
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
)
_PATIENCE = 60  # seconds for one command


class Browser:
    """One window of a running browser."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, url: str) -> None:
        """Load a page, and forget what was logged before."""
        self.log()
        self._post("url", url=url)

    def evaluate(self, script: str, *arguments: Any) -> Any:
        """Return what the body of a JavaScript function returns; it runs beside the page, whatever
        the page's policy says.
        """
        return self._post("execute/sync", script=script, args=list(arguments))

    def devtools(self, command: str, **parameters: Any) -> Any:
        """Send a command of the DevTools protocol."""
        return self._post("goog/cdp/execute", cmd=command, params=parameters)

    def emulate(
        self, *, width: int = 1440, height: int = 900, scheme: str = "light", media: str = ""
    ) -> None:
        """Set the size of the window in CSS pixels, the colour scheme, and ``print`` for the
        medium.
        """
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.devtools("Emulation.setEmulatedMedia", media=media, features=features)

    def press(self, key: str, times: int = 1) -> None:
        """Press and release a key (``\\ue004`` is Tab)."""
        actions = [
            {"type": kind, "value": key} for _ in range(times) for kind in ("keyDown", "keyUp")
        ]
        self._post("actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def log(self) -> list[str]:
        """Return the browser's messages since the last call: violations of the policy, files that
        did not load.
        """
        return [entry["message"] for entry in self._post("se/log", type="browser")]

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """Write a PNG of the window, or of the whole page."""
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _post(self, command: str, **body: Any) -> Any:
        return _call("POST", f"{self._session}/{command}", body)


@contextlib.contextmanager
def chromium(arguments: Sequence[str] = ()) -> Iterator[Browser]:
    """Yield a browser with a profile of its own."""
    with tempfile.TemporaryDirectory(prefix="browser-", dir=for_servers()) as name:
        port, folder = free_port(), Path(name)
        own = os.environ | {"HOME": name, "TMPDIR": name}  # it leaves files in both
        with running(
            ["chromedriver", f"--port={port}"], folder / "driver.log", lambda: listening(port), own
        ):
            options = {
                "args": [*_ARGUMENTS, f"--user-data-dir={folder}/profile", *arguments],
                "binary": "/usr/bin/chromium",
            }
            wanted = {
                "browserName": "chrome",
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL"},
            }
            base = f"http://127.0.0.1:{port}/session"
            session = f"{base}/{_call('POST', base, {'capabilities': {'alwaysMatch': wanted}})['sessionId']}"
            try:
                yield Browser(session)
            finally:
                _call("DELETE", session)


def _call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
        return json.load(answer)["value"]
