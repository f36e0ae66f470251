"""The environment variables that the program knows; an unknown one is an error, because a typing error would publish."""

from collections.abc import Iterable, Mapping

from gitops_ci.cli.options import PREFIX
from gitops_ci.errors import UsageError

# Held against the commands by a test. Listed here, so that checking does not import every command.
PARAMETERS = frozenset(
    """
    ALL ALLOW_OLDER ALLOW_OUT_OF_SYNC APP APPROVED_BY APPROVED_PLAN ARGOCD ARGOCD_SERVER
    BRANCH BRANCH_NAME BUILD_ARG BUILD_NUMBER BUILD_OPTION BUILD_URL BY
    CA_FILE COMMIT CONFIG CONTEXT CREATE DIGEST DIGESTS DRY_RUN ENGINE ENGINE_OPTION ENV FAILED FAIL_ON_DRIFT FILE FROM
    HOOK HTML IMAGE IMAGES INSECURE KEEP KEY LAST LEVEL LIMIT NAME NO_AUDIT OPERATION OUTPUT OVERRIDE PARENT PASSED PATIENCE
    PLAIN_HTTP PLATFORM POLL
    PUBLISH_BRANCH PUSHED RANGE REASON RELEASE REPO REPORT REQUESTED_BY RESULT_FILE REVISION SETTING SHOW_RENDERED SINCE
    SKIP_CI SOURCE SOURCE_URL STABLE STARTED SYNC TAG TAG_NAME TARGET TIMEOUT TO TO_TAG UNTIL URL VERBOSE VERSION WAIT
    WAIT_TIMEOUT
    """.split()
)
SECRETS = frozenset("GIT_USERNAME GIT_PASSWORD GIT_TOKEN REGISTRY_USERNAME REGISTRY_PASSWORD REGISTRY_TOKEN ARGOCD_TOKEN".split())
KNOWN = PARAMETERS | SECRETS | {"REGISTRY_HOST"} | {f"{name}_FILE" for name in SECRETS}


def check_environment(environ: Mapping[str, str]) -> None:
    """Raise UsageError for a ``GITOPS_CI_*`` variable that no command reads."""
    for name in sorted(unknown(environ)):
        close = nearest(name.removeprefix(PREFIX), KNOWN)
        hint = f"did you mean {PREFIX}{close}?" if close else "see gitops-ci COMMAND --help for those that exist"
        raise UsageError(f"the environment variable {name} is not known", remedy=f"{hint} Unset it otherwise.")


def unknown(environ: Mapping[str, str]) -> Iterable[str]:
    """Return the variables with our prefix that nothing reads."""
    return (name for name in environ if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in KNOWN)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the word that a mistyped one most likely stands for."""
    import difflib

    close = difflib.get_close_matches(word, sorted(words), n=1, cutoff=0.6)
    return close[0] if close else None
