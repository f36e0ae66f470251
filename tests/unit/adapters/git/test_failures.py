"""Git's words are told apart: what is final, what may pass, and what to do."""

import logging

import pytest
from pytest_mock import MockerFixture

from gitops_ci.adapters.git.connection.failures import failure, server_words
from gitops_ci.adapters.git.connection.remote import retried
from gitops_ci.adapters.git.objects.paths import branch_name
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UnavailableError, UsageError


@pytest.mark.parametrize(
    "text",
    [
        "fatal: unable to access 'https://x/': The requested URL returned error: 503",
        "fatal: unable to access 'https://x/': The requested URL returned error: 429",
        "fatal: unable to access 'https://x/': Could not resolve host: x",
        "fatal: unable to access 'https://x/': Failed to connect to x port 443 after 0 ms: "
        "Couldn't connect to server",
        "error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: expected "
        "flush after ref listing",
        "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
        "fatal: the remote end hung up unexpectedly",
        "error: RPC failed; curl 28 Operation too slow. Less than 1 bytes/sec transferred "
        "the last 30 seconds",
        "ssh: connect to host x port 22: Connection refused\nfatal: Could not read from "
        "remote repository.\n\n"
        "Please make sure you have the correct access rights\nand the repository exists.",
        "kex_exchange_identification: read: Connection reset by peer",
        "[remote rejected] (failed to update ref)\nremote: error: cannot lock ref "
        "'refs/heads/main': is at a but expected b",
        "[remote rejected] (incorrect old value provided)",
        "[rejected] (stale info)",
        "",
    ],
)
def test_what_may_pass_is_unavailable(text: str) -> None:
    assert isinstance(failure("can't read it", text), UnavailableError)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("fatal: Authentication failed for 'https://x/'", "GITOPS_CI_GIT_TOKEN"),
        (
            "fatal: could not read Username for 'https://x': terminal prompts disabled",
            "GITOPS_CI_GIT_USERNAME",
        ),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", "right"),
        ("fatal: repository 'https://x/' not found", "--repo"),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", "--repo"),
        (
            "git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.",
            "key",
        ),
        (
            "Host key verification failed.\nfatal: Could not read from remote repository.",
            "known_hosts",
        ),
        (
            "fatal: unable to access 'https://x/': SSL certificate problem: unable to get "
            "local issuer certificate",
            "--ca-file",
        ),
        (
            "fatal: unable to access 'https://x/': server certificate verification failed. "
            "CAfile: none CRLfile: none",
            "--ca-file",
        ),
        (
            "remote: GitLab: You are not allowed to push code to protected branches on this "
            "project.",
            "right to push",
        ),
        (
            "remote: error: GH006: Protected branch update failed for refs/heads/main.",
            "right to push",
        ),
        (
            "remote: connection refused by policy\n[remote rejected] (pre-receive hook declined)",
            "rules",
        ),
        ("fatal: detected dubious ownership in repository at '/srv/a.git'", "safe.directory"),
        (
            "remote: error: refusing to update checked out branch: refs/heads/main",
            "bare repository",
        ),
        ("fatal: something that nobody has seen", "git ls-remote"),
    ],
)
def test_what_stays_so_is_final_and_says_what_to_do(text: str, remedy: str) -> None:
    error = failure("can't read it", text)
    assert isinstance(error, GitError)
    assert remedy in error.remedy


def test_words_are_one_line_without_prefixes_noise_and_repetition() -> None:
    twice = "remote: error: no \x1b[31mway\n" * 2
    text = f"{twice}warning: x\nhint: y\nTo https://x\n! [rejected] (z)\nfatal: end"
    assert server_words(text) == "no \\x1b[31mway; [rejected] (z); end"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        "a b",
        "a..b",
        "a~1",
        "a:b",
        "refs/../x",
        "a\nb",
        "a.lock",
        "a/",
        "/a",
        "@",
        "a@{1}",
        "a\\b",
        "a*",
        ".a",
        "a/.b",
    ],
)
def test_what_is_no_branch_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        branch_name(name)


@pytest.mark.parametrize("name", ["main", "release/1.0", "feature/ümlaut", "a@b", "v1.0-rc_1"])
def test_branches_pass(name: str) -> None:
    assert branch_name(name) == name


def test_a_server_that_stays_down_is_told_of_once(
    mocker: MockerFixture, caplog: pytest.LogCaptureFixture
) -> None:
    mocker.patch.object(Deadline, "rest")
    answers = [*[UnavailableError("down")] * 5, UnavailableError("busy"), "up"]
    ask = mocker.Mock(side_effect=answers)
    with caplog.at_level(logging.INFO, "gitops_ci"):
        assert retried(Deadline.after(600), ask) == "up"
    assert caplog.messages == ["down; trying again", "busy; trying again"]
