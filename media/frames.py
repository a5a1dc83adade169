"""The tutorial's text frame: JSON, decoded with its base64 in one step. Source: contracts 4; seed 003 step 2."""

from typing import Annotated

import msgspec

from rules.sequences import HIGHEST

FASTEST_HZ = 192_000


class Frame(msgspec.Struct, gc=False):
    """A good frame; what else it holds is ignored, `timestamp` too: the sequence number is the order."""

    conversationId: str  # noqa: N815 - theirs
    participantId: str  # noqa: N815
    audio: bytes
    format: str
    sampleRate: Annotated[int, msgspec.Meta(ge=1, le=FASTEST_HZ)]  # noqa: N815
    sequenceNumber: Annotated[int, msgspec.Meta(ge=0, le=HIGHEST)]  # noqa: N815


Malformed = (msgspec.DecodeError, UnicodeDecodeError)  # the latter for strings that are no UTF-8

decode = msgspec.json.Decoder(Frame).decode
