"""What no request may hold, and the words for what goes wrong under one: neither shows a URL's query or a header."""

import re
import ssl

from genesys.errors import Refused
from messages.rest import HttpRequest

METHOD = re.compile(r"[A-Z]{1,16}")
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")  # RFC 9110 token
HEADER_VALUE = re.compile(r"[ -~]{0,16384}")


def refuse_smuggled(request: HttpRequest) -> None:
    """Raise Refused where the method or a header holds what would become a line of its own."""
    if not METHOD.fullmatch(request.method):
        raise Refused("its method is malformed")
    for name, value in request.headers.items():
        if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise Refused("one of its headers has a control character in it, or is malformed or too long")


def words_for(cause: BaseException) -> str:
    """What went wrong below HTTP."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed: {cause.reason or type(cause).__name__}"
    return cause.strerror if isinstance(cause, OSError) and cause.strerror else type(cause).__name__
