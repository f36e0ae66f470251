"""A controller as the tests see it, real or double: made things and looks at them over plain REST,
beside the program.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

XML = {"Content-Type": "application/xml; charset=utf-8"}
FOLDER = "<com.cloudbees.hudson.plugins.folder.Folder><description>{}</description></com.cloudbees.hudson.plugins.folder.Folder>"
JOB = """<flow-definition><description>{description}</description><properties>
<hudson.model.ParametersDefinitionProperty><parameterDefinitions>
<hudson.model.ChoiceParameterDefinition><name>APP</name><choices class="java.util.Arrays$ArrayList"><a class="string-array">
<string>shop</string><string>cart</string></a></choices></hudson.model.ChoiceParameterDefinition>
<hudson.model.ChoiceParameterDefinition><name>TO</name><choices class="java.util.Arrays$ArrayList"><a class="string-array">
<string>stage</string><string>prod</string></a></choices></hudson.model.ChoiceParameterDefinition>
<hudson.model.StringParameterDefinition><name>TAG</name><defaultValue/><trim>true</trim></hudson.model.StringParameterDefinition>
<hudson.model.TextParameterDefinition><name>REASON</name><defaultValue/><trim>true</trim></hudson.model.TextParameterDefinition>
<hudson.model.BooleanParameterDefinition><name>DRY_RUN</name><defaultValue>false</defaultValue></hudson.model.BooleanParameterDefinition>
</parameterDefinitions></hudson.model.ParametersDefinitionProperty></properties>
<definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition">
<script>{script}</script><sandbox>true</sandbox></definition></flow-definition>"""
PLAN = "0123456789abcdef" * 4
SUMMARY = (
    "promote shop: stage -> prod, 14 -> 15\\n\\n--- a/values-prod.yaml\\n+  tag: 15\\n\\n"
    "  ok   order     shop: 15 runs in stage\\n  wait approval  shop: waits for the "
    f"approval of alice\\n\\nplan {PLAN}"
)
QUESTION = (
    f"input(id: 'gitops-{PLAN[:12]}', message: '{SUMMARY}', ok: 'Approve', submitterParameter: "
    "'APPROVER')"
)
ASKING = f"echo('{SUMMARY}')\n{QUESTION}\necho('published')"


@dataclass
class Site:
    """One controller, one folder of a test's own."""

    url: str
    user: str
    token: str
    folder: str
    double: bool = True

    def post(
        self,
        path: str,
        data: bytes | dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        """Send something; anything but success is a mistake of the test."""
        response = requests.post(
            self.url + path,
            data=data,
            headers=headers,
            auth=(self.user, self.token),
            timeout=60,
            allow_redirects=False,
        )
        assert response.status_code < 400, response.text
        return response

    def get(self, path: str) -> requests.Response:
        """Ask something."""
        return requests.get(self.url + path, auth=(self.user, self.token), timeout=60)

    def make(self, path: str, document: str) -> None:
        """Make a job or folder from XML."""
        parent, _, name = path.rpartition("/")
        self.post(f"{place(parent)}createItem?name={quote(name)}", document.encode(), XML)

    def make_job(self, script: str, description: str = "by hand", name: str = "promote") -> str:
        """Make a job with the promotion job's parameters and another script; return its path."""
        if self.get(f"{place(self.folder)}api/json").status_code == 404:
            self.make(self.folder, FOLDER.format("of a test"))
        escaped = script.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self.make(f"{self.folder}/{name}", JOB.format(description=description, script=escaped))
        return f"{self.folder}/{name}"

    def config(self, path: str) -> str:
        """Return a job's configuration as it is stored."""
        response = self.get(f"{place(path)}config.xml")
        assert response.ok, response.text
        response.encoding = "utf-8"
        return response.text

    def change(self, path: str, before: str, after: str) -> None:
        """Change a job's configuration by hand."""
        text = self.config(path)
        assert before in text, text
        self.post(f"{place(path)}config.xml", text.replace(before, after).encode(), XML)

    def save(self, path: str) -> None:
        """Have Jenkins write a job anew, as any change on its page does."""
        description = self.get(f"{place(path)}api/json?tree=description").json()["description"]
        self.post(f"{place(path)}submitDescription", {"description": description})
        assert "plugin=" in self.config(path)

    def start(self, path: str, **parameters: str) -> None:
        """Start a build without waiting for it."""
        given = {"APP": "shop", "TO": "prod", "delay": "0sec", **parameters}
        self.post(f"{place(path)}buildWithParameters", given)

    def build(self, path: str, number: int) -> dict[str, Any]:
        """Return what a build says of itself, waiting until it is there."""
        return self._until(f"{place(path)}{number}/api/json?depth=1", lambda found: True)

    def ended(self, path: str, number: int) -> dict[str, Any]:
        """Return a build once it has ended."""
        return self._until(
            f"{place(path)}{number}/api/json?depth=1", lambda found: not found["building"]
        )

    def asking(self, path: str, number: int) -> None:
        """Wait until a build asks."""
        tree = "actions[executions[id]]"
        asks = lambda found: any(action.get("executions") for action in found["actions"])  # noqa: E731
        self._until(f"{place(path)}{number}/api/json?tree={tree}", asks)

    def count(self, path: str) -> int:
        """Return how many builds a job has."""
        return len(self.get(f"{place(path)}api/json?tree=builds[number]").json()["builds"])

    def _until(self, path: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = time.monotonic() + 60
        while True:
            response = self.get(path)
            found: dict[str, Any] = response.json() if response.ok else {}
            if response.ok and holds(found):
                return found
            assert time.monotonic() < end, (
                f"{path} did not come to it: {response.status_code} {response.text[:500]}"
            )
            time.sleep(0.05)


def place(path: str) -> str:
    """Return the address of a job or folder below the controller's."""
    return "".join(f"job/{quote(name)}/" for name in path.split("/") if name)
