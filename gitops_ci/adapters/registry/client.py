"""Digests and labels from a registry, each request repeated while that may help."""

import hashlib
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from gitops_ci.adapters.http.client import Client, Limits
from gitops_ci.adapters.http.failures import Failure, RequestError
from gitops_ci.adapters.http.message import HttpResponse
from gitops_ci.adapters.registry.address import Address
from gitops_ci.adapters.registry.answers import (
    ACCEPT,
    LARGEST,
    as_json,
    describe_registry,
    digest_in,
    digest_of_body,
    failure,
    malformed_answer,
    says_absent,
)
from gitops_ci.adapters.registry.layout import digest_at, first_image, labels_in
from gitops_ci.adapters.registry.session import NoAnswer, RegistrySession
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.retry import Retry
from gitops_ci.model.registry_settings import RegistrySettings
from gitops_ci.model.release import Fact, Known, Unknown

log = logging.getLogger(__name__)

TRIES = 4
FIRST_PAUSE = 0.5  # seconds
LIMITS = Limits(connect=5.0, silence=15.0, largest=LARGEST)

Labels = TypeVar("Labels")


class Registries:
    """Asks registries; several threads may share it.

    ``once``: a registry that can't be reached is not tried again.
    """

    def __init__(
        self, settings: RegistrySettings, deadline: Deadline, *, once: bool = False
    ) -> None:
        self._settings = settings
        self._deadline = deadline
        self._once = once
        self._client = Client(LIMITS, ca_file=settings.ca_file)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def digest_of(self, address: Address) -> Fact:
        """Return which digest the reference names; Known(None) for none, Unknown when it can't be
        told in time.
        """

        def ask(session: RegistrySession) -> Fact:
            answer = session.send("HEAD", address.manifest(), ACCEPT)
            digest = digest_in(answer)
            if digest:
                return Known(digest)
            answer = session.send("GET", address.manifest(), ACCEPT)
            if says_absent(answer):
                return Known(None)
            return (
                digest_of_body(answer, address)
                if answer.status == 200
                else failure(answer, address)
            )

        return self._with_retry(ask, address)

    def labels_of(self, address: Address) -> dict[str, str] | Fact:
        """Return the labels of the image's configuration; of an index, those of its first image."""

        def ask(session: RegistrySession) -> dict[str, str] | Fact:
            answer = session.send("GET", address.manifest(), ACCEPT)
            if says_absent(answer):
                return Known(None)
            manifest = _document(answer, address)
            if "manifests" in manifest:
                first = first_image(manifest)
                if not first:
                    return malformed_answer(address, "sends an index without images")
                manifest = _document(session.send("GET", address.manifest(first), ACCEPT), address)
            digest = digest_at(manifest.get("config"))
            if not digest:
                return malformed_answer(address, "sends a manifest without configuration")
            answer = session.send("GET", address.blob(digest), "*/*")
            algorithm, _, value = digest.partition(":")
            if answer.status == 200 and value != hashlib.new(algorithm, answer.body).hexdigest():
                return malformed_answer(address, f"sends a configuration that is not {digest}")
            return labels_in(_document(answer, address))

        return self._with_retry(ask, address)

    def _with_retry(
        self, ask: Callable[[RegistrySession], Labels | Fact], address: Address
    ) -> Labels | Fact:
        settings = self._settings.for_host(address.netloc)
        retry = Retry(self._deadline, FIRST_PAUSE, most=TRIES)
        while True:
            after = None
            try:
                fact = ask(RegistrySession(self._client, address, settings, self._deadline))
            except NoAnswer as no_answer:
                reason = f"{describe_registry(address)} has no answer: {no_answer.fact.reason}"
                fact, after = Unknown(reason, no_answer.fact.transient), no_answer.after
            except RequestError as error:
                fact = self._unreachable(error.failure, address)
                if self._once:
                    return fact
            if not (isinstance(fact, Unknown) and fact.transient):
                return fact
            log.debug("try %d: %s", retry.attempt, fact.reason)
            if not retry.pause(after):
                return fact

    def _unreachable(self, problem: Failure, address: Address) -> Unknown:
        words = problem.words
        if problem.kind == "tls":
            words += f"; if it is on plain HTTP on purpose, say so: --plain-http {address.netloc}"
        if problem.kind == "cut" and self._once:
            words = "ends the connection without an answer"
        return Unknown(f"{describe_registry(address)} {words}", problem.may_pass)


def _document(answer: HttpResponse, address: Address) -> dict[str, Any]:
    document = as_json(answer.body)
    if answer.status != 200:
        fact = failure(answer, address)
        raise NoAnswer(fact.reason, transient=fact.transient)
    if not isinstance(document, dict):
        raise NoAnswer("what it sends is not JSON", transient=False)
    return document
