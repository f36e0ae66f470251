"""The URL of a Jenkins controller."""

from urllib.parse import urlsplit

from gitops_ci.base.errors import UsageError


def check_controller_url(url: str) -> str:
    """Return the URL of a controller with a slash at its end.

    Raises UsageError for anything but http(s)://HOST[:PORT]/PATH.
    """
    remedy = (
        "give it as Jenkins shows it: https://jenkins.example.com/, with its prefix if it has one"
    )
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise UsageError("the URL of Jenkins is not a URL", remedy=remedy) from None
    if not fits or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise UsageError("the URL of Jenkins is not http(s)://HOST[:PORT][/PREFIX]", remedy=remedy)
    if "@" in parts.netloc:
        raise UsageError(
            "the URL of Jenkins has a login in it",
            remedy="set GITOPS_CI_JENKINS_USERNAME and GITOPS_CI_JENKINS_TOKEN",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"
