"""Makes annotated tags in the throw-away repository, signed where Git's configuration says so."""

from gitops_ci.errors import GitError
from gitops_ci.repository import failures, writing
from gitops_ci.repository.process import Git


def make(git: Git, name: str, commit: str, message: str) -> str:
    """Return the object id of a new tag; raises GitError with git's words when it can't be made or signed."""
    with writing.asked_settings(git) as asked:
        identity = writing.identity(git, asked)
    # forced: a lost race makes it again on another commit, and nothing has left this machine
    arguments = ("tag", "--annotate", "--force", "--cleanup=verbatim", "-F", "-", name, commit)
    finished = git.run(*arguments, stdin=message.encode(), extra=identity)
    if finished.code == 0:
        finished = git.run("rev-parse", "--verify", f"refs/tags/{name}")
    if finished.code:
        raise GitError(
            f"the tag can't be made: {failures.server_words(finished.err)}",
            remedy="check tag.gpgSign, gpg.format and user.signingKey in Git's configuration",
        )
    return finished.out.decode().strip()
