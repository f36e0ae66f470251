"""The full client: credentials of every kind, proxies, own certificates, indexes; one question at a time.

Uses oras for the authentication handshakes, below its retry decorator: that one has no timeouts and sleeps for 131 s on
a refused connection. The session and the retries are ours, so that each question ends in time.
"""

import hashlib
import logging
from collections.abc import Callable
from time import sleep
from typing import Any, TypeVar

from gitops_ci.deadline import Deadline
from gitops_ci.model import Fact, Known, Unknown
from gitops_ci.registry.address import Address
from gitops_ci.registry.answers import ACCEPT, Answer, as_json, bad, digest_in, digest_of_body, failure, says_absent, who
from gitops_ci.registry.conversation import Conversation, reason_of
from gitops_ci.registry.layout import digest_at, first_image, labels_in
from gitops_ci.registry.session import Trouble
from gitops_ci.registry.settings import RegistrySettings

log = logging.getLogger(__name__)

TRIES = 4
FIRST_PAUSE = 0.5  # seconds

Found = TypeVar("Found")


def digest_of(address: Address, settings: RegistrySettings, deadline: Deadline) -> Fact:
    """Return which digest the reference names; Known(None) for none, Unknown when it can't be told in time."""

    def ask(talk: Conversation) -> Fact:
        answer = talk.send("HEAD", address.manifest(), ACCEPT)
        digest = digest_in(answer)
        if digest:
            return Known(digest)
        answer = talk.send("GET", address.manifest(), ACCEPT)
        if says_absent(answer):
            return Known(None)
        return digest_of_body(answer, address) if answer.status == 200 else failure(answer, address)

    return _tried(ask, address, settings, deadline)


def labels_of(address: Address, settings: RegistrySettings, deadline: Deadline) -> dict[str, str] | Fact:
    """Return the labels of the image's configuration; of an index, those of its first image."""

    def ask(talk: Conversation) -> dict[str, str] | Fact:
        answer = talk.send("GET", address.manifest(), ACCEPT)
        if says_absent(answer):
            return Known(None)
        manifest = _document(answer, address)
        if "manifests" in manifest:
            first = first_image(manifest)
            if not first:
                return bad(address, "sends an index without images")
            manifest = _document(talk.send("GET", address.manifest(first), ACCEPT), address)
        digest = digest_at(manifest.get("config"))
        if not digest:
            return bad(address, "sends a manifest without configuration")
        answer = talk.send("GET", address.blob(digest), "*/*")
        algorithm, _, value = digest.partition(":")
        if answer.status == 200 and value != hashlib.new(algorithm, answer.body).hexdigest():
            return bad(address, f"sends a configuration that is not {digest}")
        return labels_in(_document(answer, address))

    return _tried(ask, address, settings, deadline)


def _tried(
    ask: Callable[[Conversation], Found | Fact], address: Address, settings: RegistrySettings, deadline: Deadline
) -> Found | Fact:
    """Ask again what may pass, a few times and as long as there is time."""
    attempt = 0
    while True:
        attempt += 1
        fact, after = _once(ask, address, settings, deadline)
        if not (isinstance(fact, Unknown) and fact.transient) or attempt >= TRIES:
            return fact
        log.debug("try %d: %s", attempt, fact.reason)
        if not _waited(after, attempt, deadline):
            return fact


def _once(
    ask: Callable[[Conversation], Found | Fact], address: Address, settings: RegistrySettings, deadline: Deadline
) -> tuple[Found | Fact, float | None]:
    try:
        with Conversation(address, settings, deadline) as talk:
            return ask(talk), None
    except Trouble as trouble:
        return Unknown(f"{who(address)} has no answer: {trouble.fact.reason}", trouble.fact.transient), trouble.after
    except (OSError, ValueError) as error:  # requests' exceptions are OSErrors
        reason, transient = reason_of(error, address)
        return Unknown(f"{who(address)} {reason}", transient), None


def _waited(after: float | None, attempt: int, deadline: Deadline) -> bool:
    """Wait before the next try, as long as the server asked; False when that is past the deadline."""
    if after is None:
        return deadline.pause(attempt, FIRST_PAUSE)
    if after >= deadline.remaining():
        return False
    sleep(after)
    return True


def _document(answer: Answer, address: Address) -> dict[str, Any]:
    document = as_json(answer.body)
    if answer.status != 200:
        fact = failure(answer, address)
        raise Trouble(fact.reason, transient=fact.transient)
    if not isinstance(document, dict):
        raise Trouble("what it sends is not JSON", transient=False)
    return document
