"""A call as AudioHook v2 has it, with Genesys's side of the protocol whole. Source: genesys-platform 3."""

from typing import Any
from uuid import uuid4

import orjson
from picows import WSMsgType, WSTransport

from simulator.calls.call import Call, Surroundings
from simulator.calls.customer import Customer
from simulator.calls.durations import duration
from simulator.calls.flow import Flow
from simulator.calls.manners import Manners, transcript_texts
from simulator.calls.pinging import Pinging
from simulator.calls.reel import Reel
from simulator.calls.report import COMPLETED, DROPPED, LOST, REFUSED, CallRow, SessionRow

OPEN_S, END_S = 5.0, 10.0
TRIES = 5  # to open a session that lasts
AGAIN_S = 0.1  # before the second of them, doubled each time; ours, no document says how long
OUTCOMES = {"completed": COMPLETED, "unauthorized": REFUSED, "rejected": REFUSED}  # of disconnect; others are retried


class AudioHookCall(Call):
    """One session. `rider`: the one before it, to which the call's time belongs until this one is open.

    `attempt`: from 0, of those to open one that lasts.
    """

    def __init__(
        self,
        around: Surroundings,
        row: CallRow,
        reel: Reel,
        *,
        customer: Customer,
        number: int,
        rider: "AudioHookCall | None" = None,
        attempt: int = 0,
    ) -> None:
        super().__init__(around, row, reel)
        self._customer, self._number = customer, number
        self._rider, self._attempt = rider, attempt
        self._heir: AudioHookCall | None = None
        self.wait_s = AGAIN_S * 2 ** (attempt - 1) if attempt else 0.0
        self.language: str | None = customer.language if rider is None else rider.language
        self._offered = customer.offers(around.rate_hz)
        self._session = SessionRow(id=str(uuid4()))
        self._manners = Manners(self._session.id, self._offered)
        self._pinging = Pinging(around.loop, self)
        self._flow = Flow(
            reel,
            self._session,
            frame_samples=around.tape.frame_samples,
            rate_hz=around.rate_hz,
            tell=self._tell,
            send_audio=self._send_audio,
        )
        self._ready = self._closing = self._hung_up = False
        self._seq = 0
        self._parting: tuple[str, str] | None = None  # outcome and why, where they are known before the end

    def headers(self, target: str, authority: str) -> dict[str, str]:
        return self._customer.headers(self._session.id, self._attempt, target, authority)

    # --- the session

    def on_ws_connected(self, transport: WSTransport) -> None:
        super().on_ws_connected(transport)
        self._flow.begin(self._customer.offered_s)
        opening = self._customer.opening(self.row, self._number, self.language, self._around.rate_hz)
        if self._rider is not None:
            opening["continuedSessions"] = self._rider.line()
        self._tell("open", opening)
        self.within(OPEN_S, f"no opened within {OPEN_S:g} s of open")

    def heard(self, opcode: WSMsgType, data: bytes) -> None:
        now_s = self._around.loop.time()
        if opcode == WSMsgType.BINARY:
            for what in self._manners.binary(len(data), now_s):
                self.violated(what)
            return
        position_s = self._flow.position / self._around.rate_hz
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
                self._pinging.pong()
            case "pause" if not self._mute:
                self._flow.pause_for_server()
            case "resume" if not self._mute:
                self._flow.resume_for_server()
            case "event":
                self.row.transcripts += transcript_texts(parameters)
            case "reconnect" if self._customer.reconnect and not self._mute and self._heir is None:
                self._beget(attempt=0)
            case "disconnect" if not self._closing:
                self._disconnected(parameters)
            case "closed" if self._closing:
                self.in_time()
                self.hang_up()
            case _:
                pass

    def _open(self, parameters: dict[str, Any]) -> None:
        self.in_time()
        self._ready = True
        self.row.sessions.append(self._session)
        media = parameters.get("media") or []
        if self._customer.probe:
            if media:
                self.violated("opened: a probe is answered with no media")
            self.opened(rides=False)
            self._close("end")
            return
        if not media:
            self._parting = REFUSED, f"the server takes none of the offered media (PCMU, {self._around.rate_hz} Hz)"
            self.stop()
        self._pinging.start()
        self._flow.opened(self._cut(media[0]["channels"]) if media and media[0] in self._offered else (), parameters)
        if self._rider is not None:
            self._rider.relieve()
        self.opened()

    def _cut(self, channels: list[str]) -> tuple[bytes, ...]:
        tape = self._around.tape
        if len(channels) == 2:
            return tape.frames(self._number, speakers=2)
        return tape.frames(self._number + (channels == ["internal"]))

    def _disconnected(self, parameters: dict[str, Any]) -> None:
        reason = str(parameters.get("reason"))
        info = f" ({parameters['info']})" if parameters.get("info") else ""
        self._parting = OUTCOMES.get(reason, LOST), f"the server disconnected: {reason}{info}"
        self._close("disconnect")

    def _close(self, reason: str) -> None:
        self._flow.stop()
        self._pinging.stop()
        self._tell("close", {"reason": reason})
        self._closing = self._finishing = True
        self.get_off()
        self.within(END_S, f"no closed within {END_S:g} s of close")

    @property
    def _mute(self) -> bool:
        """Whether this session has said its last word."""
        return self._closing or self.over.done()

    def finish(self) -> None:
        if not self._mute:
            self._close("end")

    def end(self, outcome: str, why: str = "") -> None:
        if self.over.done():
            return
        outcome, why = self._parting or (outcome, why)
        self._flow.stop()
        self._pinging.stop()
        attempt = 1 if self._pinging.answered else self._attempt + 1
        if self._customer.reconnect and outcome in {LOST, DROPPED} and self._heir is None and attempt < TRIES:
            self._beget(attempt)
        elif self._rider is not None and not self._ready:
            self._rider.disinherit(outcome)
        super().end(outcome, why)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.over.done() and not self._hung_up and not self._customer.reconnect:
            for what in self._manners.hung_up(ours_first=False):
                self.violated(what)
        super().on_ws_disconnected(transport)

    def hang_up(self, code: int = 1000) -> None:
        self._hung_up = True
        super().hang_up(code)

    # --- sessions that continue each other

    def _beget(self, attempt: int) -> None:
        """A new session is to hear the call on; until it is open, the call's time passes here."""
        rider = self if self._ready else self._rider
        heir = AudioHookCall(
            self._around,
            self.row,
            self.reel,
            customer=self._customer,
            number=self._number,
            rider=rider,
            attempt=attempt,
        )
        if rider is not None:
            rider._heir = heir
        self._around.place(heir)

    def line(self) -> list[dict[str, Any]]:
        """This session and those that it continues, the first one first."""
        before = [] if self._rider is None else self._rider.line()
        return [*before, {"id": self._session.id, "serverseq": self._manners.seq, "clientseq": self._seq}]

    def get_off(self) -> None:
        if self._heir is None:
            super().get_off()

    def relieve(self) -> None:
        """The next session is open, and frames come there from now on."""
        super().get_off()
        if not self._mute:
            self._close("reconnect")

    def disinherit(self, outcome: str) -> None:
        """There will be no next session: this one goes on, if it can, unless the server says that all is done."""
        self._heir = None
        if self._mute:
            self.get_off()
        elif outcome == COMPLETED:
            self.stop()

    # --- audio

    def send(self, index: int) -> None:
        self._flow.send(index)

    def lose(self, index: int) -> None:
        self._flow.lose()

    def repeat(self, index: int) -> None:
        raise AssertionError("AudioHook's audio has no sequence numbers")

    def pause(self) -> None:
        self._flow.pause()

    def skip(self, index: int) -> None:
        self._flow.skip()

    def go_on(self) -> None:
        self._flow.go_on()

    def speak(self, language: str) -> None:
        self.language = language
        if not self._mute:
            self._tell("update", {"language": language})

    def _send_audio(self, audio: bytes) -> None:
        self.write(WSMsgType.BINARY, audio)
        self.row.frames += 1

    # --- pings

    def ping(self, rtt_s: float | None) -> None:
        self._tell("ping", {} if rtt_s is None else {"rtt": f"PT{rtt_s:.3f}S"})

    def unanswered(self) -> None:
        what = "no pong before the next ping"
        self.violated(what)
        self._tell("error", {"code": 408, "message": what})
        self._parting = LOST, what
        self._close("error")

    def _tell(self, kind: str, parameters: dict[str, Any]) -> None:
        self._seq += 1
        message = {
            "version": "2",
            "id": self._session.id,
            "type": kind,
            "seq": self._seq,
            "serverseq": self._manners.seq,
            "position": duration(self._flow.position, self._around.rate_hz),
            "parameters": parameters,
        }
        self.write(WSMsgType.TEXT, orjson.dumps(message))
