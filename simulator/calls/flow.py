"""The audio of one AudioHook session as its client counts it. Pure. Source: genesys-platform 3.3, 3.8."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from simulator.calls.durations import duration, seconds
from simulator.calls.reel import Reel
from simulator.calls.report import SessionRow


class Flow:
    """Sends, or not, what the reel has; both sides may pause it, and audio flows while neither does.

    `position`, in samples: those sent, and those that were told as lost. What falls into a pause is told at its end.
    `tell` sends a text message, `send_audio` a binary one.
    """

    def __init__(
        self,
        reel: Reel,
        row: SessionRow,
        *,
        frame_samples: int,
        rate_hz: int,
        tell: Callable[[str, dict[str, Any]], None],
        send_audio: Callable[[bytes], None],
    ) -> None:
        self._reel, self._row = reel, row
        self._frame_samples, self._rate_hz = frame_samples, rate_hz
        self._tell, self._send_audio = tell, send_audio
        self.position = 0
        self._begins = 0  # the frame that `open` was about
        self._audio: tuple[bytes, ...] = ()
        self._flowing = self._server_paused = self._stopped = False
        self._unsaid = 0  # samples

    def begin(self, offered_s: float) -> None:
        """`open` is about to be said, and offers so much of what has been."""
        frames = int(offered_s * self._rate_hz) // self._frame_samples
        self._begins = max(0, self._reel.at - frames)
        self.position = self._row.begins = self._begins * self._frame_samples

    def opened(self, audio: tuple[bytes, ...], parameters: dict[str, Any]) -> None:
        """The server takes `audio`: what was since `open`, but for what it does not want and what nobody may hear."""
        reel = self._reel
        reel.held.clear()
        self._audio = audio
        first = max(self._begins, min(reel.at, self._wanted(parameters)))
        if first > self._begins:
            self._skip_to("discarded", (first - self._begins) * self._frame_samples)
        if parameters.get("startPaused"):
            self.pause_for_server()
        self._flowing = not self._server_paused
        for missing, frames in groupby(range(first, reel.at), reel.missing().__contains__):
            if missing:
                self._miss(len(list(frames)))
            else:
                for index in frames:
                    self.send(index)
        if reel.paused:
            self.pause()
        self._set_flowing()

    def stop(self) -> None:
        """The session has said its last word."""
        self._stopped = True
        self._row.ends = self.position
        self._set_flowing()

    # --- frames, by their numbers

    def send(self, index: int) -> None:
        if not self._flowing:
            self._unsaid += self._frame_samples
            return
        self._send_audio(self._audio[index % len(self._audio)])
        self.position += self._frame_samples
        self._row.frames += 1

    def lose(self) -> None:
        self._miss(1)

    def skip(self) -> None:
        self._unsaid += self._frame_samples

    # --- pauses

    def pause(self) -> None:
        """The caller's side pauses."""
        self._set_flowing()
        if not self._stopped:
            self._tell("paused", {})

    def go_on(self) -> None:
        """The caller's side pauses no longer."""
        if not self._stopped and not self._server_paused:
            self._resume()

    def pause_for_server(self) -> None:
        self._server_paused = True
        self._set_flowing()
        self._tell("paused", {})

    def resume_for_server(self) -> None:
        self._server_paused = False
        if self._reel.paused:
            self._tell("paused", {})
        else:
            self._resume()

    def _resume(self) -> None:
        unsaid, self._unsaid = self._unsaid, 0
        self._skip_to("resumed", unsaid)
        self._set_flowing()

    def _set_flowing(self) -> None:
        self._flowing = bool(self._audio) and not (self._server_paused or self._reel.paused or self._stopped)

    # --- what is missing

    def _wanted(self, parameters: dict[str, Any]) -> int:
        """The first frame that the server wants."""
        return int((seconds(parameters.get("discardTo")) or 0) * self._rate_hz) // self._frame_samples

    def _miss(self, frames: int) -> None:
        if self._flowing:
            self._skip_to("discarded", frames * self._frame_samples)
        else:
            self._unsaid += frames * self._frame_samples

    def _skip_to(self, kind: str, samples: int) -> None:
        start = self.position
        self._tell(kind, {"start": duration(start, self._rate_hz), "discarded": duration(samples, self._rate_hz)})
        self.position += samples
        if samples:
            self._row.discarded.append((start, samples))
