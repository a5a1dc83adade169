"""Why a call did not come about, as whoever placed it reads it."""

import asyncio
import socket
import ssl
from http import HTTPStatus
from typing import Any

import pytest
from picows import WSInvalidStatusError, WSUpgradeResponse

from simulator.calls.failures import LONGEST, is_told_by_its_call, refused, unconnected

AT = "127.0.0.1:8081"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 8081)"), "nobody listens at 127.0.0.1:8081"),
        (socket.gaierror(-2, "Name or service not known"), "127.0.0.1:8081: Name or service not known"),
        (OSError(101, "Network is unreachable"), "Network is unreachable"),
        (OSError("Multiple exceptions: one, other"), "Multiple exceptions: one, other"),
        (ConnectionResetError("the server closed it during the upgrade"), "the server closed it during the upgrade"),
        (TimeoutError(), "TimeoutError"),
        (asyncio.CancelledError(), "CancelledError"),
    ],
)
def test_tells_what_kept_a_connection_from_coming_about(error: BaseException, why: str) -> None:
    assert unconnected(error, AT, secure=False) == why


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ssl.SSLError(1, "wrong version number"), "TLS failed: wrong version number (is it wss:// there?)"),
        (ConnectionResetError(), "TLS failed: the server closed the connection (is it wss:// there?)"),
        (ConnectionRefusedError(), "nobody listens at 127.0.0.1:8081"),
    ],
)
def test_tells_that_it_was_tls(error: BaseException, why: str) -> None:
    assert unconnected(error, AT, secure=True) == why


def test_a_certificate_that_is_not_trusted_is_told_with_its_remedy() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    why = "the server's certificate is not trusted: self-signed certificate (--ca-file)"
    assert unconnected(error, AT, secure=True) == why


def refusal(body: bytes | None) -> WSInvalidStatusError:
    response = WSUpgradeResponse()
    response.status = HTTPStatus.UNAUTHORIZED
    return WSInvalidStatusError("expected 101", b"", body, response)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"no bearer that is known here\nand more\n", "401 Unauthorized: no bearer that is known here"),
        (b"x" * 1000, f"401 Unauthorized: {'x' * LONGEST}"),
        (b"", "401 Unauthorized"),
        (None, "401 Unauthorized"),
        (b"<html>", "401 Unauthorized"),
        (b'{"code": 1}', "401 Unauthorized"),
        (b"\x1b[2J", "401 Unauthorized"),
    ],
)
def test_a_refusal_is_its_status_and_what_the_server_says_of_it(body: bytes | None, told: str) -> None:
    assert refused(refusal(body)) == told


def test_a_refusal_without_an_answer_is_told_as_it_is() -> None:
    assert refused(WSInvalidStatusError("expected 101")) == "expected 101"


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({"message": "SSL handshake failed", "exception": ConnectionResetError}, True),
        ({"message": "SSL handshake failed", "exception": ssl.SSLError(1, "no")}, True),
        ({"message": "a callback failed", "exception": ValueError("no")}, False),
        ({"message": "a task was destroyed"}, False),
    ],
)
def test_only_connections_that_failed_are_told_by_their_calls(context: dict[str, Any], told: bool) -> None:
    assert is_told_by_its_call(context) is told
