"""AudioHook v2 on /audiohook: Genesys's own way to send a call's audio, and to get transcripts and audio back.

What the client sends is judged by `genesys.audiohook_session`; here is its socket, its lanes and its time.
Reading is never paused: Genesys drops audio by itself when it must. Source: genesys-platform 3.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from picows import WSMsgType

from genesys.audiohook import LIVE, Phase
from genesys.audiohook_durations import write_duration
from genesys.audiohook_effects import Begun, Broken, Effect, Flush, Hush, Noted, Say, Skipped, SlowDown, Spoken
from genesys.audiohook_events import BARGE_IN
from genesys.audiohook_media import linear_of, seconds_of
from genesys.audiohook_messages import LONGEST_TEXT
from genesys.audiohook_session import Farewell, Session
from media.audiohook_outlet import Outlet
from media.audiohook_tracks import Tracks
from media.bulkhead import each
from media.call import Lane
from media.connection import POLICY, RESTARTING, TOO_BIG, Connection
from media.house import House
from media.uplinks import Result
from messages.base import Json

MOST_UNREAD_BYTES = 1024 * 1024  # that we have written and the client has not read

FAREWELLS: Mapping[str, Farewell] = {"completed": "completed", "unauthorized": "unauthorized", "error": "error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What the upgrade said; `organization_id` in lower case, `attempt` 0 for the first."""

    session_id: str
    organization_id: str
    target: str
    attempt: int = 0


