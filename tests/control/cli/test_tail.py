"""stream tail: what is told of a stream or conversation until it ends, whichever event is lost on the way."""

from collections.abc import Callable, Iterator, Mapping
from threading import Thread
from typing import Any

import pytest

from control.cli.line import Line, Wishes
from control.cli.tail import Tail
from control.client import Refused
from control.server import ControlServer
from messages.transcription import ShowStream
from tests.control.cli.conftest import Ctl, Ran
from tests.control.cli.known_streams import ROW, SHOWN, knows
from tests.control.house import PATIENCE_S, FakeHouse

ENDED = {**SHOWN, "state": "ended", "closed_at": "2026-01-01T00:00:05.000Z", "reason": "hung up"}
UNKNOWN = Refused({"code": -32602, "message": "there is no such audio stream", "data": {"code": "SB-140"}})
AWAY = Refused({"code": -32603, "message": "the actor transcription is not running"})
SILENCE = None
LAST_LINE = "2026-01-01T00:00:05.000Z s-1 has ended: hung up"

Event = dict[str, Any]


class FakeLine:
    """A gateway that answers `stream.show` with one after the other of `states`, and tells `events`, then nothing."""

    def __init__(
        self, *states: Mapping[str, Any] | Refused, events: tuple[Event | None, ...] = (), live: tuple[Event, ...] = ()
    ) -> None:
        self.wishes = Wishes()
        self._states, self._events, self._live = iter(states), events, live

    def client(self) -> "FakeLine":
        return self

    def call(self, method: str, **params: Any) -> Any:
        if method == "stream.list":
            return {"streams": self._live}
        return self._show(params) if method == "stream.show" else {}

    def follow(self, ours: Callable[[Event], bool], look_s: float) -> Iterator[Event | None]:
        """Whoever waits for more than there is waits in vain: StopIteration."""
        return (event for event in self._events if event is None or ours(event))

    def show(self, result: Any, draw: Callable[[Any], object]) -> None:
        draw(result)

    def _show(self, params: dict[str, Any]) -> Any:
        if "conversation_id" in params:
            raise UNKNOWN
        state = next(self._states)
        if isinstance(state, Refused):
            raise state
        return state


def tail(line: FakeLine, followed: str = "s-1") -> None:
    as_line: Line = line  # type: ignore[assignment] # a probe stands for the line
    Tail(as_line, followed).run()


def event(kind: str, stream: str = "s-1", conversation: str = "c-1", **more: Any) -> Event:
    data = {"stream_id": stream, "conversation_id": conversation, "text": "hello", "sequence": 7}
    return {"at": "2026-01-01T00:00:04.000Z", "kind": kind, "data": data, **more}


CLOSED = event("stream.closed")
SAID = event("stream.transcript")
OTHERS_LOSS = event("stream.transcript", "s-9", "c-9", dropped=12)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def tailed(house: FakeHouse, ctl: Ctl, words: tuple[str, ...], *events: tuple[str, dict[str, Any]]) -> Ran:
    """How `stream tail` ends when these events follow its subscription."""

    def publish() -> None:
        for _ in ("the door's own", "the tail's"):
            house.journal.subscribed.get(timeout=PATIENCE_S)
        for kind, data in events:
            house.journal.publish(kind, **data)

    publisher = Thread(target=publish, daemon=True)
    publisher.start()
    ran = ctl("stream", "tail", *words)
    publisher.join(PATIENCE_S)
    return ran


def test_a_tail_ends_with_its_stream(house: FakeHouse, ctl: Ctl) -> None:
    knows(house, SHOWN)
    ids = {"stream_id": "s-1", "conversation_id": "c-1"}
    ran = tailed(
        house,
        ctl,
        ("s-1",),
        ("stream.transcript", {**ids, "sequence": 150, "text": "ich h\x1bre", "final": True}),
        ("stream.transcript", {**ids, "stream_id": "s-2", "sequence": 1, "text": "not this"}),
        ("stream.gap", {**ids, "missing": 3}),
        ("stream.closed", {**ids, "reason": "hung up"}),
    )
    assert [line.split(" ", 1)[1] for line in ran.lines] == [
        "#100 guten Tag",
        "#150 ich h\\x1bre",
        "stream.gap stream_id=s-1 missing=3",
        "stream.closed stream_id=s-1 reason=hung up",
    ]


