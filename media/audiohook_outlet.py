"""Everything that is written into an AudioHook session: answers at once, events and audio at their pace."""

import asyncio
from collections.abc import Callable

from genesys.audiohook import LIVE
from genesys.audiohook_session import Session
from messages.media import AudioHookPlan
from rules.outflow import Outflow, OutflowLimits


class Outlet:
    """`write(data, is_text)` writes one message; `drained` is called when no event waits any more."""

    def __init__(self, session: Session, plan: AudioHookPlan, write: Callable[[bytes, bool], None]) -> None:
        self._session = session
        self._write = write
        self._outflow = Outflow(
            OutflowLimits(per_s=plan.messages_per_s, burst=plan.messages_burst, audio_bytes=plan.max_playback_bytes)
        )
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.hushed = self.clogged = False
        self.drained: Callable[[], None] = _nothing

    @property
    def is_drained(self) -> bool:
        """Whether no event waits."""
        return self._outflow.waiting[0] == 0

    def say(self, frame: bytes) -> None:
        """Write a text message before all that waits."""
        self._outflow.said(self._loop.time())
        self._write(frame, True)

    @property
    def dropped_events(self) -> int:
        """Entities for which there was no room."""
        return self._outflow.dropped_events

    def put_event(self, entity: bytes, *, first: bool = False) -> bool:
        """Queue an entity; False: there is no room, and it is dropped and counted."""
        if self.hushed:
            return True
        behind = not self.is_drained and self._timer is not None  # others, whose time has not come yet
        taken = self._outflow.put_event(entity, first=first)
        if not behind:
            self.turn()
        return taken

    def put_audio(self, audio: bytes) -> bool:
        """Queue audio in the session's format; False: there is no room for it."""
        taken = self._outflow.put_audio(audio)
        self.turn()
        return taken

    def drop_audio(self) -> int:
        """Forget the audio that waits; its bytes."""
        return self._outflow.drop_audio()

    def hush(self) -> None:
        """No events any more."""
        self.hushed = True
        self._outflow.clear_events()
        self.drained()

    def hold(self, for_s: float) -> None:
        """Neither events nor audio for so long."""
        self._outflow.hold(self._loop.time(), for_s)

    def stop(self) -> None:
        """The socket is gone."""
        self.hushed = True
        if self._timer is not None:
            self._timer.cancel()
        self._outflow.clear_events()
        self._outflow.drop_audio()
        self._write, self.drained = _nowhere, _nothing

    def turn(self) -> None:
        """Write what may be written now, and come back when there will be more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.clogged:
            return
        now = self._loop.time()
        while entities := self._outflow.take_events(now):
            event = self._session.event(entities)
            if event is not None:
                self._write(event, True)
        if self._session.phase not in LIVE:
            self._outflow.drop_audio()
        while frame := self._outflow.take_frame(now):
            self._write(frame, False)
        wait_s = self._outflow.wait_s(now)
        if wait_s is not None:
            self._timer = self._loop.call_later(wait_s, self.turn)
        if self.is_drained:
            self.drained()


def _nothing() -> None:
    """Nobody waits."""


def _nowhere(data: bytes, is_text: bool) -> None:
    """Nobody reads any more."""
