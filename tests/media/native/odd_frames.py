"""Frames that are not quite as the others of a tutorial call: whether well-formed is for the Python path to say."""

import json
from collections.abc import Callable

from tests.media.callers import SILENCE, TEXT, audio_json, ws_frame


def text(payload: bytes) -> bytes:
    return ws_frame(TEXT, payload, mask=b"\7\x42\xa0\xff")


def plain(number: int, audio: bytes = SILENCE, **changes: object) -> bytes:
    """With room for what the odd ones have more."""
    return audio_json(number, audio, filler="x" * 90, **changes)


def as_long_as(payload: bytes, number: int) -> bytes:
    """An ordinary frame of that length."""
    return audio_json(number, filler="x" * max(0, len(payload) - len(audio_json(number, filler=""))))


def replaced(old: bytes, new: bytes, count: int = -1) -> Callable[[int], bytes]:
    return lambda number: plain(number).replace(old, new, count)


def encoded_as(characters: str) -> Callable[[int], bytes]:
    return lambda number: json.dumps(json.loads(plain(number)) | {"audio": characters, "more": "y" * 220}).encode()


# As long as the others' audio, and thus on the same way: the last two groups are what differs.
LAST_GROUPS = (
    "QUJDQQ==",
    "QUJDQU==",
    "QUJDQ===",
    "QUJD=Q==",
    "QUJD====",
    "-_-_QQ==",
    "QU=JQQ==",
    "Q JDQQ==",
    "QU\x7fDQQ==",
)
ENDS = ["QUJD" * 52 + last for last in LAST_GROUPS]

ODD: list[Callable[[int], bytes]] = [
    lambda number: json.dumps(json.loads(plain(number)), separators=(",", ":")).encode(),
    lambda number: json.dumps(dict(reversed(json.loads(plain(number)).items()))).encode(),
    lambda number: plain(number + 3),
    lambda number: plain(number - 1),
    lambda number: plain(number - 2),
    lambda number: plain(number, audio=b"\x11" * 158),
    lambda number: plain(number, audio=b"\x11" * 161),
    lambda number: plain(number, audio=b"", more="y" * 220),
    lambda number: plain(number, conversationId="conversation-2"),
    lambda number: plain(number, participantId="participant-2"),
    lambda number: plain(number, format="PCMA"),
    lambda number: plain(number, format="pcmu"),
    lambda number: plain(number, sampleRate=9000),
    lambda number: plain(number, sampleRate=8000.0),
    lambda number: plain(number, sampleRate="8000"),
    lambda number: plain(number, sequenceNumber=float(number)),
    lambda number: plain(number, sequenceNumber=-number),
    lambda number: plain(number, sequenceNumber=2**31),
    lambda number: plain(number, sequenceNumber=2**32 + number),
    lambda number: plain(number, sequenceNumber=2**64 + number),
    lambda number: plain(number, sequenceNumber=None),
    lambda number: plain(number, extra=1.25),
    lambda number: plain(number, extra=-12),
    lambda number: plain(number, extra=[1, {"audio": "AAAA"}]),
    lambda number: plain(number, extra='na\u00efve \\ " \u2028'),
    lambda number: plain(number, extra=None, audiox="AAAA"),
    lambda number: json.dumps(json.loads(plain(number, extra="\u00ef")), ensure_ascii=False).encode(),
    replaced(b"}", b"} "),
    replaced(b"}", b"}\0"),
    replaced(b"{", b" {"),
    replaced(b"{", b"{ "),
    replaced(b":", b" :\t"),
    replaced(b",", b"\n,"),
    replaced(b"{", b'{"audio": "AAAA", '),
    replaced(b"}", b', "audio": "AAAA"}'),
    replaced(b"{", b'{"conversationId": "another", '),
    replaced(b"}", b', "conversationId": "another"}'),
    replaced(b"}", b', "sequenceNumber": 1}'),
    replaced(b"}", b', "sampleRate": 1}'),
    replaced(b"}", b', "format": "PCMU"}'),
    replaced(b"}", b",}"),
    replaced(b"}", b"}}"),
    replaced(b"}", b""),
    replaced(b"}", b', "x": 01}'),
    replaced(b"}", b', "x": 1.}'),
    replaced(b"}", b', "x": .1}'),
    replaced(b"}", b', "x": -}'),
    replaced(b"}", b', "x": -0}'),
    replaced(b"}", b', "x": +1}'),
    replaced(b"}", b', "x": 1e5}'),
    replaced(b"}", b', "x": true}'),
    replaced(b"}", b', "x": tru}'),
    replaced(b"}", b', "x"}'),
    replaced(b"}", b', "x": "\xff"}'),
    replaced(b"}", b', "x": "\xc3\xa4"}'),
    replaced(b"}", b', "x": "\x7f"}'),
    replaced(b"}", b', "x": "\x01"}'),
    replaced(b"}", b', "x": "\\n"}'),
    replaced(b"}", b', "x": "\\q"}'),
    replaced(b"}", b', "x\\": "}'),
    replaced(b'"audio"', b'"\\u0061udio"'),
    replaced(b'"audio"', b'"Audio"'),
    replaced(b'"audio"', b'"audi"'),
    replaced(b'"format"', b'"formats"'),
    replaced(b'"format"', b'"format'),
    replaced(b"PCMU", b"PC\\u004dU"),
    replaced(b"8000", b"8e3"),
    replaced(b"8000", b"08000"),
    replaced(b"timestamp", b"conversationId"),
    replaced(b'"timestamp": ', b""),
    encoded_as("////"),
    encoded_as("QQ=="),
    encoded_as("QR=="),
    encoded_as("QUI="),
    encoded_as("QUJ="),
    encoded_as("QQ"),
    encoded_as("Q==="),
    encoded_as("===="),
    encoded_as("QQ=A"),
    encoded_as("QQ==QQ=="),
    encoded_as("-_-_"),
    encoded_as("QU I"),
    encoded_as("QUI\n"),
    *(encoded_as(characters) for characters in ENDS),
    lambda _number: b"[]" * 300,
    lambda _number: b'"' * 600,
    lambda _number: b"{" * 600,
    lambda _number: b'{"' + b"x" * 600,
    lambda number: plain(number)[:-1] + b"x" * 100,
]
