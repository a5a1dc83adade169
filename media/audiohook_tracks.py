"""The channels of an AudioHook session on their way to the transcription service: a lane each, or one by turns."""

from typing import TYPE_CHECKING

from genesys.audiohook_events import Heard, confidence_of, transcript
from genesys.audiohook_media import RATE_HZ, Media, Samples, splitter
from genesys.audiohook_messages import Open
from genesys.audiohook_spans import Spans
from media.call import Facts, Lane
from media.house import House
from media.uplinks import Result

if TYPE_CHECKING:
    from media.audiohook import AudioHookCall


class Tracks:
    """Chunks are numbered from 1; by turns, chunk 1 is the first channel's, chunk 2 the second's, and so on."""

    __slots__ = ("_by_turns", "_chunk", "_media", "_only", "_spans", "_split", "_unfinished", "lanes")

    def __init__(self, media: Media, *, tagged: bool) -> None:
        """There is no lane before `open`; `tagged`: both channels go by turns."""
        self._media = media
        self._split = splitter(media)
        self._by_turns = len(media.channels) > 1 and tagged
        self._chunk = 0  # frames so far
        self._spans = tuple(Spans() for _ in media.channels)
        self._unfinished = 0
        self._only: Lane | None = None
        self.lanes: tuple[Lane, ...] = ()

    def open(self, house: House, opening: Open, caller: "AudioHookCall") -> None:
        """Open the lanes; whoever has the tracks can end those that were, should the next not open."""
        for facts in self._facts(opening):
            self.lanes += (Lane(house, facts, caller),)
            self._unfinished += 1
        self._only = self.lanes[0] if len(self.lanes) == 1 and not self._by_turns else None

    @property
    def finished(self) -> bool:
        """Whether the service has said its last word on every lane."""
        return self._unfinished == 0

    def audio(self, audio: bytes) -> None:
        """One frame of whole samples of every channel."""
        self._chunk = chunk = self._chunk + 1
        if self._only is not None:
            self._only.audio(chunk, audio)
        elif self._by_turns:
            first, second = self._split(audio)
            lane = self.lanes[0]
            lane.audio(2 * chunk - 1, first)
            lane.audio(2 * chunk, second)
        else:
            first, second = self._split(audio)
            one, other = self.lanes
            one.audio(chunk, first)
            other.audio(chunk, second)

    def run(self, at: Samples, size: int) -> None:
        """From the next frame on they have `size` bytes, and the next begins `at`."""
        samples = size // self._media.frame_bytes
        for spans in self._spans:
            spans.run(self._chunk + 1, at, samples)

    def skipped(self, begins: Samples, ends: Samples) -> None:
        """The next sample is not where it was expected: a gap, in samples."""
        for lane in self.lanes:
            lane.gap("discarded" if ends > begins else "step_back", int(begins), int(ends))

    def transcript(self, lane: Lane, result: Result, id: str) -> bytes | None:  # noqa: A002
        """The entity that tells Genesys of `result`; None for one without words."""
        channel, chunk = self._place(lane, result.sequence)
        span = self._spans[channel].up_to(chunk)
        if not result.text:
            return None
        tag = lane.language
        heard = Heard(
            id=id,
            channel=channel,
            text=result.text,
            confidence=confidence_of(result.confidence),
            language=None if tag == "und" else tag,
            span=span,
        )
        return transcript(heard)

    def finish(self, lane: Lane) -> None:
        """The service has said its last word on `lane`."""
        self._unfinished -= 1

    def _place(self, lane: Lane, sequence: int) -> tuple[int, int]:
        """Channel and frame of a chunk; of one that there has not been, the last: services may count in their steps."""
        if self._by_turns:
            return (sequence - 1) % 2, min((sequence + 1) // 2, self._chunk)
        return self.lanes.index(lane), min(sequence, self._chunk)

    def _facts(self, opening: Open) -> list[Facts]:
        channels = self._media.channels
        if self._by_turns:
            voices = tuple(f"{opening.participant_id}:{name}" for name in channels)
            return [self._fact(opening, opening.participant_id, channel="+".join(channels), voices=voices)]
        if len(channels) == 1:
            return [self._fact(opening, opening.participant_id, channel=channels[0])]
        return [
            self._fact(opening, opening.participant_id, channel=name, voices=(f"{opening.participant_id}:{name}",))
            for name in channels
        ]

    def _fact(self, opening: Open, participant_id: str, *, channel: str, voices: tuple[str, ...] = ()) -> Facts:
        return Facts(
            conversation_id=opening.conversation_id,
            participant_id=participant_id,
            protocol="audiohook",
            codec=self._media.format,
            sample_rate_hz=RATE_HZ,
            channel=channel,
            voices=voices,
            plays=len(self._media.channels) == 1,
        )
