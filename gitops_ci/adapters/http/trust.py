"""Which certificates the client trusts."""

import functools
import ssl

from gitops_ci.adapters.http import tls
from gitops_ci.base.errors import UsageError


@functools.cache  # reading the system's certificates costs more than most requests
def trust(ca_file: str | None, *, insecure: bool = False) -> ssl.SSLContext:
    """Return the TLS settings: the system's certificates and those of ``--ca-file``.

    Raises UsageError where the file can't be used; ``insecure`` checks no certificate at all.
    """
    try:
        context = tls.trust(None if insecure else ca_file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no certificates in it"
        raise UsageError(
            f"the file of certificates {ca_file} can't be used: {reason}",
            remedy="give --ca-file a file in PEM",
        ) from error
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
