"""The shared TLS context: what it verifies, by its settings; test_streams_handshake has the live sockets."""

import ssl
from pathlib import Path

import pytest

from clients.streams.tls import WeakTlsError, checked_version, client_context
from tests.clients.stream_planes import ca_file


def test_verifies_chain_and_name_and_asks_for_at_least_tls_1_2() -> None:
    context = client_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.keylog_filename is None


def test_trusts_the_given_file_alone() -> None:
    with ca_file() as path:
        assert len(client_context(path).get_ca_certs()) == 1


def test_a_ca_file_that_is_missing_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        client_context(tmp_path / "none.pem")


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_good_version_is_handed_on(version: str) -> None:
    assert checked_version(version) == version


@pytest.mark.parametrize("version", [None, "SSLv3", "TLSv1", "TLSv1.1", "TLSv9"])
def test_an_old_or_unknown_version_is_refused(version: str | None) -> None:
    with pytest.raises(WeakTlsError, match=r"at least TLS 1\.2"):
        checked_version(version)
