"""Records what this version writes, for the tests that later versions have to pass.

    .venv/bin/python -m tests.integration.release.recording

makes ``records/VERSION`` with a GitOps repository as a stream of git fast-import, what was said
about it, a release file, and the schemas of that version. A release with another format of one of
them records it anew: docs/releasing.md.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec

import gitops_ci
from gitops_ci.cli import main

RECORDS = Path(__file__).parent / "records"
SCHEMAS = Path(gitops_ci.__file__).parent / "schemas"
HISTORY = "history.fast-import"
RELEASE = "release.json"
WRITTEN = [f"{name}.schema.json" for name in ("result", "audit", "history", "status", "release")]
START = 1_800_000_000  # seconds since the epoch; a Friday morning
HOUR = 3600

CONFIGURATION = """\
version: 1
apps:
  "*":
    path: apps/{app}
    images:
      - repository: registry.example.com/{app}
        tag: image.tag
        digest: image.digest
environments:
  dev:
    verify_digest: "off"
  stage:
    from: dev
    verify_digest: "off"
  prod:
    from: stage
    verify_digest: "off"
    soak: 4h
    checks: [smoke]
    freeze:
      - from: Sat 00:00
        to: Mon 06:00
        timezone: Europe/Vienna
        reason: nobody is there
    approval:
      approvers: [alice, bob]
      distinct: true
      reason: true
    override:
      soak: [carol]
    tag: "{app}-{version}"
people:
  alice: [alice@example.com]
  dave: [dave@example.com]
"""
VALUES = """\
# {app} in {env}
replicas: 2   # by hand
image:
  repository: registry.example.com/{app}
  tag: "1"
  digest: {digest}
"""
CAROL = "--requested-by", "carol"
QUESTIONS = {
    "history": ["history"],
    "status": ["status"],
    "audit": ["audit"],
    "plan": ["plan", "promote", "cart", "--to", "prod", *CAROL, "--version", "8"],
}


class Desk(msgspec.Struct):
    """A GitOps repository, and the time at which the program works on it."""

    folder: Path
    now: int = START

    @property
    def bare(self) -> Path:
        """The repository."""
        return self.folder / "gitops.git"

    def git(self, *words: str, stdin: bytes = b"") -> bytes:
        """Run git in the repository and return what it prints."""
        command = ["git", "-C", str(self.bare), *words]
        done = subprocess.run(command, input=stdin, capture_output=True, check=True)
        return done.stdout

    def run(self, *words: str) -> dict[str, Any]:
        """Run the program at the desk's time, and return its result document."""
        file = self.folder / "result.json"
        given = [*words, "--repo", str(self.bare), "--result-file", str(file)]
        with self._at_its_time(), contextlib.redirect_stdout(io.StringIO()):
            main(given)
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found

    def publish(self, *words: str) -> None:
        """Run an operation that has to change the repository."""
        result = self.run(*words)
        if not result["changed"]:
            raise AssertionError(result)

    def wait(self, hours: int) -> None:
        """Let time pass."""
        self.now += hours * HOUR

    def begin(self, files: dict[str, str]) -> None:
        """Make the repository with its first commit."""
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.bare)], check=True)
        self.write(files, "Begin")

    def write(self, files: dict[str, str], message: str) -> None:
        """Commit files as a person does."""
        lines = ["feature done", "commit refs/heads/main"]
        lines.append(f"committer Erin <erin@example.com> {self.now} +0000")
        lines += [f"data {len(message)}", message]
        if self.git("for-each-ref", "refs/heads/main"):
            lines.append("from refs/heads/main^0")
        for path, text in files.items():
            lines += [f"M 100644 inline {path}", f"data {len(text)}", text]
        self.git("fast-import", "--quiet", stdin="\n".join([*lines, "done\n"]).encode())

    @contextlib.contextmanager
    def _at_its_time(self) -> Iterator[None]:
        person = {}
        for role in ("GIT_AUTHOR", "GIT_COMMITTER"):
            person[f"{role}_NAME"] = "jenkins"
            person[f"{role}_EMAIL"] = "jenkins@example.com"
            person[f"{role}_DATE"] = f"{self.now} +0000"
        with (
            mock.patch.dict(os.environ, person),
            mock.patch("gitops_ci.usecases.clock.now", lambda: self.now),
        ):
            yield


