"""Releases in words and for machines. Pure."""

from gitops_ci.model.release import Release
from gitops_ci.report.formats import result

_SHORT = 12  # digits of a digest


def tag_of(release: Release | None) -> str:
    """Return the label of a release, '' where nothing is deployed."""
    return release.label if release and release.deployed else ""


def short_digest(release: Release | None) -> str:
    """Return the beginning of each image's digest, '' where none is known."""
    if release is None or not any(image.digest for image in release.images):
        return ""
    return ", ".join(
        image.digest.partition(":")[2][:_SHORT] if image.digest else "-" for image in release.images
    )


def release_result(release: Release) -> result.ReleaseResult:
    """Return a release as result documents have it."""
    return result.ReleaseResult(
        tag=str(release),
        images=[
            result.ImageResult(image.repository or None, image.tag, image.digest)
            for image in release.images
        ],
        source_revision=release.source_revision,
        source_authors=list(release.source_authors),
        build_url=release.build_url,
    )
