"""switchboardctl stream …: tables, a tail that ends with its stream, files that are sent as they are."""

from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

from control.cli import streams
from control.server import ControlServer
from messages.transcription import EndStream, InterruptStream, ListStreams, PlayStream, ShowStream, StreamRefused
from tests.control.cli.conftest import Ctl, Ran
from tests.control.house import PATIENCE_S, FakeHouse

ROW: dict[str, Any] = {
    "stream_id": "s-1",
    "conversation_id": "c-1",
    "participant_id": "p-1",
    "protocol": "audiohook",
    "codec": "PCMU",
    "sample_rate_hz": 8000,
    "channel": "external",
    "language": "de",
    "language_confidence": 0.9,
    "language_source": "text",
    "frames": 250,
    "gaps": 1,
    "repeats": 0,
    "malformed": 0,
    "dropped": 0,
    "lag_ms": 12.5,
    "opened_at": "2026-01-01T00:00:00.000Z",
}
SAID = {"at": "2026-01-01T00:00:02.000Z", "sequence": 100, "text": "guten Tag", "confidence": "0.9", "final": True}
SHOWN = ROW | {
    "state": "live",
    "worker": "media.1",
    "language_evidence": "12 words",
    "jitter_ms": 1.0,
    "buffered": 0,
    "position_s": 5.0,
    "closed_at": None,
    "reason": None,
    "code": None,
    "timeline": [{"at": "2026-01-01T00:00:00.000Z", "what": "gap", "expected": 5, "got": 8}],
    "tail": [SAID],
    "others": [],
}
UNKNOWN = StreamRefused(code="SB-140", message="there is no such audio stream", remedy="see `stream list`")


def knows(house: FakeHouse, shown: dict[str, Any], **lists: Any) -> None:
    """The keeper knows one stream, by both of its ids."""

    def show(asked: ShowStream) -> Any:
        known = asked.stream_id == shown["stream_id"] or asked.conversation_id == shown["conversation_id"]
        return shown if known else UNKNOWN

    house.actors["transcription"].answers[ShowStream] = show
    house.actors["transcription"].answers[ListStreams] = {"streams": [ROW], "live": 1} | lists


def test_lists_live_streams(house: FakeHouse, ctl: Ctl) -> None:
    knows(house, SHOWN, live=3)
    ran = ctl("stream", "list")
    assert ran.lines[0].split("\t")[:4] == ["STREAM ID", "CONVERSATION ID", "PROTOCOL", "CODEC"]
    assert "de 0.90" in ran.lines[1].split("\t")
    assert ran.lines[2] == "and 2 older ones"
    assert ctl("stream", "list", "--json").json["streams"] == [ROW]


def test_says_that_there_are_none(house: FakeHouse, ctl: Ctl) -> None:
    knows(house, SHOWN, streams=[], live=0)
    assert ctl("stream", "list").lines == ["no live streams"]


def test_shows_one_by_its_id_or_its_conversation(house: FakeHouse, ctl: Ctl) -> None:
    knows(house, SHOWN)
    for either in ("s-1", "c-1"):
        ran = ctl("stream", "show", either)
        assert "language_evidence    12 words" in ran.lines
        assert "2026-01-01T00:00:00.000Z\tgap\texpected=5 got=8" in ran.lines
        assert ran.lines[-1] == "2026-01-01T00:00:02.000Z #100 guten Tag"


def test_one_that_nobody_knows_is_an_error_with_its_remedy(house: FakeHouse, ctl: Ctl) -> None:
    knows(house, SHOWN)
    ran = ctl("stream", "show", "s-9")
    assert (ran.code, "no such audio stream" in ran.err, "stream list" in ran.err) == (2, True, True)


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


def test_plays_a_file_as_it_is(house: FakeHouse, ctl: Ctl, tmp_path: Path) -> None:
    house.actors["transcription"].answers[PlayStream] = {"stream_id": "s-1", "duration_ms": 1500}
    (tmp_path / "a.wav").write_bytes(b"RIFF\xff")
    ran = ctl("stream", "play", "s-1", str(tmp_path / "a.wav"))
    assert ran.lines == [
        "✔ 1.5 s are on their way into s-1",
        "  → `stream show` tells it, should the session take none",
    ]
    assert house.actors["transcription"].hears() == PlayStream(stream_id="s-1", audio=b"RIFF\xff")


def test_a_file_that_is_too_big_is_not_sent(ctl: Ctl, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(bytes(streams.MOST_BYTES + 1))
    ran = ctl("stream", "play", "s-1", str(tmp_path / "a.wav"))
    assert (ran.code, "can be sent at once" in ran.err) == (2, True)


def test_a_file_that_does_not_fit_is_told(house: FakeHouse, ctl: Ctl, tmp_path: Path) -> None:
    refused = StreamRefused(code="SB-143", message="it is no WAV file", remedy="give a WAV file")
    house.actors["transcription"].answers[PlayStream] = refused
    (tmp_path / "a.mp3").write_bytes(b"ID3")
    ran = ctl("stream", "play", "s-1", str(tmp_path / "a.mp3"))
    assert (ran.code, "it is no WAV file" in ran.err) == (2, True)


def test_interrupts_and_disconnects(house: FakeHouse, ctl: Ctl) -> None:
    for kind in (InterruptStream, EndStream):
        house.actors["transcription"].answers[kind] = {"stream_id": "s-1"}
    assert ctl("stream", "interrupt", "s-1").lines == ["✔ what was played into s-1 is interrupted"]
    assert ctl("stream", "disconnect", "s-1", "--output", "intent=a=b").lines == ["✔ s-1 is being disconnected"]
    house.actors["transcription"].hears()
    assert house.actors["transcription"].hears().output_variables == {"intent": "a=b"}
    assert ctl("stream", "disconnect", "s-1", "--output", "intent").code == 2


def test_ids_of_live_streams_are_completed(house: FakeHouse, door: ControlServer) -> None:
    knows(house, SHOWN)
    context: Any = SimpleNamespace(params={"socket": house.claim.path})
    assert streams._ids(context, "s") == ["s-1"]
    assert streams._any_ids(context, "") == ["s-1", "c-1"]