class AudioHookCall(Connection):
    """One session. The server never closes first, but when the client has let all its time pass."""

    __slots__ = (
        "_arrived",
        "_closing_timer",
        "_leave_by",
        "_no_room",
        "_size",
        "_why",
        "outlet",
        "session",
        "tracks",
    )

    pings = False  # theirs come every 5 s

    def __init__(self, house: House, arrived: Arrived, *, no_room: str = "") -> None:
        """With `no_room`, it is turned away as soon as it has begun, and told so."""
        super().__init__(house, house.turned_away if no_room else house.connections)
        plan = house.plan
        self._arrived = arrived
        self._no_room = no_room
        self.session = Session(
            id=arrived.session_id,
            organization_id=arrived.organization_id,
            languages=plan.supported_languages,
            stereo=plan.audiohook.stereo,
        )
        self.tracks: Tracks | None = None
        self.outlet = Outlet(self.session, plan.audiohook, self._write)
        self.most_bytes = plan.audiohook.max_audio_bytes
        self._size = -1  # of the last audio; another one begins a new run
        self._leave_by = 0.0  # when the guard closes; 0: not yet
        self._closing_timer: asyncio.TimerHandle | None = None
        self._why = ""

    # -- what comes in -----------------------------------------------------------------------------------------------

    def begun(self) -> None:
        self._leave_by = asyncio.get_running_loop().time() + self.house.plan.audiohook.open_s
        if self._no_room:
            self.goodbye("error", self._no_room)

    def message(self, payload: bytes, is_text: bool) -> None:
        if is_text:
            self._text(payload)
            return
        size, tracks = len(payload), self.tracks
        if size != self._size:
            self._another_size(size)
        effects = self.session.audio(size)
        if effects is None and tracks is not None and size:
            tracks.audio(payload)
        elif effects:
            self._do(effects)

    def _text(self, payload: bytes) -> None:
        if len(payload) > LONGEST_TEXT:
            self._why = f"a text message of more than {LONGEST_TEXT} bytes"
            self.close(TOO_BIG, self._why)
            return
        self._do(self.session.hear(payload))

    def _another_size(self, size: int) -> None:
        self._size = size
        if self.tracks is not None:
            self.tracks.run(self.session.position.since_open, size)

    # -- what is to be done ------------------------------------------------------------------------------------------

    def _do(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Say():
                    self.outlet.say(effect.frame)
                case Begun():
                    self._begin(effect)
                case Noted():
                    self._note(effect.what, effect.data)
                case Skipped():
                    self._size = -1
                    if self.tracks is not None:
                        self.tracks.skipped(effect.begins, effect.ends)
                case Spoken():
                    for lane in self._lanes():
                        lane.declared(effect.language)
                case Hush():
                    self.outlet.hush()
                case SlowDown():
                    self.outlet.hold(effect.for_s)
                case Broken():
                    self._why = f"the client broke the protocol: {effect.info}"
                    self._await_client()
                case Flush():
                    self._flush(effect.reason)

    def _begin(self, begun: Begun) -> None:
        """`opened` is said: only now anything is begun that may take its time. A probe leaves no trace."""
        self._leave_by = 0.0
        if begun.media is None or begun.opening.probe:
            return
        self.tracks = Tracks(begun.media, tagged=self.house.plan.stereo == "tagged")
        self.tracks.open(self.house, begun.opening, self)
        self._note(
            "session",
            {
                "id": self.session.id,
                "attempt": self._arrived.attempt,
                "continues": [*begun.opening.continued],
                "position": write_duration(seconds_of(self.session.position.at)),
            },
        )

    def _note(self, what: str, data: Mapping[str, Json]) -> None:
        for lane in self._lanes():
            lane.note(what, data)

    def _lanes(self) -> tuple[Lane, ...]:
        return () if self.tracks is None else self.tracks.lanes

    # -- the end -----------------------------------------------------------------------------------------------------

    def goodbye(self, reason: Farewell, info: str, outputs: Mapping[str, str] | None = None) -> None:
        """Say `disconnect`, once, and wait for the client's close."""
        said = self.session.disconnect(reason, info, outputs)
        if said is not None:
            self._why = self._why or info or f"ended by the gateway: {reason}"
            self.outlet.say(said)
            self._await_client()

    def leave(self) -> None:
        """Genesys opens the session anew, elsewhere."""
        self.goodbye("error", RESTARTING)

    def _await_client(self) -> None:
        self._leave_by = asyncio.get_running_loop().time() + self.house.plan.audiohook.guard_s

    def _flush(self, reason: str) -> None:
        """The client has closed: the last transcripts go first, but not longer than it waits."""
        self._end_lanes(self._why or f"the client has closed: {reason}", 0)
        self.outlet.drained = self._close_if_done
        wait_s = self.house.plan.audiohook.close_s
        self._closing_timer = asyncio.get_running_loop().call_later(wait_s, self._say_closed)
        self._close_if_done()

    def _close_if_done(self) -> None:
        wanted = self.house.plan.audiohook.events and not self.outlet.hushed
        done = self.tracks is None or self.tracks.finished or not wanted
        if self.session.phase is Phase.CLOSING and done and self.outlet.is_drained:
            self._say_closed()

    def _say_closed(self) -> None:
        if self._closing_timer is not None:
            self._closing_timer.cancel()
        said = self.session.closed()
        if said is not None:
            self.outlet.say(said)
            self._await_client()

    def over(self, code: int, reason: str) -> None:
        self.session.gone()
        self.outlet.stop()
        if self._closing_timer is not None:
            self._closing_timer.cancel()
        self._end_lanes(self._why or reason, code)

    def _end_lanes(self, reason: str, code: int) -> None:
        disagreements, dropped = self.session.position.disagreements, self.outlet.dropped_events

        def end(lane: Lane) -> None:
            if disagreements and not lane.ending:
                lane.note("positions", {"disagreements": disagreements})
            if dropped and not lane.ending:
                lane.note("events.dropped", {"count": dropped})
            lane.end(reason, code)

        each(self._lanes(), end)

    def look(self, now: float) -> None:
        """Say goodbye to who is silent; close on who does not go, long after its own timers have run out."""
        if self.closing or self.transport is None or self.transport.is_close_frame_sent:
            super().look(now)
            return
        if self.messages != self._messages_before:
            self._messages_before, self._heard_at = self.messages, now
        elif now - self._heard_at >= self.house.plan.limits.idle_s:
            self.goodbye("error", f"no message for {self.house.plan.limits.idle_s:g} s")
        if self._leave_by and now >= self._leave_by:
            if self.session.phase is Phase.PREPARING:
                self.goodbye("error", f"no open message for {self.house.plan.audiohook.open_s:g} s")
            else:
                self.close(POLICY, "the session is over")

    # -- what goes out -----------------------------------------------------------------------------------------------

    def _write(self, data: bytes, is_text: bool) -> None:
        if self.transport is None or self.closing:
            return
        self.transport.send(WSMsgType.TEXT if is_text else WSMsgType.BINARY, data)
        if self.outlet.clogged and self.transport.underlying_transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            self._why = "the client does not read what it is sent"
            self.cut()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.outlet.clogged = True

    def resume_writing(self) -> None:
        super().resume_writing()
        self.outlet.clogged = False
        self.outlet.turn()

    # -- from the lanes ----------------------------------------------------------------------------------------------

    def hold(self) -> None:
        """Reading goes on: what the service cannot take is dropped there, and counted."""

    def release(self) -> None:
        """Reading has never stopped."""

    def heard(self, lane: Lane, result: Result) -> None:
        """The service's answer goes to Genesys."""
        if self.tracks is not None and self.house.plan.audiohook.events:
            entity = self.tracks.transcript(lane, result, self.house.new_id())
            if entity is not None and not self.outlet.put_event(entity) and self.outlet.dropped_events == 1:
                lane.note("events.dropped", {"why": "too many wait for their turn"})

    def deserted(self, lane: Lane, why: str) -> None:
        self._why = self._why or why
        self.goodbye("error", "the transcription service is not available")

    def finished(self, lane: Lane) -> None:
        if self.tracks is not None:
            self.tracks.finish(lane)
            self._close_if_done()

    def play(self, lane: Lane, audio: bytes) -> None:
        media = self.session.media
        if not lane.facts.plays:
            lane.note("playback.refused", {"why": "only a session with one channel plays audio"})
        elif self.session.phase not in LIVE or media is None:
            lane.note("playback.refused", {"why": "the session is ending"})
        elif not self.outlet.put_audio(audio if media.format == "PCMU" else linear_of(audio)):
            lane.note("playback.dropped", {"bytes": len(audio)})

    def barge(self, lane: Lane) -> None:
        lane.note("playback.barged", {"bytes": self.outlet.drop_audio()})
        self.outlet.put_event(BARGE_IN, first=True)

    def disconnect(self, lane: Lane, reason: str, output_variables: Mapping[str, str]) -> None:
        known = FAREWELLS.get(reason)
        self.goodbye(known or "completed", "" if known else reason, output_variables)