def test_a_tail_of_a_conversation_ends_with_its_last_stream(house: FakeHouse, ctl: Ctl) -> None:
    knows(house, SHOWN)
    one, two = ({"stream_id": name, "conversation_id": "c-1"} for name in ("s-1", "s-2"))
    ran = tailed(
        house,
        ctl,
        ("c-1", "--json"),
        ("stream.opened", two),
        ("stream.closed", one),
        ("stream.transcript", {**two, "sequence": 1, "text": "hello"}),
        ("stream.closed", two),
    )
    assert len(ran.lines) == 5


def test_a_tail_of_a_conversation_tells_who_speaks(house: FakeHouse, ctl: Ctl) -> None:
    other = ROW | {"stream_id": "s-2", "channel": "internal"}
    knows(house, SHOWN, streams=[ROW, other, ROW | {"stream_id": "s-9", "conversation_id": "c-9"}])
    one, two, three = ({"stream_id": name, "conversation_id": "c-1"} for name in ("s-1", "s-2", "s-3"))
    ran = tailed(
        house,
        ctl,
        ("c-1",),
        ("stream.transcript", {**two, "sequence": 1, "text": "hello"}),
        ("stream.opened", {**three, "channel": None, "participant_id": "p-3"}),
        ("stream.transcript", {**three, "sequence": 7, "text": "me too"}),
        ("stream.closed", one),
        ("stream.closed", two),
        ("stream.closed", three),
    )
    said = [line.split(" ", 1)[1] for line in ran.lines if "#" in line]
    assert said == ["external #100 guten Tag", "internal #1 hello", "p-3 #7 me too"]


def test_a_tail_of_what_has_ended_is_its_tail(house: FakeHouse, ctl: Ctl) -> None:
    knows(house, SHOWN | {"state": "ended", "closed_at": "2026-01-01T00:00:05.000Z", "reason": "hung up"})
    assert ctl("stream", "tail", "s-1").lines[-1] == "2026-01-01T00:00:05.000Z s-1 has ended: hung up"


def test_ends_though_the_event_of_its_end_was_lost(capsys: pytest.CaptureFixture[str]) -> None:
    tail(FakeLine(SHOWN, SHOWN, ENDED, ENDED, events=(SILENCE, SILENCE, SILENCE)))
    assert lines(capsys)[-1] == LAST_LINE


def test_what_is_still_on_its_way_when_the_end_is_first_told_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    tail(FakeLine(SHOWN, ENDED, ENDED, ENDED, events=(SILENCE, SAID, SILENCE, SILENCE)))
    assert [line.split(" ", 1)[1] for line in lines(capsys)] == ["#100 guten Tag", "#7 hello", "s-1 has ended: hung up"]


def test_ends_when_nobody_knows_it_any_more(capsys: pytest.CaptureFixture[str]) -> None:
    tail(FakeLine(SHOWN, UNKNOWN, UNKNOWN, events=(SILENCE, SILENCE)))
    assert lines(capsys)[-1] == "… s-1 has ended: the gateway knows no more of it"


def test_tells_when_it_cannot_be_asked_for() -> None:
    with pytest.raises(Refused, match="not running"):
        tail(FakeLine(SHOWN, AWAY, events=(SILENCE,)))


def test_tells_of_a_loss_though_the_event_that_tells_of_it_is_of_another_stream(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tail(FakeLine(SHOWN, events=(OTHERS_LOSS, CLOSED)))
    told = lines(capsys)
    assert told[1] == "… 12 events dropped: this reader is too slow"
    assert len(told) == 3


def test_a_stream_whose_beginning_was_lost_keeps_the_tail_of_its_conversation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Conversation(FakeLine):
        def _show(self, params: dict[str, Any]) -> Any:
            return super()._show({}) if "conversation_id" in params else super()._show({"conversation_id": ""})

    late = ROW | {"stream_id": "s-2", "channel": "internal"}
    events = (OTHERS_LOSS, CLOSED, event("stream.transcript", "s-2"), event("stream.closed", "s-2"))
    tail(Conversation(SHOWN, events=events, live=(late,)), "c-1")
    assert "internal #7 hello" in lines(capsys)[-2]


def test_asks_through_a_real_door_when_nothing_comes(
    house: FakeHouse, door: ControlServer, capsys: pytest.CaptureFixture[str]
) -> None:
    knows(house, ENDED)
    states = iter((SHOWN, SHOWN, ENDED, ENDED))
    house.actors["transcription"].answers[ShowStream] = lambda _asked: next(states)
    line = Line(Wishes(socket=house.claim.path))
    Tail(line, "s-1", look_s=0.001).run()
    line.close()
    assert lines(capsys)[-1] == LAST_LINE
