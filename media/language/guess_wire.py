"""The line between an audio worker and a process that tells languages.

Down: a length and a rate (two unsigned 32-bit numbers, network order), then that many bytes: samples, or a text in
UTF-8 with the rate 0. Up: one JSON object a line: `{"ready": true}` once the model is in memory, then
`{"guesses": [[tag, probability], …]}` for each question, or `{"refused": why}` as the last one.
"""

import json
import struct
from collections.abc import Mapping

from media.language.spoken import Guesses

HEADER = struct.Struct("!II")
MOST_BYTES = 48_000 * 2 * 30  # of samples: thirty seconds at the highest rate
MOST_ANSWER = 64 * 1024  # bytes of a line


class Refused(Exception):  # noqa: N818 - a fact about the model
    """The process cannot do what it is for, and will not be able to the next time."""


def question(said: bytes, rate_hz: int) -> bytes:
    """One question, ready to be sent."""
    return HEADER.pack(len(said), rate_hz) + said


def line(answer: Mapping[str, object]) -> bytes:
    """One answer, ready to be sent."""
    return json.dumps(answer).encode() + b"\n"


def guesses_in(answer: bytes) -> Guesses:
    """What a line tells, nothing where it is `ready`; raises Refused, and ValueError for what no line may be."""
    told = json.loads(answer)
    if not isinstance(told, dict):
        raise ValueError("not an object")
    if "refused" in told:
        raise Refused(str(told["refused"]))
    return [(str(tag), float(probability)) for tag, probability in told.get("guesses", [])]
