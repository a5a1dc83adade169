"""What an AudioHook server may say and when; all that it does otherwise, in words. Pure. Source: genesys-platform 3."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from simulator.calls.durations import seconds

MAX_MESSAGE_BYTES = 64_000
TEXTS_PER_S, TEXT_BURST = 5.0, 25  # an Audio Connector's server to its client, each kind of message
REASONS = frozenset({"completed", "unauthorized", "error", "rejected"})
TYPES = frozenset({"opened", "pong", "updated", "pause", "resume", "event", "reconnect", "disconnect", "closed"})
BEFORE_OPENED = frozenset({"opened", "pong", "disconnect"})
UNPACED = frozenset({"opened", "pong", "closed", "disconnect"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Message = dict[str, Any]


class Bucket:
    """A rate with a burst."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s, self._burst = per_s, burst
        self._tokens = float(burst)
        self._at_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Whether one more is within the limit."""
        if self._at_s is not None:
            self._tokens = min(self._burst, self._tokens + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Manners:
    """Of one session. `position_s` of the caller's audio is told with every message, `sent` our own last seq."""

    def __init__(self, session_id: str, offered: Sequence[Mapping[str, Any]]) -> None:
        self._id = session_id
        self._offered = list(offered)
        self._seq = self._clientseq = 0
        self._opened = self._closed = self._disconnected = False
        self._channels = 0
        self._connector = False
        self._texts, self._binaries = (Bucket(TEXTS_PER_S, TEXT_BURST) for _ in range(2))

    @property
    def seq(self) -> int:
        """The server's last sequence number."""
        return self._seq

    def text(self, raw: bytes, sent: int, now_s: float, position_s: float) -> tuple[Message | None, list[str]]:
        """The message, unless it cannot be used, and what is wrong with it."""
        wrong = [f"a message of {len(raw)} bytes; {MAX_MESSAGE_BYTES} is the most"] if _long(raw) else []
        try:
            read = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return None, [*wrong, "a text message that is not JSON"]
        if not isinstance(read, dict) or not isinstance(read.get("type"), str):
            return None, [*wrong, "a message without a type"]
        wrong += self._envelope(read, sent) + self._order(read["type"])
        parameters = read.get("parameters")
        if not isinstance(parameters, dict):
            wrong.append(f"{read['type']}: parameters is no object")
            read["parameters"] = parameters = {}
        wrong += self._parameters(read["type"], parameters, position_s)
        if self._connector and read["type"] not in UNPACED and not self._texts.take(now_s):
            wrong.append(f"more than {TEXTS_PER_S:g} messages a second after {TEXT_BURST}")
        return read, wrong

    def binary(self, size_bytes: int, now_s: float) -> list[str]:
        """Audio from the server: an Audio Connector's, hence from then on its rates are counted."""
        self._connector = True
        wrong = [] if self._opened and not self._disconnected else ["audio outside of an open session"]
        if size_bytes > MAX_MESSAGE_BYTES:
            wrong.append(f"a message of {size_bytes} bytes; {MAX_MESSAGE_BYTES} is the most")
        if self._channels and size_bytes % self._channels:
            wrong.append("audio that is no whole samples")
        if not self._binaries.take(now_s):
            wrong.append(f"more than {TEXTS_PER_S:g} audio messages a second after {TEXT_BURST}")
        return wrong

    def hung_up(self, ours_first: bool) -> list[str]:
        """The TCP connection ended, or a close frame came."""
        return [] if ours_first else ["the server closed the connection first; it sends disconnect and waits"]

    def _envelope(self, read: Message, sent: int) -> list[str]:
        kind, wrong = read["type"], []
        if read.get("version") != "2":
            wrong.append(f"{kind}: version is not 2")
        if read.get("id") != self._id:
            wrong.append(f"{kind}: another session's id")
        if read.get("seq") != self._seq + 1:
            wrong.append(f"{kind}: seq is not one more than that of the message before")
        self._seq = read["seq"] if isinstance(read.get("seq"), int) else self._seq + 1
        clientseq = read.get("clientseq")
        if not isinstance(clientseq, int) or not self._clientseq <= clientseq <= sent:
            wrong.append(f"{kind}: clientseq is not between the last one and ours")
        else:
            self._clientseq = clientseq
        return wrong

    def _order(self, kind: str) -> list[str]:
        wrong = []
        if kind not in TYPES:
            wrong.append(f"a message of the unknown type {kind[:40]}")
        elif not (self._opened or kind in BEFORE_OPENED or (kind == "closed" and self._disconnected)):
            wrong.append(f"{kind} before opened")
        elif self._opened and kind == "opened":
            wrong.append("opened a second time")
        if self._closed:
            wrong.append(f"{kind} after closed")
        self._opened |= kind == "opened"
        self._closed |= kind == "closed"
        self._disconnected |= kind == "disconnect"
        return wrong

    def _parameters(self, kind: str, parameters: Message, position_s: float) -> list[str]:
        match kind:
            case "opened":
                return self._media(parameters.get("media")) + _discard_to(parameters.get("discardTo"))
            case "disconnect" if parameters.get("reason") not in REASONS:
                return ["disconnect: reason is none of " + ", ".join(sorted(REASONS))]
            case "event":
                return self._event(parameters.get("entities"), position_s)
            case _:
                return []

    def _media(self, media: Any) -> list[str]:
        if not isinstance(media, list) or len(media) > 1:
            return ["opened: media is not a list of one or none"]
        if media and media[0] not in self._offered:
            return ["opened: media is none of those offered, or changed"]
        self._channels = len(media[0]["channels"]) if media else 0
        return []

    def _event(self, entities: Any, position_s: float) -> list[str]:
        if not isinstance(entities, list):
            return ["event: entities is no list"]
        wrong = []
        for entity in entities:
            if not isinstance(entity, dict) or not isinstance(entity.get("data"), dict):
                wrong.append("event: an entity without type and data")
            elif entity.get("type") == "transcript":
                wrong += self._transcript(entity["data"], position_s)
        return wrong

    def _transcript(self, data: Message, position_s: float) -> list[str]:
        wrong = []
        if data.get("channelId") not in range(max(1, self._channels)):
            wrong.append("transcript: channelId is no channel of the media chosen")
        if not isinstance(data.get("isFinal"), bool):
            wrong.append("transcript: isFinal is neither true nor false")
        ends_s = sum(seconds(data.get(name)) or 0 for name in ("offset", "duration"))
        if ends_s > position_s + 0.001:
            wrong.append("transcript: ends after the audio that was sent")
        if any(name in data and seconds(data[name]) is None for name in ("offset", "duration")):
            wrong.append("transcript: offset or duration is no duration")
        for one in data.get("alternatives") or [{}]:
            wrong += _alternative(one)
        return wrong


def transcript_texts(parameters: Message) -> list[str]:
    """What the transcripts of an event say, each by its first reading."""
    found = []
    for entity in parameters.get("entities") or []:
        if isinstance(entity, dict) and entity.get("type") == "transcript":
            try:
                found.append(str(entity["data"]["alternatives"][0]["interpretations"][0]["transcript"]))
            except (KeyError, IndexError, TypeError):
                continue
    return found


def _alternative(one: Any) -> list[str]:
    if not isinstance(one, dict):
        return ["transcript: an alternative is no object"]
    wrong = []
    confidence = one.get("confidence")
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        wrong.append("transcript: confidence is not from 0 to 1")
    if not one.get("interpretations"):
        wrong.append("transcript: no interpretations")
    if any(not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag) for tag in one.get("languages") or []):
        wrong.append("transcript: a language that is no tag")
    return wrong


def _long(raw: bytes) -> bool:
    return len(raw) > MAX_MESSAGE_BYTES


def _discard_to(given: Any) -> list[str]:
    return [] if given is None or seconds(given) is not None else ["opened: discardTo is no duration"]
