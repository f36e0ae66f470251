"""What real registries answer."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gitops_ci.adapters.http.trust import trust
from gitops_ci.adapters.registry import RegistrySettings, digest_of, digests_of, labels_of
from gitops_ci.base.deadline import Deadline
from gitops_ci.demo.images import make_image
from gitops_ci.model.image_reference import ImageReference, Tag, parse_reference
from gitops_ci.model.release import Known, Unknown
from tests.integration.images import witness
from tests.integration.images.layouts import make_index
from tests.realparts import need
from tests.servers.registry import PASSWORD, USER, Registry

need("skopeo")

LABELS = {"org.opencontainers.image.revision": "4" * 40}


def ask(registry: Registry, name: str, **settings: str) -> Known | Unknown:
    return digest_of(
        parse_reference(f"{registry.host}/{name}"), named(registry, **settings), Deadline.after(20)
    )


def named(registry: Registry, **settings: str) -> RegistrySettings:
    return RegistrySettings(plain_http=frozenset({registry.host}), **settings)


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    folder = tmp_path / "layout"
    make_image(folder, "15", LABELS, {"hello": b"hello"})
    return folder


def test_a_tag_names_the_digest_that_skopeo_sees(open_registry: Registry, layout: Path) -> None:
    witness.copy(layout, "15", open_registry, "real/app:15")
    assert ask(open_registry, "real/app:15") == Known(witness.digest(open_registry, "real/app:15"))


def test_a_digest_is_confirmed(open_registry: Registry, layout: Path) -> None:
    witness.copy(layout, "15", open_registry, "real/confirmed:15")
    digest = witness.digest(open_registry, "real/confirmed:15")
    assert ask(open_registry, f"real/confirmed@{digest}") == Known(digest)


def test_what_is_not_there_is_known_not_to_be_there(open_registry: Registry, layout: Path) -> None:
    witness.copy(layout, "15", open_registry, "real/known:15")
    assert ask(open_registry, "real/known:16") == Known(None)
    assert ask(open_registry, "never/pushed:1") == Known(None)
    assert ask(open_registry, f"real/known@sha256:{'0' * 64}") == Known(None)


def test_labels_come_from_the_configuration(open_registry: Registry, layout: Path) -> None:
    witness.copy(layout, "15", open_registry, "real/labels:15")
    reference = parse_reference(f"{open_registry.host}/real/labels:15")
    assert labels_of(reference, named(open_registry), Deadline.after(20)) == LABELS


def test_an_index_has_its_own_digest_and_the_labels_of_its_first_image(
    open_registry: Registry, layout: Path
) -> None:
    make_image(
        layout, "attestation", {"kind": "attestation"}, {}
    )  # as BuildKit adds them: for the platform "unknown"
    make_image(layout, "arm", LABELS | {"for": "arm"}, {})
    digest = make_index(layout, "multi", {"attestation": "unknown", "15": "amd64", "arm": "arm64"})
    witness.copy(layout, "multi", open_registry, "real/multi:15")
    reference = parse_reference(f"{open_registry.host}/real/multi:15")
    assert ask(open_registry, "real/multi:15") == Known(digest)
    assert labels_of(reference, named(open_registry), Deadline.after(20)) == LABELS


def test_many_references_are_answered_at_once_and_each_once(
    open_registry: Registry, layout: Path
) -> None:
    witness.copy(layout, "15", open_registry, "real/many:15")
    digest = witness.digest(open_registry, "real/many:15")
    there, missing = (
        parse_reference(f"{open_registry.host}/real/many:{tag}") for tag in ("15", "16")
    )
    on_disk = ImageReference(f"oci:{layout}", Tag("15"))
    facts = digests_of([there, missing, there, on_disk], named(open_registry), Deadline.after(20))
    assert facts == {there: Known(digest), missing: Known(None), on_disk: Known(digest)}


def test_plain_http_needs_the_host_to_be_named_even_on_loopback(open_registry: Registry) -> None:
    reference = parse_reference(f"{open_registry.host}/real/app:15")
    fact = digest_of(reference, RegistrySettings(), Deadline.after(20))
    assert isinstance(fact, Unknown)
    assert not fact.transient
    assert f"--plain-http {open_registry.host}" in fact.reason


def test_a_login_is_asked_for(login_registry: Registry) -> None:
    fact = ask(login_registry, "app:15")
    assert isinstance(fact, Unknown)
    assert not fact.transient
    assert "GITOPS_CI_REGISTRY_USERNAME" in fact.reason


def test_the_given_login_is_used(login_registry: Registry, layout: Path) -> None:
    witness.copy(layout, "15", login_registry, "given/app:15")
    digest = witness.digest(login_registry, "given/app:15")
    assert ask(login_registry, "given/app:15", username=USER, password=PASSWORD) == Known(digest)
    assert ask(login_registry, "given/app:16", username=USER, password=PASSWORD) == Known(None)


def test_a_wrong_password_is_final(login_registry: Registry) -> None:
    fact = ask(login_registry, "app:15", username=USER, password="wrong-password")
    assert isinstance(fact, Unknown)
    assert not fact.transient
    assert "wrong-password" not in fact.reason


def docker_config(
    folder: Path, document: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(document))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))


def test_what_docker_login_stored_is_used(
    login_registry: Registry, layout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness.copy(layout, "15", login_registry, "stored/app:15")
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    docker_config(
        tmp_path / "docker", {"auths": {login_registry.host: {"auth": pair}}}, monkeypatch
    )
    assert isinstance(ask(login_registry, "stored/app:15"), Known)
    assert ask(login_registry, "stored/app:16") == Known(None)


@pytest.mark.parametrize("key", ["credHelpers", "credsStore"])
def test_a_credential_helper_is_asked(
    login_registry: Registry,
    layout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
) -> None:
    witness.copy(layout, "15", login_registry, "helped/app:15")
    helper = tmp_path / "bin" / "docker-credential-vault"
    helper.parent.mkdir()
    answer = json.dumps({"ServerURL": login_registry.host, "Username": USER, "Secret": PASSWORD})
    helper.write_text(
        f"#!/bin/sh\nread host\n[ \"$1 $host\" = 'get {login_registry.host}' ] && echo '{answer}'\n"
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(helper.parent), prepend=":")
    setting = {"credHelpers": {login_registry.host: "vault"}, "credsStore": "vault"}[key]
    docker_config(tmp_path / "docker", {key: setting}, monkeypatch)
    assert isinstance(ask(login_registry, "helped/app:15"), Known)


def test_an_authority_of_ones_own_is_trusted_when_named(
    tls_registry: Registry, layout: Path
) -> None:
    witness.copy(layout, "15", tls_registry, "tls/app:15")
    reference = parse_reference(f"{tls_registry.host}/tls/app:15")
    trusting = RegistrySettings(ca_file=str(tls_registry.ca_file))
    assert digest_of(reference, trusting, Deadline.after(20)) == Known(
        witness.digest(tls_registry, "tls/app:15")
    )
    assert labels_of(reference, trusting, Deadline.after(20)) == LABELS


def test_an_authority_of_the_machine_is_trusted(
    tls_registry: Registry, layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness.copy(layout, "15", tls_registry, "tls/app:15")
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_registry.ca_file))
    reference = parse_reference(f"{tls_registry.host}/tls/app:15")
    trust.cache_clear()  # a process reads the machine's authorities once
    try:
        assert labels_of(reference, RegistrySettings(), Deadline.after(20)) == LABELS
    finally:
        trust.cache_clear()


def test_an_unknown_authority_is_final_and_names_the_option(tls_registry: Registry) -> None:
    fact = digest_of(
        parse_reference(f"{tls_registry.host}/tls/app:15"), RegistrySettings(), Deadline.after(20)
    )
    assert isinstance(fact, Unknown)
    assert not fact.transient
    assert "--ca-file" in fact.reason


def test_a_file_that_holds_no_certificates_is_named(tls_registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    for file in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        settings = RegistrySettings(ca_file=str(file))
        fact = digest_of(
            parse_reference(f"{tls_registry.host}/tls/app:15"), settings, Deadline.after(20)
        )
        assert isinstance(fact, Unknown)
        assert not fact.transient
        assert str(file) in fact.reason


def test_the_plain_question_loads_no_heavy_library(open_registry: Registry, layout: Path) -> None:
    witness.copy(layout, "15", open_registry, "light/app:15")
    program = f"""
import sys
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.image_reference import parse_reference
from gitops_ci.adapters.registry import RegistrySettings, digest_of
settings = RegistrySettings(plain_http=frozenset({{{open_registry.host!r}}}))
for tag in (15, 16):
    print(digest_of(parse_reference(f"{open_registry.host}/light/app:{{tag}}"), settings, Deadline.after(20)).value)
print(sorted({{"requests", "urllib3"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == [witness.digest(open_registry, "light/app:15"), "None", "[]"]
