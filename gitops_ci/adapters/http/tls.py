"""The TLS settings of every conversation."""

import ssl


def trust(ca_file: str | None) -> ssl.SSLContext:
    """Return settings that trust the system's certificates and those of a file; raises OSError or
    ValueError for the file.

    They are the same on every Python: from 3.13 on its default also asks an authority for
    extensions (``keyUsage``) that many authorities of companies lack. Git, docker and Argo CD's own
    client trust those, and an agent's next Python must not stop what they do.
    """
    context = ssl.create_default_context()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
