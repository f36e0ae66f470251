"""What a registry's HTTP answer means."""

import hashlib
import json
from typing import Any

from gitops_ci.adapters.http.failures import shown
from gitops_ci.adapters.http.message import HttpResponse
from gitops_ci.adapters.registry.address import Address
from gitops_ci.model.image_reference import DIGEST
from gitops_ci.model.release import Fact, Known, Unknown

# https://github.com/opencontainers/image-spec/blob/v1.1.0/media-types.md and their Docker
# forerunners
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
IMAGES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
ACCEPT = ", ".join(INDEXES + IMAGES)
# bytes; what registries must accept as a manifest, and far more than any configuration
LARGEST = 4 * 1024 * 1024
LOGIN = (
    "set GITOPS_CI_REGISTRY_USERNAME and GITOPS_CI_REGISTRY_PASSWORD, or log in with docker login"
)

# https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes; NOT_FOUND is
# Harbor's
_ABSENT = {"NAME_UNKNOWN", "MANIFEST_UNKNOWN", "NOT_FOUND"}


def digest_in(answer: HttpResponse) -> str | None:
    """Return the digest that a successful answer states in its header, if it is one."""
    stated = answer.headers.get("docker-content-digest", "")
    return stated if answer.status == 200 and DIGEST.fullmatch(stated) else None


def says_absent(answer: HttpResponse) -> bool:
    """Tell whether a registry (not any web server) says that there is no such tag or repository."""
    return answer.status == 404 and bool(_ABSENT & set(error_codes(answer)))


def error_codes(answer: HttpResponse) -> list[str]:
    """Return the error codes of a registry's JSON error body."""
    document = as_json(answer.body)
    errors = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(errors, list):
        return []
    return [str(error.get("code")) for error in errors if isinstance(error, dict)]


def digest_of_body(answer: HttpResponse, address: Address) -> Fact:
    """Return the digest of a manifest that was read whole; Unknown when it is no manifest or not
    what the header says.
    """
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in INDEXES + IMAGES or not isinstance(as_json(answer.body), dict):
        return malformed_answer(
            address, f"sends {shown(kind) or 'something without a type'} where a manifest should be"
        )
    digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
    stated = digest_in(answer)
    if stated and stated.startswith("sha256:") and stated != digest:
        return malformed_answer(
            address, f"sends a manifest with digest {digest} and says it is {stated}"
        )
    return Known(digest)


def failure(answer: HttpResponse, address: Address) -> Unknown:
    """Return what an answer means that is neither success nor absence."""
    status, codes = answer.status, _shown_codes(answer)
    if status == 401:
        return Unknown(
            f"{describe_registry(address)} wants credentials, or refuses those given "
            f"(401{codes}); {LOGIN}",
            transient=False,
        )
    if status == 403:
        return Unknown(
            f"{describe_registry(address)} does not allow these credentials to read it "
            f"(403{codes}); {LOGIN}",
            transient=False,
        )
    if status == 404:
        return malformed_answer(address, "answers 404, but not as a registry does")
    if status == 429:
        return Unknown(
            f"{describe_registry(address)} answers 429: too many requests{codes}", transient=True
        )
    if status >= 500:
        return Unknown(f"{describe_registry(address)} answers {status}{codes}", transient=True)
    return malformed_answer(address, f"answers {status}{codes}")


def malformed_answer(address: Address, what: str) -> Unknown:
    """Return the fact for a server that does not behave as a registry."""
    return Unknown(
        f"{describe_registry(address)} {what}; is {address.netloc} a registry?", transient=False
    )


def describe_registry(address: Address) -> str:
    """Return the words that name a registry and what it was asked for."""
    return f"registry {address.netloc}, asked for {address.reference},"


def as_json(body: bytes) -> Any:
    """Parse JSON; None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _shown_codes(answer: HttpResponse) -> str:
    codes = [code for code in error_codes(answer) if code != "None"]
    return f", {shown(' '.join(codes))}" if codes else ""
