"""What a request carries beside its fields: its body, bounded, and its idempotency key."""

from email.message import Message

from starlette.datastructures import Headers
from starlette.requests import Request

from rules.ids import is_id
from web.answers import KEY_HEADER
from web.problems import Problem, Refusal


def idempotency_key(headers: Headers) -> str:
    """The caller's own request_id, empty where it gave none; Refusal (400) for what can be none.

    It may stand in quotation marks, as draft-ietf-httpapi-idempotency-key-header has it.
    """
    given = headers.getlist(KEY_HEADER)
    if not given:
        return ""
    key = given[0]
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(given) > 1 or not is_id(key):
        words = f"{KEY_HEADER} has to be there once, as 1 to 128 of A-Z a-z 0-9 . _ : -, and not . or .."
        raise Refusal(Problem(status=400, slug="header", message=words))
    return key


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The whole body; Refusal when it is of another type (415), or as soon as it is too large (413)."""
    _check_type(request.headers)
    if _length(request.headers) > most_bytes:
        raise _too_large(most_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise _too_large(most_bytes)
    return bytes(body)


def _check_type(headers: Headers) -> None:
    wrong = _type_objection(headers)
    if wrong is not None:
        raise Refusal(Problem(status=415, slug="content-type", message=wrong, headers={"Accept": "application/json"}))


def _type_objection(headers: Headers) -> str | None:
    types = headers.getlist("content-type")
    if len(types) != 1:
        return "there has to be one Content-Type header"
    told = Message()
    told["content-type"] = types[0]
    if told.get_content_type() != "application/json" or "/" not in types[0]:
        return "the Content-Type header is not application/json"
    if (told.get_content_charset() or "utf-8") != "utf-8":
        return "the body's charset has to be utf-8"
    if headers.get("content-encoding", "identity").lower() != "identity":
        return "the body must not be compressed"
    return None


def _length(headers: Headers) -> int:
    told = headers.get("content-length", "0")
    return int(told) if told.isdigit() else 0  # the protocol has checked it


def _too_large(most_bytes: int) -> Refusal:
    return Refusal(Problem(status=413, slug="too-large", message=f"a body may have {most_bytes} bytes"))
