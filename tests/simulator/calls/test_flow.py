"""Frames of 160 samples, at 8 kHz: 20 ms."""

from typing import Any

import pytest

from simulator.calls.flow import Flow
from simulator.calls.mishaps import Scripted, read_script
from simulator.calls.reel import Reel
from simulator.calls.report import SessionRow


class Session:
    """A flow, and what went out of it: `audio` or the type of a message with the stretch that it tells."""

    def __init__(self, script: str = "sent 1", played: int = 0) -> None:
        self.reel = Reel(Scripted(read_script(script)), 1000, 100)
        for _ in range(played):
            self.reel.next()
        self.row = SessionRow(id="s")
        self.out: list[Any] = []
        self.flow = Flow(
            self.reel, self.row, frame_samples=160, rate_hz=8000, tell=self._tell, send_audio=self._send_audio
        )

    def _tell(self, kind: str, parameters: dict[str, Any]) -> None:
        self.out.append((kind, *parameters.values()))

    def _send_audio(self, audio: bytes) -> None:
        self.out.append(audio.decode())

    def open(self, offered_s: float = 20.0, **parameters: Any) -> Flow:
        self.flow.begin(offered_s)
        self.flow.opened((b"a", b"b", b"c"), parameters)
        return self.flow


@pytest.fixture
def session() -> Session:
    made = Session()
    made.open()
    return made


def test_audio_moves_the_position_and_so_does_what_is_told_as_lost(session: Session) -> None:
    session.flow.send(0)
    session.flow.lose()
    session.flow.send(2)
    assert session.out == ["a", ("discarded", "PT0.02S", "PT0.02S"), "c"]
    assert (session.flow.position, session.row.frames, session.row.discarded) == (480, 2, [(160, 160)])


def test_in_a_pause_the_position_stands_still_until_it_is_over(session: Session) -> None:
    session.flow.send(0)
    session.flow.pause_for_server()
    session.flow.send(1)
    session.flow.send(2)
    assert session.flow.position == 160
    session.flow.resume_for_server()
    session.flow.send(3)
    assert session.out == ["a", ("paused",), ("resumed", "PT0.02S", "PT0.04S"), "a"]
    assert session.flow.position == 640


def test_audio_flows_only_while_neither_side_pauses(session: Session) -> None:
    session.reel.paused = True
    session.flow.pause()
    session.flow.pause_for_server()
    session.flow.skip()
    session.flow.resume_for_server()
    assert session.out == [("paused",)] * 3, "our own pause goes on"
    session.flow.pause_for_server()
    session.reel.paused = False
    session.flow.go_on()
    session.flow.send(1)
    session.flow.resume_for_server()
    assert session.out[4:] == [("resumed", "PT0S", "PT0.04S")]


def test_a_server_that_resumes_what_was_not_paused_is_answered(session: Session) -> None:
    session.flow.resume_for_server()
    assert session.out == [("resumed", "PT0S", "PT0S")]
    assert session.row.discarded == []


def test_a_session_that_begins_in_the_midst_sends_what_it_offered_and_no_pause() -> None:
    session = Session("sent 3, paused 2, sent 1", played=6)
    session.open(offered_s=0.1)
    assert (session.row.begins, session.flow.position) == (160, 960)
    assert session.out == ["b", "c", ("discarded", "PT0.06S", "PT0.04S"), "c"]


def test_what_the_server_does_not_want_is_discarded_in_whole_frames() -> None:
    session = Session("sent 5", played=5)
    session.open(discardTo="PT0.05S")
    assert session.out == [("discarded", "PT0S", "PT0.04S"), "c", "a", "b"]


@pytest.mark.parametrize(("discard_to", "left"), [("PT9S", []), ("PT0S", ["a", "b", "c", "a", "b"])])
def test_no_more_can_be_unwanted_than_was_offered(discard_to: str, left: list[str]) -> None:
    session = Session("sent 5", played=5)
    assert session.open(discardTo=discard_to).position == 800
    assert [said for said in session.out if isinstance(said, str)] == left


def test_a_session_that_begins_in_a_pause_of_the_callers_side_says_so_last() -> None:
    session = Session("sent 2, paused 1", played=3)
    session.reel.paused = True
    session.open()
    assert session.out == ["a", "b", ("discarded", "PT0.04S", "PT0.02S"), ("paused",)]


def test_a_session_that_begins_paused_by_the_server_keeps_all_to_itself() -> None:
    session = Session("sent 3", played=3)
    session.open(startPaused=True).resume_for_server()
    assert session.out == [("paused",), ("resumed", "PT0S", "PT0.06S")]


def test_after_the_last_word_nothing_goes_out(session: Session) -> None:
    session.flow.stop()
    session.flow.send(0)
    session.flow.lose()
    session.flow.pause()
    session.flow.go_on()
    assert (session.out, session.flow.position) == ([], 0)
