"""What a build is asked to do, and what came of it."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gitops_ci.model.registry_settings import RegistrySettings
from gitops_ci.model.release import Image, Release

# the label that says what an image was built from:
# https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md
REVISION = "org.opencontainers.image.revision"


SCHEMA = 1  # of the release file


class BuildRecord(msgspec.Struct, frozen=True):
    """The content of a release file; ``created`` is ISO 8601, ``source_revision`` a full commit
    id.
    """

    images: tuple[Image, ...]
    schema: int = SCHEMA
    app: str | None = None
    source_revision: str | None = None
    source_authors: tuple[str, ...] = ()
    build_url: str | None = None
    build_number: str | None = None
    version: str | None = None
    created: str | None = None

    @property
    def release(self) -> Release:
        return Release(self.images, self.source_revision, self.source_authors, self.build_url)


class BuildOrigin(msgspec.Struct, frozen=True):
    """What is known of the build from outside: the checkout, and what Jenkins or the user says."""

    checkout: Path = Path()
    revision: str | None = None
    revision_hint: str | None = None  # GIT_COMMIT: counts where there is no checkout
    url: str | None = None
    version: str | None = None
    branch: str | None = None
    build_number: str | None = None
    build_url: str | None = None


@dataclass(frozen=True)
class EngineOptions:
    """How the image is built: engine (None: the first that works), Dockerfile, context, and what
    goes to the engine as it is.
    """

    context: Path = Path()
    file: Path | None = None
    engine: str | None = None
    engine_options: tuple[str, ...] = ()
    build_options: tuple[str, ...] = ()
    arguments: dict[str, str] = field(default_factory=dict, repr=False)
    platform: str | None = None
    target: str | None = None


@dataclass(frozen=True)
class BuildRequest:
    """One image to build; ``template`` None means the default, ``release_file`` None that nothing
    is recorded on disk.
    """

    repository: str
    origin: BuildOrigin
    making: EngineOptions = EngineOptions()
    template: str | None = None
    app: str | None = None
    registry: RegistrySettings = field(default_factory=RegistrySettings)
    release_file: Path | None = None
    dry_run: bool = False


class BuildOutcome(msgspec.Struct, frozen=True):
    """What came of it: the record of this image and of all that the release file holds, and whether
    something was pushed.
    """

    image: Image
    record: BuildRecord
    message: str
    pushed: bool
    dry_run: bool = False
    notices: tuple[str, ...] = ()
