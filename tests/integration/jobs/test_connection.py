"""Where the controller is, who asks, and what is said when that is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.jobs.desk import POLICY, Desk
from tests.realparts import need
from tests.servers import fault_proxy, jenkins_stub
from tests.servers.git_http import make_certificates
from tests.servers.jenkins_stub import Stub
from tests.servers.jenkins_stub.controller import VIEWER
from tests.servers.processes import free_port

LOGIN = ("GITOPS_CI_JENKINS_USERNAME", "GITOPS_CI_JENKINS_TOKEN")


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[Stub, Path]]:
    """A controller below a prefix, with a certificate of an authority that no machine knows."""
    need("openssl")
    folder = tmp_path / "certificates"
    folder.mkdir()
    make_certificates(folder)
    (folder / "both.pem").write_text(
        (folder / "server.key").read_text() + (folder / "server.pem").read_text()
    )
    with jenkins_stub.serve("/ci/jenkins", folder / "both.pem") as stub:
        yield stub, folder / "ca.pem"


def without_login(desk: Desk) -> None:
    for name in LOGIN:
        desk.monkeypatch.delenv(name)


def test_a_controller_below_a_prefix_behind_tls(desk: Desk, tls: tuple[Stub, Path]) -> None:
    stub, ca_file = tls
    desk.url = stub.url.removesuffix("/")
    assert "is not trusted" in desk.run("apply", code=1).err
    desk.run("apply", "--ca-file", str(ca_file))
    assert (desk.site.folder, "promote") in stub.items
    desk.url = f"https://localhost:{stub.port}"
    told = desk.run("trigger", "shop", "--to", "prod", "--ca-file", str(ca_file), code=1).err
    assert "check the URL of Jenkins with its prefix" in told
    assert (
        "can't be used: "
        in desk.run("pending", "--ca-file", str(desk.folder / "none.pem"), code=2).err
    )


@pytest.mark.usefixtures("clock")
def test_nobody_listens(desk: Desk) -> None:
    desk.url = f"http://127.0.0.1:{free_port()}"
    assert "nothing listens at" in desk.run("pending", "--timeout", "20s", code=4).err


def test_nothing_says_where_jenkins_is(desk: Desk) -> None:
    assert "nothing says where Jenkins is" in desk.main(["jobs", "pending"], code=2).err


@pytest.mark.parametrize(
    "url",
    [
        "jenkins.example.com",
        "ftp://x/",
        "http://",
        "http://h:99999/",
        "https://h/?a=b",
        "https://a b/",
        "",
    ],
)
def test_what_is_no_url_of_a_controller_is_refused(desk: Desk, url: str) -> None:
    desk.main(["jobs", "pending", f"--jenkins-url={url}"], code=2)


@pytest.mark.usefixtures("clock")
def test_the_url_comes_from_option_then_gitops_yaml_then_jenkins(desk: Desk, stub: Stub) -> None:
    desk.run("apply")
    repo = ("--repo", str(desk.bare))
    desk.monkeypatch.setenv("JENKINS_URL", stub.url)
    assert (
        "there is no job gitops/promote"
        in desk.main(["jobs", "trigger", "shop", "--to", "prod", *repo], code=1).err
    )
    nowhere = f"http://127.0.0.1:{free_port()}/"
    desk.policy(POLICY + f"jenkins: {{url: '{nowhere}', folder: {desk.site.folder}}}\n")
    assert nowhere in desk.main(["jobs", "pending", *repo, "--timeout", "20s"], code=4).err
    assert desk.main(["jobs", "pending", *repo, "--jenkins-url", stub.url]).result["ok"]


def test_a_login_in_the_url_is_taken_out_and_loses_to_the_environment(
    desk: Desk, stub: Stub
) -> None:
    desk.url = stub.url.replace("://", "://admin:wrong-token@")
    desk.run("apply")
    without_login(desk)
    ran = desk.run("pending", code=1)
    assert "does not accept the login of admin" in ran.err
    assert "wrong-token" not in ran.err + str(ran.result)
    desk.url = stub.url.replace("://", "://admin:token-of-admin@")
    assert desk.run("pending").result["ok"]


def test_the_variables_of_other_tools_count_where_ours_are_unset(desk: Desk) -> None:
    desk.run("apply")
    without_login(desk)
    assert "Authentication required" in desk.run("pending", code=1).err
    desk.monkeypatch.setenv("JENKINS_USER_ID", desk.site.user)
    desk.monkeypatch.setenv("JENKINS_API_TOKEN", desk.site.token)
    assert desk.run("pending").result["ok"]
    desk.log_in("admin", "another-token")
    assert "does not accept the login" in desk.run("pending", code=1).err


def test_a_token_comes_from_a_file_and_needs_a_user(desk: Desk) -> None:
    desk.run("apply")
    file = desk.folder / "token"
    file.write_text(f"{desk.site.token}\n")
    desk.monkeypatch.delenv(LOGIN[1])
    desk.monkeypatch.setenv(f"{LOGIN[1]}_FILE", str(file))
    assert desk.run("pending").result["ok"]
    desk.monkeypatch.delenv(LOGIN[0])
    assert "nobody whose token it is" in desk.run("pending", code=2).err


def test_a_password_needs_a_crumb_and_gets_one(desk: Desk, stub: Stub) -> None:
    stub.passwords["admin"] = "the pässword"
    desk.monkeypatch.delenv(LOGIN[1])
    desk.monkeypatch.setenv("GITOPS_CI_JENKINS_PASSWORD", "the pässword")
    desk.run("apply")
    assert "crumbIssuer" not in " ".join(stub.posts)


def test_a_missing_right_is_named(desk: Desk, stub: Stub) -> None:
    desk.run("apply")
    stub.add_user("viewer", "token-of-viewer", VIEWER)
    desk.log_in("viewer", "token-of-viewer")
    assert desk.run("diff").result["category"] == "unchanged"
    told = desk.run("trigger", "shop", "--to", "prod", code=1).err
    assert "Jenkins refuses it to viewer: viewer is missing the Job/Build permission" in told
    desk.site.folder += "-other"
    assert "viewer is missing the Job/Create permission" in desk.run("apply", code=1).err


def test_creating_configuring_and_reading_is_enough_to_apply(desk: Desk, stub: Stub) -> None:
    rights = frozenset({"Overall/Read", "Job/Read", "Job/Create", "Job/Configure"})
    stub.add_user("applier", "token-of-applier", rights)
    desk.log_in("applier", "token-of-applier")
    desk.run("apply")
    desk.site.change(desk.job, "<numToKeep>100", "<numToKeep>9")
    assert desk.run("apply").result["changed"]


def test_proxies_are_used_and_netrc_is_not(desk: Desk, stub: Stub) -> None:
    netrc = desk.folder / "netrc"
    netrc.write_text("machine jenkins.example.com login mallory password netrc-password\n")
    desk.monkeypatch.setenv("NETRC", str(netrc))
    without_login(desk)
    with fault_proxy.serve(stub.url) as proxy:
        desk.monkeypatch.setenv("http_proxy", proxy.url(""))
        desk.monkeypatch.setenv("no_proxy", "")
        desk.url = "http://jenkins.example.com/"
        desk.run("pending", code=1)
        assert proxy.requests
        assert all("Authorization" not in headers for _, headers in proxy.requests)


def test_a_login_over_plain_http_is_remarked(desk: Desk, stub: Stub) -> None:
    with fault_proxy.serve(stub.url) as proxy:
        desk.monkeypatch.setenv("http_proxy", proxy.url(""))
        desk.url = "http://jenkins.example.com/"
        ran = desk.run("pending", code=1)
    assert ran.err.count("goes over plain http to jenkins.example.com") == 1


def test_headers_for_a_proxy_are_sent_and_not_shown(desk: Desk, stub: Stub) -> None:
    desk.run("apply")
    with fault_proxy.serve(stub.url) as proxy:
        desk.url = proxy.url("")
        desk.monkeypatch.setenv("JENKINS_API_EXTRA_HEADERS", "X-Proxy-Token: very-secret-header")
        ran = desk.run("pending")
        assert {headers.get("X-Proxy-Token") for _, headers in proxy.requests} == {
            "very-secret-header"
        }
    assert "very-secret-header" not in ran.err + ran.out


def test_job_names_that_jenkins_does_not_take_are_refused(desk: Desk) -> None:
    for folder in ("a//b", "../x", "a*b", "a\x1b", "trail."):
        desk.site.folder = folder
        assert "can't be the name of a folder or job" in desk.run("diff", code=2).err
