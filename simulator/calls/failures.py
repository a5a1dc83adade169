"""Why a call did not come about, in words for whoever placed it. Pure."""

import socket
import ssl
from collections.abc import Mapping
from typing import Any

from picows import WSInvalidStatusError

LONGEST = 200  # characters of what a server says of its refusal


def unconnected(error: BaseException, authority: str, *, secure: bool) -> str:
    """What kept a connection to `authority` (host and port) from coming about; `secure`: it was to be over TLS."""
    match error:
        case ConnectionRefusedError():
            return f"nobody listens at {authority}"
        case socket.gaierror():
            return f"{authority}: {error.strerror}"
        case ssl.SSLCertVerificationError():
            return f"the server's certificate is not trusted: {error.verify_message} (--ca-file)"
        case ssl.SSLError() | ConnectionError() if secure:
            return f"TLS failed: {error.strerror or 'the server closed the connection'} (is it wss:// there?)"
        case OSError(strerror=str(said)):
            return said
        case _:
            return str(error) or type(error).__name__


def refused(error: WSInvalidStatusError) -> str:
    """The status of the answer to an upgrade, and the first line of what the server says of it, if it is text."""
    answer = error.response
    if answer is None:
        return str(error)
    first = (error.raw_body or b"").decode(errors="replace").strip().partition("\n")[0].strip()
    said = f": {first[:LONGEST]}" if first.isprintable() and first[:1] not in ("", "<", "{") else ""
    return f"{answer.status.value} {answer.status.phrase}{said}"


def is_told_by_its_call(context: Mapping[str, Any]) -> bool:
    """Whether what the event loop complains of is a connection that failed, which the report tells."""
    error = context.get("exception")  # picows hands over the class where a TLS handshake is cut short
    return issubclass(error if isinstance(error, type) else type(error), OSError)
