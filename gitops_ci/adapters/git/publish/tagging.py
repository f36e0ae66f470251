"""Makes annotated tags in the throw-away repository, signed where Git's configuration says so."""

from gitops_ci.adapters.git.connection import failures
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.publish import new_commit
from gitops_ci.base.errors import GitError


def make(git: Git, name: str, commit: str, message: str) -> str:
    """Return the object id of a new tag; raises GitError with git's words when it can't be made or
    signed.
    """
    with new_commit.read_settings(git) as process:
        identity = new_commit.identity(git, process)
    # forced: a lost race makes it again on another commit, and nothing has left this machine
    arguments = ("tag", "--annotate", "--force", "--cleanup=verbatim", "-F", "-", name, commit)
    finished = git.run(*arguments, stdin=message.encode(), extra=identity)
    if finished.code == 0:
        finished = git.run("rev-parse", "--verify", f"refs/tags/{name}")
    if finished.code:
        raise GitError(
            f"the tag can't be made: {failures.server_words(finished.err)}",
            remedy=failures.full_disk_remedy(finished.err)
            or "check tag.gpgSign, gpg.format and user.signingKey in Git's configuration",
        )
    return finished.out.decode().strip()
