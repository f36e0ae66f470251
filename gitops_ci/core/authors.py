"""Who wrote a release: all whom any record of the same images names."""

from collections.abc import Iterable

from gitops_ci.model.release import Release


def authors_of(release: Release, recorded: Iterable[Release]) -> tuple[str, ...]:
    """Return the authors of a release and those of the recorded ones that are the same images.

    Images are the same by digest, by tag where no digest is known. A record that names nobody takes
    no author away: the same image may have been written again without its release file.
    """
    authors = dict.fromkeys(release.source_authors)
    for other in recorded:
        if other.same_content(release):
            authors |= dict.fromkeys(other.source_authors)
    return tuple(authors)
