"""What a failed connection means in words, whichever library noticed it."""

import socket
import ssl

from gitops_ci.causes import causes
from gitops_ci.registry.address import Address
from gitops_ci.registry.answers import shown


def reason_of(error: BaseException, address: Address) -> tuple[str, bool] | None:
    """Return the words and whether it may pass; None when it is nothing that a socket or TLS does."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"has a certificate that is not trusted ({shown(cause.verify_message)}); give its CA with --ca-file", False
        if isinstance(cause, ssl.SSLError):
            hint = f"if it is on plain HTTP on purpose, say so: --plain-http {address.netloc}"
            return f"does not speak TLS ({shown(cause.reason or str(cause))}); {hint}", False
        if isinstance(cause, socket.gaierror):
            return f"can't be found: {shown(cause.strerror or '')}", True
        if isinstance(cause, ConnectionRefusedError):
            return "refuses the connection: nothing listens there", True
        if isinstance(cause, TimeoutError):
            return "does not answer in time", True
    return None
