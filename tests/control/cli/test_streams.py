"""switchboardctl stream …: tables, files that are sent as they are."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from control.cli import streams
from control.server import ControlServer
from messages.transcription import EndStream, InterruptStream, PlayStream, StreamRefused
from tests.control.cli.conftest import Ctl
from tests.control.cli.known_streams import ROW, SHOWN, knows
from tests.control.house import FakeHouse


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
