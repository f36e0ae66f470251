"""Which certificates are trusted is the same on every Python."""

import ssl
from pathlib import Path

import pytest

from gitops_ci.adapters.http.tls import trust


def test_the_strict_checks_of_newer_pythons_are_off_and_all_others_on() -> None:
    context = trust(None)
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("none\n", encoding="utf-8")
    with pytest.raises(OSError, match="certificate"):
        trust(str(file))
