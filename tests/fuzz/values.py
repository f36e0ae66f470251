"""Values files of generated histories, and the images that they name."""

import re
from pathlib import Path

from msgspec import Struct, field

from gitops_ci.demo.images import make_image
from tests.fuzz.oracle import Place

EVIL_TAG = "99"
INHERITED_TAG = "5"
_TAG = re.compile(r'(?m)^(\s*tag:\s*)"?([^"\n]*)"?$')
_DIGEST = re.compile(r'(?m)^(\s*digest:\s*)"?([^"\n]*)"?$')


class Registry(Struct):
    """Layouts that stand for the registry: every tag of every application is there."""

    folder: Path
    digests: dict[tuple[str, str], str] = field(default_factory=dict)  # by application and tag

    @property
    def address(self) -> str:
        return f"oci:{self.folder}"

    def tag(self, number: int) -> str:
        """Return the tag of a build."""
        return str(number)

    def digest(self, app: str, tag: str) -> str:
        """Return the digest of an image, which is made when it is asked for first."""
        if (app, tag) not in self.digests:
            content = {"app": f"{app} {tag}".encode()}
            self.digests[app, tag] = make_image(self.folder / app, tag, {}, content)
        return self.digests[app, tag]

    def reference(self, app: str, tag: str) -> str:
        """Return an image as a trailer names it."""
        return f"{self.address}/{app}:{tag}@{self.digest(app, tag)}"


def file(place: Place) -> str:
    """Return the path of a values file."""
    app, environment = place
    return f"apps/{app}/values-{environment}.yaml"


def tag_in(text: str) -> str:
    """Return the tag of a values file."""
    found = _TAG.search(text)
    assert found, text
    return found[2]


def with_tag(text: str, tag: str) -> str:
    """Return a values file with another tag."""
    return _TAG.sub(rf'\g<1>"{tag}"', text)


def with_digest(text: str, digest: str) -> str:
    """Return a values file with another digest, where there is a key for it."""
    return _DIGEST.sub(rf'\g<1>"{digest}"', text)
