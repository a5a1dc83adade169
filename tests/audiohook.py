"""An AudioHook client by hand: it numbers, counts samples and signs without anything of `genesys`."""

import base64
import json
from fractions import Fraction
from typing import Any

from simulator.calls.signature import COMPONENTS, signature_headers

ORGANIZATION = "d7934305-0972-4844-938e-9060eef73d05"
SESSION = "30b0e395-84d3-4570-ac13-9a62d8f514c0"
CONVERSATION = "090eaa2f-72fa-480a-83e0-8667ff89c0ec"
PARTICIPANT = "883efee8-3d6c-4537-b500-6d7ca4b92fa0"
CORRELATION = "e160e428-53e2-487c-977d-96989bf5c99d"
NULL = "00000000-0000-0000-0000-000000000000"
EXTERNAL = {"type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8000}
INTERNAL = EXTERNAL | {"channels": ["internal"]}
STEREO = EXTERNAL | {"channels": ["external", "internal"]}
LINEAR = EXTERNAL | {"format": "L16"}
LINEAR_STEREO = STEREO | {"format": "L16"}


def duration(samples: int) -> str:
    """Eight thousand samples are a second; written with six decimals, always."""
    whole, rest = divmod(samples, 8000)
    return f"PT{whole}.{rest * 125:06d}S"


def samples_of(text: str) -> Fraction:
    """The samples of a duration."""
    return Fraction(text.removeprefix("PT").removesuffix("S")) * 8000


class Scribe:
    """Writes a client's messages with the right numbers; whatever is given in `over` replaces them."""

    def __init__(self, session: str = SESSION) -> None:
        self.session = session
        self.seq = 0
        self.serverseq = 0
        self.position = 0  # samples sent and reported as lost
        self.frame_bytes = 1

    def say(self, kind: str, parameters: dict[str, Any] | None = None, **over: Any) -> str:
        self.seq += 1
        message = {
            "version": "2",
            "id": self.session,
            "type": kind,
            "seq": self.seq,
            "serverseq": self.serverseq,
            "position": duration(self.position),
            "parameters": {} if parameters is None else parameters,
        }
        return json.dumps(message | over)

    def open(self, *media: dict[str, Any], **over: Any) -> str:
        parameters = {
            "organizationId": ORGANIZATION,
            "conversationId": CONVERSATION,
            "participant": {"id": PARTICIPANT, "ani": "tel:+15550100", "aniName": "", "dnis": "tel:+15550199"},
            "media": [*media],
        }
        return self.say("open", {name: value for name, value in (parameters | over).items() if value is not None})

    def probe(self, **over: Any) -> str:
        return self.open(
            STEREO, conversationId=NULL, participant={"id": NULL, "ani": "", "aniName": "", "dnis": ""}, **over
        )

    def lost(self, kind: str, discarded: int) -> str:
        """`discarded` or `resumed` with so many samples lost."""
        text = self.say(kind, {"start": duration(self.position), "discarded": duration(discarded)})
        self.position += discarded
        return text

    def audio(self, size: int) -> bytes:
        """So many samples of every channel, each byte telling where in the stream it is."""
        begin = self.position
        self.position += size
        return bytes((begin + index) % 251 for index in range(size) for _ in range(self.frame_bytes))

    def hear(self, text: str | bytes) -> dict[str, Any]:
        """A server message; it must carry the next number and never name one that was not sent."""
        message: dict[str, Any] = json.loads(text)
        assert message["version"] == "2"
        assert message["id"] == self.session
        assert message["seq"] == self.serverseq + 1
        assert message["clientseq"] <= self.seq
        assert isinstance(message["parameters"], dict)
        self.serverseq = message["seq"]
        return message


def signed_headers(
    key: str,
    secret: str,
    *,
    host: str,
    created: int,
    nonce: str,
    target: str = "/audiohook",
    components: tuple[str, ...] = COMPONENTS,
    **headers: str,
) -> dict[str, str]:
    """The headers of an upgrade signed with `secret` (base64), at `created`."""
    sent = upgrade_headers(key) | headers
    values = {name.lower(): value for name, value in sent.items()} | {"@request-target": target, "@authority": host}
    return sent | signature_headers(values, base64.b64decode(secret), nonce, created, components=components)


def upgrade_headers(key: str, session: str = SESSION) -> dict[str, str]:
    """The headers of an upgrade that is not signed."""
    return {
        "Audiohook-Organization-Id": ORGANIZATION,
        "Audiohook-Session-Id": session,
        "Audiohook-Correlation-Id": CORRELATION,
        "X-API-KEY": key,
        "User-Agent": "GenesysCloud-AudioHook-Client",
    }