def digest(text: str) -> str:
    """Return a digest that looks like one."""
    return "sha256:" + (text.encode().hex() * 64)[:64]


def release_file(app: str, tag: str) -> str:
    """Return what a build leaves, with every field."""
    image = {"repository": f"registry.example.com/{app}", "tag": tag, "digest": digest(tag)}
    release = {
        "schema": 1,
        "app": app,
        "images": [image],
        "source_revision": (tag.encode().hex() * 40)[:40],
        "source_authors": ["Dave <dave@example.com>"],
        "build_url": f"https://jenkins.example.com/job/{app}/{tag}/",
        "build_number": tag,
        "version": f"{tag}.0",
        "created": "2027-01-15T08:00:00+00:00",
    }
    return json.dumps(release, indent=2) + "\n"


def tell(desk: Desk) -> None:
    """Do what people do: deliver, check, promote with approvals and overrides, go back, adopt."""
    _begin(desk)
    _deliver(desk, "shop", "15")
    _deliver(desk, "cart", "7")
    desk.publish("promote", "--all", "--to", "stage", *CAROL, "--reason", "sprint 9")
    desk.wait(5)
    _check(desk, "shop", "--passed")
    approved = *CAROL, "--reason", "sprint 9", "--approved-by", "alice"
    _promote(desk, *approved, "--version", "1.0")
    _deliver(desk, "shop", "16")
    desk.publish("promote", "shop", "--to", "stage", *CAROL)
    _check(desk, "shop", "--passed")
    hurry = *CAROL, "--reason", "a fix", "--approved-by", "bob", "--override", "soak"
    _promote(desk, *hurry, "--version", "1.1")
    desk.wait(1)
    desk.publish("rollback", "shop", "--env", "prod", *approved, "--version", "1.1.1")
    _edit_by_hand(desk)
    desk.wait(1)
    desk.run("adopt", "cart", "--env", "stage", "--reason", "it was urgent", *CAROL)
    _check(desk, "cart", "--failed")
    desk.wait(5)


def _begin(desk: Desk) -> None:
    files = {"gitops.yaml": CONFIGURATION}
    for app in ("shop", "cart"):
        for env in ("dev", "stage", "prod"):
            text = VALUES.format(app=app, env=env, digest=digest("1"))
            files[f"apps/{app}/values-{env}.yaml"] = text
    desk.begin(files)


def _deliver(desk: Desk, app: str, tag: str) -> None:
    file = desk.folder / RELEASE
    file.write_text(release_file(app, tag), encoding="utf-8")
    desk.publish("update", app, "--env", "dev", "--release", str(file), "--requested-by", "dave")
    desk.wait(1)


def _check(desk: Desk, app: str, result: str) -> None:
    desk.run("check", app, "--env", "stage", "--name", "smoke", "--requested-by", "qa", result)


def _promote(desk: Desk, *words: str) -> None:
    plan = desk.run("plan", "promote", "shop", "--to", "prod", *words)["plan_id"]
    desk.publish("promote", "shop", "--to", "prod", *words, "--approved-plan", plan)


def _edit_by_hand(desk: Desk) -> None:
    path = "apps/cart/values-stage.yaml"
    text = desk.git("show", f"main:{path}").decode()
    desk.write({path: text.replace('"7"', '"8"')}, "By hand")


def record(folder: Path) -> None:
    """Write the records of this version into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gitops-ci-records-") as name:
        desk = Desk(Path(name))
        tell(desk)
        stream = desk.git("fast-export", "--all")
        (folder / HISTORY).write_bytes(stream.rstrip(b"\n") + b"\n")
        for question, words in QUESTIONS.items():
            answer = desk.run(*words)
            text = json.dumps({"now": desk.now, "answer": answer}, indent=2, ensure_ascii=False)
            (folder / f"{question}.json").write_text(text + "\n", encoding="utf-8")
    (folder / RELEASE).write_text(release_file("shop", "15"), encoding="utf-8")
    for schema in WRITTEN:
        shutil.copy(SCHEMAS / schema, folder / schema)


if __name__ == "__main__":
    record(RECORDS / gitops_ci.__version__)
    sys.stdout.write(f"recorded {gitops_ci.__version__}\n")
