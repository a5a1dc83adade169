"""A call as AudioHook v2 has it, with Genesys's side of the protocol whole. Source: genesys-platform 3."""

import asyncio
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
from picows import WSMsgType, WSTransport

from simulator.calls.call import Call, Surroundings
from simulator.calls.manners import Manners, transcript_texts
from simulator.calls.mishaps import Mishaps, Scripted
from simulator.calls.report import COMPLETED, LOST, REFUSED, CallRow
from simulator.calls.signature import signature_headers

OPEN_S, END_S, PONG_S = 5.0, 10.0, 5.0
PINGS_S = (1.0, 1.0)  # the first two; then PING_EVERY_S
PING_EVERY_S = 5.0
NULL_ID = "00000000-0000-0000-0000-000000000000"
BOTH = ["external", "internal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Whose calls these are. `secret`: None, nothing is signed. `language`: declared in `open`."""

    key: str
    secret: bytes | None = None
    organization_id: str = field(default_factory=lambda: str(uuid4()))
    stereo: bool = False
    language: str | None = None
    probe: bool = False


class AudioHookCall(Call):
    """One session. Its stream position is counted in samples, those that were discarded among them."""

    def __init__(
        self,
        around: Surroundings,
        row: CallRow,
        mishaps: Mishaps | Scripted,
        frames: int,
        *,
        customer: Customer,
        number: int,
    ) -> None:
        super().__init__(around, row, mishaps, frames)
        self._customer = customer
        self._number = number
        self._session_id = str(uuid4())
        self._offered = _offers(customer.stereo, around.rate_hz)
        self._manners = Manners(self._session_id, self._offered)
        self._audio: tuple[bytes, ...] = ()
        self._seq = 0
        self._position = 0  # samples
        self._discarded_from: int | None = None  # while the server has us paused: since which sample
        self._ready = self._closing = False
        self._pings = 0
        self._rtt_s: float | None = None
        self._ping_sent_s: float | None = None
        self._pinging: asyncio.TimerHandle | None = None

    def headers(self, target: str, authority: str) -> dict[str, str]:
        made = {
            "Audiohook-Organization-Id": self._customer.organization_id,
            "Audiohook-Session-Id": self._session_id,
            "Audiohook-Correlation-Id": str(uuid4()),
            "X-API-KEY": self._customer.key,
            "User-Agent": "GenesysCloud-AudioHook-Client",
        }
        if self._customer.secret is None:
            return made
        values = {name.lower(): value for name, value in made.items()}
        values |= {"@request-target": target, "@authority": authority}
        nonce = b64encode(secrets.token_bytes(18)).decode()
        return made | signature_headers(values, self._customer.secret, nonce, int(time.time()))

    # --- the session

    def on_ws_connected(self, transport: WSTransport) -> None:
        super().on_ws_connected(transport)
        null = self._customer.probe
        parameters: dict[str, Any] = {
            "organizationId": self._customer.organization_id,
            "conversationId": NULL_ID if null else self.row.conversation_id,
            "participant": {
                "id": NULL_ID if null else str(uuid4()),
                "ani": f"+4930{self._number:06}",
                "aniName": self.row.file,
                "dnis": "+493012345",
            },
            "media": self._offered,
        }
        if self._customer.language is not None:
            parameters["language"] = self._customer.language
        if null:
            parameters["supportedLanguages"] = True
        self._tell("open", parameters)
        self.within(OPEN_S, f"no opened within {OPEN_S:g} s of open")

    def heard(self, opcode: WSMsgType, data: bytes) -> None:
        now_s = self._around.loop.time()
        if opcode == WSMsgType.BINARY:
            for what in self._manners.binary(len(data), now_s):
                self.violated(what)
            return
        position_s = self._position / self._around.rate_hz
        message, wrong = self._manners.text(data, self._seq, now_s, position_s)
        for what in wrong:
            self.violated(what)
        if message is not None:
            self._heed(message["type"], message["parameters"])

    def _heed(self, kind: str, parameters: dict[str, Any]) -> None:
        match kind:
            case "opened" if not self._ready:
                self._open(parameters)
            case "pong":
                self._ponged()
            case "pause":
                self._pause_for_server()
            case "resume":
                self._resume_for_server()
            case "event":
                self.row.transcripts += transcript_texts(parameters)
            case "disconnect":
                self._disconnected(parameters)
            case "closed" if self._closing:
                self._closed()
            case _:
                pass

    def _open(self, parameters: dict[str, Any]) -> None:
        self.in_time()
        self._ready = True
        media = parameters.get("media") or []
        if self._customer.probe:
            if media:
                self.violated("opened: a probe is answered with no media")
            self.row.opened_ms = round((self._around.loop.time() - self.began_s) * 1000, 2)
            self._around.report.opened()
            self._close("end")
            return
        if not media:
            self._frames = 0
        elif media[0] in self._offered:
            self._audio = self._cut(media[0]["channels"])
        if parameters.get("startPaused"):
            self._pause_for_server()
        self._ping_later(PINGS_S[0])
        self.opened()

    def _cut(self, channels: list[str]) -> tuple[bytes, ...]:
        tape = self._around.tape
        if len(channels) == 2:
            return tape.frames(self._number, speakers=2)
        return tape.frames(self._number + (channels == ["internal"]))

    def _disconnected(self, parameters: dict[str, Any]) -> None:
        if self._closing:
            return
        reason = str(parameters.get("reason"))
        info = f" ({parameters['info']})" if parameters.get("info") else ""
        self.row.outcome = REFUSED if reason == "unauthorized" else COMPLETED if reason == "completed" else LOST
        self.row.why = f"the server disconnected: {reason}{info}"
        self._close("disconnect")

    def _close(self, reason: str) -> None:
        self._closing = self._finishing = True
        self._stop_pinging()
        self._tell("close", {"reason": reason})
        self.within(END_S, f"no closed within {END_S:g} s of close")

    def _closed(self) -> None:
        self.in_time()
        if not self.row.why:
            self.row.outcome = COMPLETED
        self.hang_up()

    def end(self, outcome: str, why: str = "") -> None:
        self._stop_pinging()
        told = bool(self.row.why)  # by the server's own disconnect
        super().end(self.row.outcome if told else outcome, self.row.why if told else why)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.over.done() and not self._hung_up:
            for what in self._manners.hung_up(ours_first=False):
                self.violated(what)
        super().on_ws_disconnected(transport)

    _hung_up = False

    def hang_up(self, code: int = 1000) -> None:
        self._hung_up = True
        super().hang_up(code)

    # --- audio

    def send(self, index: int) -> None:
        if self._discarded_from is not None or not self._audio:
            self._position += self._around.tape.frame_samples
            return
        self.write(WSMsgType.BINARY, self._audio[index % len(self._audio)])
        self._position += self._around.tape.frame_samples
        self.row.frames += 1

    def lose(self, index: int) -> None:
        samples = self._around.tape.frame_samples
        if self._discarded_from is None:
            self._tell("discarded", self._span(self._position, samples))
        self._position += samples

    def repeat(self, index: int) -> None:
        raise AssertionError("AudioHook's audio has no sequence numbers")

    def pause(self) -> None:
        self._tell("paused", {})

    def go_on(self, frames: int) -> None:
        samples = frames * self._around.tape.frame_samples
        self._tell("resumed", self._span(self._position, samples))
        self._position += samples

    def finish(self) -> None:
        self._close("end")

    def _pause_for_server(self) -> None:
        if self._discarded_from is None:
            self._discarded_from = self._position
            self._tell("paused", {})

    def _resume_for_server(self) -> None:
        if self._discarded_from is not None:
            began, self._discarded_from = self._discarded_from, None
            self._tell("resumed", self._span(began, self._position - began))

    def _span(self, start: int, samples: int) -> dict[str, str]:
        rate_hz = self._around.rate_hz
        return {"start": duration(start, rate_hz), "discarded": duration(samples, rate_hz)}

    # --- pings

    def _ping_later(self, delay_s: float) -> None:
        self._pinging = self._around.loop.call_later(delay_s, self._ping)

    def _ping(self) -> None:
        if self._ping_sent_s is not None:
            self.violated("no pong before the next ping")
        self._ping_sent_s = self._around.loop.time()
        self._tell("ping", {} if self._rtt_s is None else {"rtt": f"PT{self._rtt_s:.3f}S"})
        self._pings += 1
        self._ping_later(PINGS_S[self._pings] if self._pings < len(PINGS_S) else PING_EVERY_S)

    def _ponged(self) -> None:
        if self._ping_sent_s is None:
            self.violated("a pong without a ping")
            return
        self._rtt_s = self._around.loop.time() - self._ping_sent_s
        self._ping_sent_s = None

    def _stop_pinging(self) -> None:
        if self._pinging is not None:
            self._pinging.cancel()

    def _tell(self, kind: str, parameters: dict[str, Any]) -> None:
        self._seq += 1
        message = {
            "version": "2",
            "id": self._session_id,
            "type": kind,
            "seq": self._seq,
            "serverseq": self._manners.seq,
            "position": duration(self._position, self._around.rate_hz),
            "parameters": parameters,
        }
        self.write(WSMsgType.TEXT, orjson.dumps(message))


def duration(samples: int, rate_hz: int) -> str:
    """Exact, to the sample: 12345 samples at 8 kHz are PT1.543125S."""
    whole, rest = divmod(samples, rate_hz)
    digits = f"{rest * 1_000_000 // rate_hz:06}".rstrip("0")
    return f"PT{whole}.{digits}S" if digits else f"PT{whole}S"


def _offers(stereo: bool, rate_hz: int) -> list[dict[str, Any]]:
    channels = [BOTH, ["external"], ["internal"]] if stereo else [["external"]]
    return [{"type": "audio", "format": "PCMU", "channels": each, "rate": rate_hz} for each in channels]
