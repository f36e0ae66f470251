"""The environment variables that the program knows; an unknown one is an error, because a typing
error would publish.
"""

from collections.abc import Iterable, Mapping

from gitops_ci import __version__
from gitops_ci.base.errors import UsageError
from gitops_ci.cli.parameters.options import PREFIX

# Held against the commands by a test. Listed here, so that checking does not import every command.
PARAMETERS = frozenset(
    """
    ADD_APP ADOPT ALL ALLOW_OLDER ALLOW_OUT_OF_SYNC APP APPROVED_BY APPROVED_PLAN APPROVER
    ARGOCD ARGOCD_NAMESPACE ARGOCD_SERVER BRANCH BRANCH_NAME BUILD BUILD_ARG BUILD_NUMBER
    BUILD_OPTION BUILD_URL BY CA_FILE CHANGELOG COMMIT CONFIG CONTEXT CREATE DESTINATION_SERVER
    DIGEST DIGESTS DIR DRY_RUN ENGINE ENGINE_OPTION ENV FAILED FAIL_ON_DRIFT FILE FINDING
    FIRST_COMMIT FOLDER FROM GIT_CREDENTIALS HEALTH_PATH HOOK HTML IMAGE IMAGES INSECURE
    JENKINS_URL JOB KEEP KEY LABEL LAST LAYOUT LEVEL LIBRARY LIMIT NAME NO_AUDIT NO_FOLLOW
    OPERATION OUTPUT OVERRIDE PARENT PASSED PATIENCE PLAIN_HTTP PLAN PLATFORM POLL PORT
    PUBLISH_BRANCH PUSHED RANGE REASON REGISTRY_CREDENTIALS RELEASE REPO REPORT REQUESTED_BY
    RESULT_FILE REVISION SETTING SHOW_RENDERED SINCE SKIP_CI SOURCE SOURCE_URL STABLE STARTED
    STRATEGY SYNC TAG TAG_NAME TARGET TIMEOUT TO TO_TAG UNTIL URL VERBOSE VERSION WAIT
    WAIT_TIMEOUT
    """.split()
)
SECRETS = frozenset(
    f"{kind}_{name}"
    for kind in ("GIT", "REGISTRY", "JENKINS")
    for name in ("USERNAME", "PASSWORD", "TOKEN")
) | {"ARGOCD_TOKEN"}
KNOWN = PARAMETERS | SECRETS | {"REGISTRY_HOST"} | {f"{name}_FILE" for name in SECRETS}


def check_environment(environ: Mapping[str, str]) -> None:
    """Raise UsageError for a ``GITOPS_CI_*`` variable that no command reads."""
    for name in sorted(unknown(environ)):
        close = nearest(name.removeprefix(PREFIX), KNOWN)
        newer = (
            f"a newer gitops-ci than {__version__} may read it; see gitops-ci COMMAND --help "
            "for what this one does."
        )
        hint = f"did you mean {PREFIX}{close}?" if close else newer
        raise UsageError(
            f"the environment variable {name} is not known", remedy=f"{hint} Unset it otherwise."
        )


def unknown(environ: Mapping[str, str]) -> Iterable[str]:
    """Return the variables with our prefix that nothing reads."""
    return (
        name
        for name in environ
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in KNOWN
    )


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the word that a mistyped one most likely stands for."""
    import difflib

    close = difflib.get_close_matches(word, sorted(words), n=1, cutoff=0.6)
    return close[0] if close else None
