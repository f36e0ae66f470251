"""What a registry does on a bad day, and what then is known, in bounded time."""

import email.utils
import json
import time
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from gitops_ci.adapters.credentials import registry_settings
from gitops_ci.adapters.registry import (
    Labels,
    RegistrySettings,
    client,
    digest_of,
    digests_of,
    labels_of,
)
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.image_reference import ImageReference, parse_reference
from gitops_ci.model.release import Fact, Known, Unknown
from tests.patience import ended_late
from tests.servers import fake_registry
from tests.servers.fake_registry import DIGEST, TOKEN, FakeRegistry
from tests.servers.faults import Drip, Reply, Silence
from tests.servers.processes import free_port


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pause as often as in life, but not as long."""
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.01)


def settings(fake: FakeRegistry, **more: str) -> RegistrySettings:
    return RegistrySettings(plain_http=frozenset({fake.host}), **more)


def reference(fake: FakeRegistry, tag: str = "15") -> ImageReference:
    return parse_reference(f"{fake.host}/app:{tag}")


def ask(fake: FakeRegistry, seconds: float = 20, **more: str) -> Fact:
    return digest_of(reference(fake), settings(fake, **more), Deadline.after(seconds))


def passing(fact: Fact) -> str:
    assert isinstance(fact, Unknown)
    assert fact.transient
    return fact.reason


def final(fact: Labels | Fact) -> str:
    assert isinstance(fact, Unknown)
    assert not fact.transient
    return fact.reason


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_overload_is_asked_again(fake: FakeRegistry, status: int) -> None:
    fake.faults = [Reply(status), Reply(status)]
    assert ask(fake) == Known(DIGEST)


@pytest.mark.parametrize("status", [429, 503])
def test_lasting_overload_may_pass_and_is_named(fake: FakeRegistry, status: int) -> None:
    fake.always = Reply(status)
    assert str(status) in passing(ask(fake))
    assert len(fake.seen) == client.TRIES


def test_the_pause_that_a_registry_asks_for_is_kept(
    fake: FakeRegistry, mocker: MockerFixture
) -> None:
    sleep = mocker.patch.object(Deadline, "rest")
    fake.faults = [Reply(429), Reply(429, headers=(("Retry-After", "7"),))]
    assert ask(fake) == Known(DIGEST)
    sleep.assert_called_with(7)


def test_a_date_to_ask_again_at_is_understood(fake: FakeRegistry, mocker: MockerFixture) -> None:
    sleep = mocker.patch.object(Deadline, "rest")
    at = email.utils.formatdate(time.time() + 15, usegmt=True)
    fake.faults = [Reply(429), Reply(429, headers=(("Retry-After", at),))]
    assert ask(fake, seconds=60) == Known(DIGEST)
    assert any(1 < call.args[0] <= 15 for call in sleep.call_args_list)


def test_a_pause_beyond_the_deadline_is_not_begun(fake: FakeRegistry) -> None:
    fake.always = Reply(429, headers=(("Retry-After", "3600"),))
    passing(ask(fake))
    assert len(fake.seen) == 1


@pytest.mark.parametrize("fault", [Silence(), Drip()])
def test_a_registry_that_does_not_answer_ends_with_the_deadline(
    fake: FakeRegistry, fault: Silence | Drip
) -> None:
    fake.always = fault
    reason = passing(ask(fake, seconds=1))
    assert fake.host in reason


def test_one_silent_registry_does_not_keep_the_answers_of_another(fake: FakeRegistry) -> None:
    with fake_registry.serve() as silent:
        silent.always = Silence()
        both = [reference(silent), reference(fake)]
        hosts = frozenset({silent.host, fake.host})
        facts = ended_late(
            lambda seconds: digests_of(
                both, RegistrySettings(plain_http=hosts), Deadline.after(seconds)
            ),
            lambda facts: facts[both[1]] == Known(DIGEST),
        )
    passing(facts[both[0]])


def test_nothing_that_listens_may_pass(fake: FakeRegistry) -> None:
    host = f"127.0.0.1:{free_port()}"
    fact = digest_of(
        parse_reference(f"{host}/app:15"),
        RegistrySettings(plain_http=frozenset({host})),
        Deadline.after(20),
    )
    assert "nothing listens" in passing(fact)


def test_a_registry_that_is_down_is_found_out_once_for_many(fake: FakeRegistry) -> None:
    fake.always = Reply(503)
    many = [reference(fake, str(number)) for number in range(40)]
    facts = digests_of(many, settings(fake), Deadline.after(20))
    assert all(passing(fact) for fact in facts.values())
    assert len(fake.seen) <= 8 * client.TRIES


def test_a_host_that_does_not_exist_is_final() -> None:
    fact = digest_of(
        parse_reference("registry.invalid/app:15"), RegistrySettings(), Deadline.after(20)
    )
    assert isinstance(fact, Unknown)
    assert "registry.invalid" in fact.reason


@pytest.mark.parametrize(
    "answer", [Reply(401), Reply(403), Reply(403, b'{"errors": [{"code": "DENIED"}]}')]
)
def test_a_refusal_is_final_and_not_repeated(fake: FakeRegistry, answer: Reply) -> None:
    fake.always = answer
    final(ask(fake))
    assert len(fake.seen) <= 3


@pytest.mark.parametrize(
    "answer",
    [
        Reply(404, b"<html>not here</html>"),
        Reply(200, b"<html>please log in</html>", (("Content-Type", "text/html"),)),
        Reply(200, b"{}", (("Docker-Content-Digest", "sha256:short"),)),
        Reply(204),
        Reply(200, b"[" * 100_000),
    ],
)
def test_a_server_that_is_no_registry_is_never_taken_for_an_absent_image(
    fake: FakeRegistry, answer: Reply
) -> None:
    fake.always = answer
    assert f"is {fake.host} a registry?" in final(ask(fake))


def test_an_answer_that_breaks_off_may_pass(fake: FakeRegistry) -> None:
    fake.digest_header = False
    fake.always = Reply(200, b'{"schema', (("Content-Type", fake_registry.MANIFEST),), length=4000)
    passing(ask(fake))


def test_an_endless_answer_is_not_read_to_the_end(fake: FakeRegistry) -> None:
    fake.always = Reply(200, b"x" * (5 * 1024 * 1024), (("Content-Type", fake_registry.MANIFEST),))
    assert "bytes" in final(ask(fake))


def test_without_the_digest_header_the_manifest_is_hashed(fake: FakeRegistry) -> None:
    fake.digest_header = False
    assert ask(fake) == Known(DIGEST)


def test_a_manifest_that_is_not_what_the_header_says_is_a_lie(fake: FakeRegistry) -> None:
    lie = (
        ("Content-Type", fake_registry.MANIFEST),
        ("Docker-Content-Digest", f"sha256:{'1' * 64}"),
    )
    fake.always = Reply(200, fake_registry.CONTENT, lie)
    fact = labels_of(reference(fake), settings(fake), Deadline.after(20))
    assert isinstance(fact, Unknown)


@pytest.mark.parametrize(
    "document",
    [
        {"manifests": []},
        {"manifests": [{"digest": "../../x"}]},
        {"config": {"digest": "../../x"}},
        {"config": {"digest": f"sha256:{'0' * 64}"}},
        {"config": []},
        {},
    ],
)
def test_a_manifest_that_leads_nowhere_has_no_labels(
    fake: FakeRegistry, document: dict[str, object]
) -> None:
    fake.faults = [
        Reply(200, json.dumps(document).encode(), (("Content-Type", fake_registry.MANIFEST),))
    ]
    final(labels_of(reference(fake), settings(fake), Deadline.after(20)))
    assert all(".." not in path for _, path, _ in fake.seen)


def test_labels_of_what_does_not_exist_are_known_not_to_exist(fake: FakeRegistry) -> None:
    assert labels_of(reference(fake, "16"), settings(fake), Deadline.after(20)) == Known(None)


def test_a_token_is_fetched_without_a_login_when_that_is_enough(fake: FakeRegistry) -> None:
    fake.want_token()
    assert ask(fake) == Known(DIGEST)
    assert labels_of(reference(fake), settings(fake), Deadline.after(20)) == {"team": "a"}


def test_a_token_is_fetched_with_the_given_login(fake: FakeRegistry) -> None:
    fake.want_token()
    fake.users = {"alice": "pass:word"}
    assert ask(fake, username="alice", password="pass:word") == Known(DIGEST)
    assert fake.seen[-1][2] == f"Bearer {TOKEN}"


def test_a_token_server_that_refuses_is_final(fake: FakeRegistry) -> None:
    fake.want_token()
    fake.users = {"alice": "pass:word"}
    assert "does not accept" in final(ask(fake, username="alice", password="wrong"))


def test_a_token_server_that_is_overloaded_may_pass(fake: FakeRegistry) -> None:
    fake.want_token()
    fake.token_fault = Reply(503)
    assert "503" in passing(ask(fake))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"token": 5}', b"null"])
def test_a_token_server_that_talks_nonsense_is_final(fake: FakeRegistry, body: bytes) -> None:
    fake.want_token()
    fake.token_fault = Reply(200, body)
    final(ask(fake))


def test_a_given_token_is_sent_to_the_registry(fake: FakeRegistry) -> None:
    fake.want_token()
    assert ask(fake, token=TOKEN) == Known(DIGEST)
    assert fake.seen == [("HEAD", "/v2/app/manifests/15", f"Bearer {TOKEN}")]


def test_a_login_goes_to_the_registry_that_it_is_bound_to_and_to_no_other(
    fake: FakeRegistry,
) -> None:
    login = {"GITOPS_CI_REGISTRY_USERNAME": "alice", "GITOPS_CI_REGISTRY_PASSWORD": "pass:word"}
    with fake_registry.serve() as bound:
        for each in (fake, bound):
            each.challenge, each.users = 'Basic realm="registry"', {"alice": "pass:word"}
        hosts = [fake.host, bound.host]
        for named in (hosts, hosts[::-1]):
            known = registry_settings(
                named, environ=login | {"GITOPS_CI_REGISTRY_HOST": bound.host}
            )
            facts = digests_of([reference(fake), reference(bound)], known, Deadline.after(20))
            assert facts[reference(bound)] == Known(DIGEST)
            final(facts[reference(fake)])
    assert {authorization for _, _, authorization in fake.seen} == {None}


def test_a_login_that_is_bound_to_a_registry_is_not_sent_in_clear_to_one_on_plain_http(
    fake: FakeRegistry,
) -> None:
    fake.challenge = 'Basic realm="registry"'
    login = {
        "GITOPS_CI_REGISTRY_TOKEN": "t0ken",
        "GITOPS_CI_REGISTRY_HOST": "registry.other.example",
    }
    digest_of(reference(fake), registry_settings([fake.host], environ=login), Deadline.after(20))
    assert fake.seen
    assert {authorization for _, _, authorization in fake.seen} == {None}


def test_credentials_do_not_go_to_a_token_server_on_plain_http_that_nobody_named(
    fake: FakeRegistry,
) -> None:
    with fake_registry.serve() as other:
        fake.want_token(f"http://{other.host}/token")
        assert other.host in final(ask(fake, username="alice", password="pass:word"))
        assert other.seen == []


@pytest.mark.parametrize(
    "challenge",
    ["Bearer", 'Bearer realm=""', 'Bearer realm="ftp://x"', "Negotiate", 'Digest realm="x"'],
)
def test_a_challenge_of_another_kind_is_final(fake: FakeRegistry, challenge: str) -> None:
    fake.challenge = challenge
    final(ask(fake, username="alice", password="pass:word"))


def test_a_redirect_does_not_carry_credentials_to_another_host(fake: FakeRegistry) -> None:
    with fake_registry.serve() as other:
        to = (("Location", f"http://{other.host}/v2/app/manifests/15"),)
        fake.always = Reply(307, headers=to)
        hosts = frozenset({fake.host, other.host})
        named = RegistrySettings("alice", "pass:word", None, hosts)
        assert digest_of(reference(fake), named, Deadline.after(20)) == Known(DIGEST)
        assert [authorization for _, _, authorization in other.seen] == [None]


def test_a_redirect_to_plain_http_that_nobody_named_is_not_followed(fake: FakeRegistry) -> None:
    with fake_registry.serve() as other:
        fake.always = Reply(
            307, headers=(("Location", f"http://{other.host}/v2/app/manifests/15"),)
        )
        final(ask(fake))
        assert other.seen == []


def test_redirects_in_a_circle_end(fake: FakeRegistry) -> None:
    fake.always = Reply(307, headers=(("Location", f"http://{fake.host}/v2/app/manifests/15"),))
    assert "redirects" in final(ask(fake))


def test_an_image_that_is_hidden_from_strangers_is_found_with_the_stored_login(
    fake: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.challenge, fake.hidden, fake.users = 'Basic realm="x"', True, {"alice": "pass:word"}
    assert ask(fake) == Known(None)
    (tmp_path / "config.json").write_text(
        f'{{"auths": {{"{fake.host}": {{"auth": "YWxpY2U6cGFzczp3b3Jk"}}}}}}'
    )
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert ask(fake) == Known(DIGEST)


def test_an_identity_token_is_traded_for_an_access_token(
    fake: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.want_token()
    fake.identity = "long-lived-identity"
    (tmp_path / "config.json").write_text(
        f'{{"auths": {{"{fake.host}": {{"identitytoken": "long-lived-identity"}}}}}}'
    )
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert ask(fake) == Known(DIGEST)


def test_a_credential_helper_that_hangs_is_ended(
    fake: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "docker-credential-stuck"
    helper.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nsleep 600 & wait\n")
    helper.chmod(0o755)
    (tmp_path / "config.json").write_text(f'{{"credHelpers": {{"{fake.host}": "stuck"}}}}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    fake.challenge = 'Basic realm="x"'
    started = tmp_path / "pid"
    assert isinstance(
        ended_late(lambda seconds: ask(fake, seconds), lambda _: started.exists()), Unknown
    )
    group = started.read_text().strip()
    end = time.monotonic() + 60
    while _alive(group) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _alive(group)


def _alive(group: str) -> bool:
    """Tell whether a process of the group is left; zombies are not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if process_group == group and state != "Z":
            return True
    return False


def test_a_proxy_of_the_environment_is_used(
    fake: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert "proxy" in passing(ask(fake))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert ask(fake) == Known(DIGEST)


@pytest.mark.parametrize(
    "address",
    [
        "http://robot:s3cret@127.0.0.1:9/x",
        "http://robot:s3cret/word@127.0.0.1:9/x",
        "https://robot:s3cret@127.0.0.1:9/x",
        "https://127.0.0.1:9/x?private_token=s3cret",
    ],
)
@pytest.mark.parametrize("header", ["Location", "WWW-Authenticate"])
def test_a_login_in_an_address_that_a_registry_names_is_not_shown(
    fake: FakeRegistry, address: str, header: str
) -> None:
    if header == "Location":
        fake.always = Reply(307, headers=((header, address),))
    else:
        fake.always = Reply(401, headers=((header, f'Bearer realm="{address}"'),))
    fact = ask(fake, seconds=1)
    assert isinstance(fact, Unknown)
    assert "s3cret" not in fact.reason
