"""The doctor finds what is broken, says what to do, and blames nobody in vain."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gitops_ci.demo.images import make_image
from gitops_ci.usecases.doctor.contents import MOST_APPS
from tests import documents, in_process
from tests.integration.conftest import LOGIN, TOKEN, USERS, MakeRepository, git
from tests.servers.fault_proxy import Answer, FaultProxy
from tests.servers.faults import Silence
from tests.servers.git_http import GitHttp
from tests.servers.processes import free_port

CONFIG = """\
version: 1
apps:
  shop:
    path: apps/shop
    images: [{tag: image.tag, digest: image.digest}]
environments:
  dev: {values: values-dev.yaml}
  prod: {values: values-prod.yaml, from: dev, approval: {approvers: [alice], distinct: true}}
people: {alice: [alice@example.com]}
"""


@dataclass(frozen=True)
class Said:
    code: int
    checks: list[dict[str, Any]]
    text: str

    def about(self, subject: str) -> dict[str, Any]:
        return next(check for check in self.checks if check["subject"] == subject)

    def bad(self) -> list[tuple[str, str]]:
        """Everything but the engines, which this machine has or has not."""
        return [
            (check["subject"], check["state"])
            for check in self.checks
            if check["state"] != "ok" and check["subject"] != "image engine"
        ]


def doctor(*words: str, **environment: str) -> Said:
    command = ["doctor", "--output", "json", *words]
    ended = in_process.run(command, Path.cwd(), {**os.environ, **environment})
    document = json.loads(ended.out)
    documents.check(document, command)
    return Said(ended.code, document["checks"], (ended.out + ended.err).decode())


def values(layout: Path, digest: str, tag: str = '"15"') -> str:
    return f'image:\n  repository: oci:{layout}\n  tag: {tag}\n  digest: "{digest}"\n'


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    return tmp_path / "registry" / "shop"


@pytest.fixture
def digest(layout: Path) -> str:
    return make_image(layout, "15", {}, {"app": b"15"})


@pytest.fixture
def sound(layout: Path, digest: str) -> dict[str, str]:
    """The files of a repository in which everything is as it should be."""
    return {
        "gitops.yaml": CONFIG,
        "apps/shop/values-dev.yaml": values(layout, digest),
        "apps/shop/values-prod.yaml": values(layout, digest),
    }


def test_a_sound_set_up_has_no_complaints(
    make_repository: MakeRepository, sound: dict[str, str], tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    repository = make_repository(sound)
    before = git(repository, "rev-parse", "main")
    said = doctor("--repo", str(repository), TMPDIR=str(temporary))
    assert (said.code, said.bad()) == (0, [])
    subjects = {check["subject"] for check in said.checks}
    assert {
        "Python",
        "git",
        "identity of commits",
        "push",
        "gitops.yaml",
        "values files",
        "registries",
    } <= subjects
    assert git(repository, "rev-parse", "main") == before
    assert list(temporary.iterdir()) == []


def test_without_a_repository_it_looks_at_the_machine_alone() -> None:
    said = doctor()
    assert (said.code, said.bad()) == (0, [])
    assert "GitOps repository" not in {check["subject"] for check in said.checks}


def test_people_read_one_line_for_each_check_and_what_to_do(
    make_repository: MakeRepository,
) -> None:
    repository = make_repository({"gitops.yaml": CONFIG})
    command = [sys.executable, "-m", "gitops_ci", "doctor", "--repo", str(repository)]
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=200, check=False)
    assert ended.returncode == 1
    assert "NO   shop in dev" in ended.stdout
    assert "-> add the file, or correct path: and values: in gitops.yaml" in ended.stdout
    assert "2 errors" in ended.stdout.splitlines()[-1]


def test_a_repository_without_gitops_yaml_has_the_usual_layout(
    make_repository: MakeRepository, layout: Path, digest: str
) -> None:
    files = {f"values-{name}.yaml": values(layout, digest) for name in ("dev", "stage", "prod")}
    said = doctor("--repo", str(make_repository({**files, "charts/Chart.yaml": "name: shop\n"})))
    assert (said.code, said.bad()) == (0, [])
    assert "the usual layout holds for shop" in said.about("gitops.yaml")["message"]


def test_the_line_of_a_mistake_in_gitops_yaml_is_told(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    said = doctor(
        "--repo",
        str(make_repository({**sound, "gitops.yaml": CONFIG.replace("approvers", "aprovers")})),
    )
    assert (said.code, said.bad()) == (1, [("gitops.yaml", "error")])
    assert "aprovers" in said.about("gitops.yaml")["message"]


def test_a_missing_key_is_an_error_and_a_number_for_helm_a_warning(
    make_repository: MakeRepository, sound: dict[str, str], layout: Path, digest: str
) -> None:
    files = {
        **sound,
        "apps/shop/values-dev.yaml": values(layout, digest, tag="15"),
        "apps/shop/values-prod.yaml": "image:\n  tagg: 15\n",
    }
    said = doctor("--repo", str(make_repository(files)))
    assert (said.code, said.bad()) == (1, [("shop in dev", "warning"), ("shop in prod", "error")])
    assert "line 3: image.tag is 15" in said.about("shop in dev")["message"]
    assert "image.tag" in said.about("shop in prod")["message"]


def test_only_the_environments_asked_for_are_looked_at(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    repository = make_repository({**sound, "apps/shop/values-prod.yaml": "nothing: here\n"})
    assert doctor("--repo", str(repository), "--env", "dev").code == 0
    assert doctor("--repo", str(repository), GITOPS_CI_ENV="dev\nprod").code == 1


def test_a_link_in_place_of_a_values_file_does_not_hide_the_others(
    make_repository: MakeRepository, sound: dict[str, str], tmp_path: Path
) -> None:
    repository = make_repository(sound)
    git(tmp_path, "clone", "-q", str(repository), "work")
    (tmp_path / "work/apps/shop/values-dev.yaml").unlink()
    (tmp_path / "work/apps/shop/values-dev.yaml").symlink_to("/etc/passwd")
    git(tmp_path / "work", "commit", "-qam", "link")
    git(tmp_path / "work", "push", "-q")
    said = doctor("--repo", str(repository))
    assert (said.code, said.bad()) == (1, [("shop in dev", "error")])


def test_approvers_who_may_have_written_the_code_and_branches_that_do_not_exist(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    config = CONFIG.replace("[alice]", "[alice, bob]", 1).replace(
        "{values: values-dev.yaml}", "{values: values-dev.yaml, branch: gone}"
    )
    said = doctor("--repo", str(make_repository({**sound, "gitops.yaml": config})))
    assert (said.code, said.bad()) == (
        1,
        [("rules of prod", "warning"), ("branch of dev", "error")],
    )
    assert "bob" in said.about("rules of prod")["message"]


def test_a_gate_that_asks_an_argo_cd_which_nothing_names_is_an_error(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    config = CONFIG.replace("from: dev,", "from: dev, argocd: true,")
    said = doctor("--repo", str(make_repository({**sound, "gitops.yaml": config})))
    assert said.bad() == [("Argo CD", "error")]
    assert "nothing says where it is" in said.about("Argo CD")["message"]


def test_a_gate_that_is_never_judged_is_a_warning(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    config = CONFIG.replace("{values: values-dev.yaml}", "{values: values-dev.yaml, argocd: true}")
    assert ("rules of dev", "warning") in doctor(
        "--repo", str(make_repository({**sound, "gitops.yaml": config}))
    ).bad()


def test_the_results_of_checks_are_there_or_none_were_recorded_yet(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    repository = make_repository(sound)
    said = doctor("--repo", str(repository))
    assert (said.code, said.about("results of checks")["state"]) == (0, "ok")
    assert "refs/notes/gitops-ci does not exist yet" in said.about("results of checks")["message"]
    git(repository, "notes", "--ref", "gitops-ci", "add", "-m", "a note", "main")
    at = git(repository, "rev-parse", "refs/notes/gitops-ci")[:12]
    said = doctor("--repo", str(repository))
    assert (said.code, said.about("results of checks")["message"]) == (
        0,
        f"refs/notes/gitops-ci can be read, at {at}",
    )


@pytest.mark.parametrize(
    ("rule", "code", "state"), [("", 0, "warning"), ("checks: [a], ", 1, "error")]
)
def test_results_that_can_not_be_read_are_an_error_where_they_are_asked_for(
    rule: str, code: int, state: str, make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    repository = make_repository(
        {**sound, "gitops.yaml": CONFIG.replace("from: dev,", f"from: dev, {rule}")}
    )
    git(
        repository,
        "update-ref",
        "refs/notes/gitops-ci",
        git(repository, "rev-parse", "main:gitops.yaml"),
    )
    said = doctor("--repo", str(repository))
    assert (said.code, said.bad()) == (code, [("results of checks", state)])
    assert "refs/notes/gitops-ci can't be read" in said.about("results of checks")["message"]


def test_running_images_that_were_overwritten_or_are_gone(
    make_repository: MakeRepository, sound: dict[str, str], layout: Path
) -> None:
    other = make_image(layout, "15", {}, {"app": b"other"})
    files = {
        **sound,
        "apps/shop/values-prod.yaml": sound["apps/shop/values-prod.yaml"].replace('"15"', '"14"'),
    }
    said = doctor("--repo", str(make_repository(files)))
    assert (said.code, said.bad()) == (0, [("shop in dev", "warning"), ("shop in prod", "warning")])
    assert f"the registry has {other}" in said.about("shop in dev")["message"]
    assert "is not in its registry" in said.about("shop in prod")["message"]


def test_a_registry_that_is_down_alone_is_worth_trying_again(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    host = f"127.0.0.1:{free_port()}"
    file = f'image:\n  repository: {host}/shop\n  tag: "15"\n  digest: ""\n'
    repository = make_repository(
        {**sound, "apps/shop/values-dev.yaml": file, "apps/shop/values-prod.yaml": file}
    )
    said = doctor("--repo", str(repository), "--plain-http", host, "--env", "prod")
    assert (said.code, said.bad()) == (4, [("registries", "error")])
    assert (
        doctor("--repo", str(repository), "--plain-http", host, "--env", "dev").code == 0
    )  # nothing there requires it


def test_a_registry_that_is_down_is_told_once(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    host = f"127.0.0.1:{free_port()}"
    files = {
        f"apps/shop/values-{name}.yaml": f"image: {{repository: {host}/{name}, tag: "
        f'"15", digest: ""}}\n'
        for name in ("dev", "prod")
    }
    said = doctor("--repo", str(make_repository({**sound, **files})), "--plain-http", host)
    assert (said.code, said.bad()) == (4, [("registries", "error")])


def test_many_applications_are_not_all_looked_at(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    config = CONFIG.replace("  shop:\n    path: apps/shop", '  "*":\n    path: "apps/{app}"')
    files = {"gitops.yaml": config}
    for number in range(MOST_APPS + 2):
        files |= {
            f"apps/a{number:02}/values-{name}.yaml": sound["apps/shop/values-dev.yaml"]
            for name in ("dev", "prod")
        }
    said = doctor("--repo", str(make_repository(files)))
    assert (said.code, said.bad()) == (0, [("applications", "warning")])
    assert (
        said.about("applications")["message"]
        == f"2 of {MOST_APPS + 2} applications were not looked at"
    )
    assert said.about("values files")["message"].endswith(f"files: {2 * MOST_APPS})")


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    said = doctor("--repo", str(tmp_path / "gone.git"))
    assert (said.code, said.bad()) == (1, [("GitOps repository", "error")])


def test_an_environment_that_does_not_exist_is_a_usage_error(
    make_repository: MakeRepository, sound: dict[str, str]
) -> None:
    command = [
        sys.executable,
        "-m",
        "gitops_ci",
        "doctor",
        "--repo",
        str(make_repository(sound)),
        "--env",
        "prd",
    ]
    ended = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=200, check=False)
    assert ended.returncode == 2
    assert "did you mean prod?" in ended.stderr


def test_a_server_takes_the_right_password_and_tells_of_its_filters(
    make_repository: MakeRepository, sound: dict[str, str], http: GitHttp
) -> None:
    url = http.url(make_repository(sound).name)
    ((user, password),) = USERS.items()
    said = doctor("--repo", url, GITOPS_CI_GIT_USERNAME=user, GITOPS_CI_GIT_PASSWORD=password)
    assert (said.code, said.bad()) == (0, [])
    assert said.about("partial fetch")["message"] == "the server sends single folders and files"
    assert said.about("push")["state"] == "ok"
    assert doctor("--repo", url, GITOPS_CI_GIT_TOKEN=TOKEN).code == 0


def test_a_wrong_password_is_final_and_never_shown(
    make_repository: MakeRepository, sound: dict[str, str], http: GitHttp
) -> None:
    url = http.url(make_repository(sound).name)
    said = doctor(
        "--repo", url, GITOPS_CI_GIT_USERNAME="jenkins", GITOPS_CI_GIT_PASSWORD="not-the-word"
    )
    assert (said.code, said.bad()) == (1, [("GitOps repository", "error")])
    assert "GITOPS_CI_GIT_PASSWORD" in said.about("GitOps repository")["remedy"]
    assert "not-the-word" not in said.text


def test_a_login_that_may_only_read_is_found_without_a_push(
    make_repository: MakeRepository, sound: dict[str, str], proxy: FaultProxy
) -> None:
    proxy.on("service=git-receive-pack", Answer(403))
    said = doctor("--repo", proxy.url(make_repository(sound).name, LOGIN))
    assert (said.code, said.bad()) == (1, [("push", "error")])
    assert "ask for the right" in said.about("push")["remedy"]


def test_a_silent_server_ends_in_the_stated_time(
    make_repository: MakeRepository, proxy: FaultProxy
) -> None:
    proxy.on("info/refs", Silence())
    said = doctor("--repo", proxy.url(make_repository().name, LOGIN), "--timeout", "5s")
    assert (said.code, said.bad()) == (4, [("GitOps repository", "error")])


def test_a_server_without_filters_is_a_warning(
    make_repository: MakeRepository, sound: dict[str, str], http_without_filters: GitHttp
) -> None:
    said = doctor("--repo", http_without_filters.url(make_repository(sound).name, LOGIN))
    assert (said.code, said.bad()) == (0, [("partial fetch", "warning")])


@pytest.mark.usefixtures("clock")
def test_a_server_that_is_down_is_worth_trying_again() -> None:
    said = doctor("--repo", f"http://127.0.0.1:{free_port()}/gitops.git")
    assert (said.code, said.bad()) == (4, [("GitOps repository", "error")])


def test_commits_without_an_identity_are_a_warning(tmp_path: Path) -> None:
    said = doctor(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path))
    assert (said.code, said.bad()) == (0, [("identity of commits", "warning")])
    named = {
        f"GIT_{role}_{field}": "Jo <jo@example.com>"
        for role in ("AUTHOR", "COMMITTER")
        for field in ("NAME", "EMAIL")
    }
    assert doctor(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path), **named).bad() == []


@pytest.mark.parametrize(
    ("script", "code", "timeout"),
    [
        ("exit 1", 1, "2m"),
        ("sleep 100", 1, "3s"),
        ("cat >/dev/null; printf '\\n[GNUPG:] SIG_CREATED ' >&2; echo signed", 0, "2m"),
    ],
)
def test_signing_is_tried_when_git_is_told_to_sign(
    tmp_path: Path, script: str, code: int, timeout: str
) -> None:
    program = tmp_path / "gpg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    config = (
        "[user]\n\tname = Jo\n\temail = jo@example.com\n[commit]\n\tgpgSign = "
        f"true\n[gpg]\n\tprogram = {program}\n"
    )
    (tmp_path / ".gitconfig").write_text(config)
    said = doctor("--timeout", timeout, HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path))
    assert (said.code, said.about("signing")["state"]) == (code, "error" if code else "ok")


def test_without_git_or_with_an_old_one_it_says_so(
    tmp_path: Path, make_repository: MakeRepository
) -> None:
    repository = str(make_repository())
    assert doctor("--repo", repository, PATH=str(tmp_path)).bad() == [("git", "error")]
    (tmp_path / "git").write_text("#!/bin/sh\necho git version 2.25.1\n")
    (tmp_path / "git").chmod(0o755)
    said = doctor("--repo", repository, PATH=str(tmp_path))
    assert (said.code, said.bad()) == (1, [("git", "error")])
    assert "2.25.1 is too old" in said.about("git")["message"]


def test_a_temporary_folder_that_can_not_be_used_is_a_warning(tmp_path: Path) -> None:
    said = doctor(TMPDIR=str(tmp_path / "gone"))
    assert (said.code, said.bad()) == (0, [("temporary folder", "warning")])


def test_proxies_are_named_without_their_credentials() -> None:
    said = doctor(HTTPS_PROXY="http://me:secret-word@proxy.example.com:3128")
    assert said.about("proxies")["message"] == "in effect: HTTPS_PROXY"
    assert "secret-word" not in said.text


def test_an_engine_that_is_asked_for_has_to_work(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    real = subprocess.run(
        ["which", "git"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (tools / "git").symlink_to(real)
    said = doctor(PATH=str(tools))
    assert (said.code, said.about("image engine")["state"]) == (0, "warning")
    said = doctor("--engine", "podman", PATH=str(tools))
    assert (said.code, said.about("image engine")["message"]) == (1, "podman: not installed")


def test_the_result_file_has_the_checks_too(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    assert doctor("--result-file", str(file)).checks == json.loads(file.read_text())["checks"]
