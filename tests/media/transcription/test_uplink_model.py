"""A service that may break anywhere: what it did not hear is reported as lost."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from media.transcription.door import StreamEnd
from media.transcription.status import Status
from tests.media.transcription.uplink_calls import PLAN, Call


class ServiceThatBreaks(RuleBasedStateMachine):
    """A service that hears a prefix of what each stream took, acknowledges prefixes of that, and breaks anywhere."""

    @initialize(keep=st.integers(1, 40))
    def begin(self, keep: int) -> None:
        self.call = Call(replace(PLAN, replay_bytes=keep * 200, give_up_s=10_000.0))
        self.spoken = 0
        self.heard: set[int] = set()
        self.in_order: list[int] = []

    def hear(self, count: int) -> list[int]:
        heard = self.call.stream.sequences[:count]
        self.heard |= set(heard)
        return heard

    @rule(count=st.integers(1, 30), pause_s=st.sampled_from([0.0, 0.02, 0.3]))
    def speak(self, count: int, pause_s: float) -> None:
        for _ in range(count):
            self.spoken += 1
            self.call.speak(self.spoken)
            self.call.timers.pass_s(pause_s)

    @rule(room=st.integers(0, 50))
    def room(self, room: int) -> None:
        if not self.call.stream.over:
            self.call.stream.give_room(room)

    @rule(room=st.sampled_from([0, 3, 1000]))
    def room_of_new_streams(self, room: int) -> None:
        self.call.way.room = room

    @precondition(lambda self: not self.call.stream.over)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        taken = len(self.call.stream.taken)
        if heard := self.hear(data.draw(st.integers(0, taken))):
            self.call.stream.answer(data.draw(st.sampled_from(heard)))

    @precondition(lambda self: not self.call.stream.over)
    @rule(data=st.data(), code=st.sampled_from([Status.UNAVAILABLE, Status.INTERNAL, Status.RESOURCE_EXHAUSTED]))
    def break_anywhere(self, data: st.DataObject, code: Status) -> None:
        self.hear(data.draw(st.integers(0, len(self.call.stream.taken))))
        self.call.stream.end(StreamEnd(code=code))

    @rule(seconds=st.sampled_from([0.1, 1.0, 10.0]))
    def wait(self, seconds: float) -> None:
        self.call.timers.pass_s(seconds)

    @invariant()
    def streams_take_what_comes_next_without_holes_of_their_own(self) -> None:
        for stream in self.call.way.streams:
            assert stream.sequences == sorted(set(stream.sequences))

    @invariant()
    def the_buffer_is_bounded(self) -> None:
        assert self.call.uplink.buffered <= 40 * 200 // 160  # bytes of audio

    def teardown(self) -> None:
        if not hasattr(self, "call"):
            return
        if self.call.stream.over:
            self.call.way.room = 100_000
            self.call.timers.pass_s(20)
        self.call.stream.give_room(100_000)
        self.hear(len(self.call.stream.taken))
        self.call.timers.pass_s(2)
        missing = set(range(1, self.spoken + 1)) - self.heard
        assert missing <= self.reported(), (missing, self.call.ear)
        assert self.call.uplink.dropped == sum(count for count, _, _ in self.call.ear.drops)

    def reported(self) -> set[int]:
        """What was said to be lost, or to be too old to be sent again."""
        spans = [(first, last) for _, first, last in self.call.ear.drops]
        for why in self.call.ear.news:
            if "(" in why:
                first, _, last = why.partition("(")[2].partition(")")[0].partition(" to ")
                spans.append((int(first), int(last)))
        return {sequence for first, last in spans for sequence in range(first, last + 1)}


ServiceThatBreaks.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestServiceThatBreaks = ServiceThatBreaks.TestCase
