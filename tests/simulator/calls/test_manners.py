from typing import Any

import orjson
import pytest

from simulator.calls.durations import duration
from simulator.calls.manners import TEXT_BURST, Manners, transcript_texts

ID = "30b0e395-84d3-4570-ac13-9a62d8f514c0"
MONO = {"type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8000}
STEREO = MONO | {"channels": ["external", "internal"]}


class Session:
    """A server's messages, judged one after the other."""

    def __init__(self) -> None:
        self.manners = Manners(ID, [STEREO, MONO])
        self.seq = 0

    def hears(self, kind: str, parameters: Any = None, **changes: Any) -> list[str]:
        self.seq += 1
        message = {"version": "2", "id": ID, "type": kind, "seq": self.seq, "clientseq": 1}
        message |= {"parameters": {} if parameters is None else parameters} | changes
        return self.manners.text(orjson.dumps(message), 1, 0.0, 2.0)[1]


@pytest.fixture
def session() -> Session:
    made = Session()
    assert made.hears("opened", {"media": [MONO]}) == []
    return made


def test_a_session_as_it_should_be(session: Session) -> None:
    told = ["pong", "pause", "resume", "updated", "event", "disconnect", "closed"]
    parameters: dict[str, Any] = {"event": {"entities": []}, "disconnect": {"reason": "completed"}}
    assert [session.hears(kind, parameters.get(kind)) for kind in told] == [[]] * len(told)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"version": "3"}, "pong: version is not 2"),
        ({"id": "other"}, "pong: another session's id"),
        ({"seq": 5}, "pong: seq is not one more than that of the message before"),
        ({"clientseq": 2}, "pong: clientseq is not between the last one and ours"),
        ({"parameters": []}, "pong: parameters is no object"),
        ({"type": "hello"}, "a message of the unknown type hello"),
        ({"type": "opened", "parameters": {"media": []}}, "opened a second time"),
        ({"type": "disconnect"}, "disconnect: reason is none of completed, error, rejected, unauthorized"),
    ],
)
def test_a_wrong_message_is_named(session: Session, changes: dict[str, Any], what: str) -> None:
    changes = {"type": "pong"} | changes
    kind = changes.pop("type")
    assert session.hears(kind, changes.pop("parameters", None), **changes) == [what]


@pytest.mark.parametrize(
    ("media", "what"),
    [
        ([MONO, STEREO], "opened: media is not a list of one or none"),
        ([MONO | {"rate": 16000}], "opened: media is none of those offered, or changed"),
        (None, "opened: media is not a list of one or none"),
    ],
)
def test_media_must_be_one_that_was_offered(media: Any, what: str) -> None:
    assert Session().hears("opened", {"media": media}) == [what]


def test_nothing_but_opened_comes_first_and_nothing_after_closed() -> None:
    session = Session()
    assert session.hears("event", {"entities": []}) == ["event before opened"]
    session.hears("opened", {"media": []})
    session.hears("closed")
    assert session.hears("pong") == ["pong after closed"]


def test_who_does_not_open_says_disconnect_and_then_closed() -> None:
    session = Session()
    assert session.hears("closed") == ["closed before opened"]
    session = Session()
    assert session.hears("disconnect", {"reason": "error"}) + session.hears("closed") == []


def test_the_position_from_which_audio_is_wanted_is_a_duration() -> None:
    assert Session().hears("opened", {"media": [MONO], "discardTo": "PT1.5S"}) == []
    assert Session().hears("opened", {"media": [MONO], "discardTo": 1.5}) == ["opened: discardTo is no duration"]


def transcript(**changes: Any) -> dict[str, Any]:
    reading = {"type": "display", "transcript": "hello"}
    data = {
        "id": "1",
        "channelId": 0,
        "isFinal": True,
        "offset": "PT0.5S",
        "duration": "PT1S",
        "alternatives": [{"confidence": 0.9, "interpretations": [reading]}],
    }
    return {"entities": [{"type": "transcript", "data": data | changes}]}


def test_a_transcript_is_read(session: Session) -> None:
    assert session.hears("event", transcript()) == []
    assert transcript_texts(transcript()) == ["hello"]
    assert transcript_texts({"entities": [{"type": "transcript", "data": {}}, {"type": "barge_in", "data": {}}]}) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"channelId": 1}, "transcript: channelId is no channel of the media chosen"),
        ({"isFinal": "yes"}, "transcript: isFinal is neither true nor false"),
        ({"offset": "PT2S"}, "transcript: ends after the audio that was sent"),
        ({"duration": "1s"}, "transcript: offset or duration is no duration"),
        ({"alternatives": [{"confidence": 2, "interpretations": [{}]}]}, "transcript: confidence is not from 0 to 1"),
        ({"alternatives": [{"confidence": 1}]}, "transcript: no interpretations"),
    ],
)
def test_a_wrong_transcript_is_named(session: Session, changes: dict[str, Any], what: str) -> None:
    assert session.hears("event", transcript(**changes)) == [what]


@pytest.mark.parametrize("raw", [b"{", b"[]", b"5", b'{"seq": 1}', b"\xff"])
def test_what_is_no_message_is_named(raw: bytes) -> None:
    message, wrong = Manners(ID, [MONO]).text(raw, 1, 0.0, 0.0)
    assert (message, len(wrong)) == (None, 1)


def test_audio_back_is_for_open_sessions_in_whole_samples_and_paced() -> None:
    session = Session()
    assert session.manners.binary(160, 0.0) == ["audio outside of an open session"]
    session.hears("opened", {"media": [STEREO]})
    assert session.manners.binary(161, 0.0) == ["audio that is no whole samples"]
    told = [session.manners.binary(160, 0.0) for _ in range(TEXT_BURST)]
    assert told[:-2] == [[]] * (TEXT_BURST - 2)
    assert told[-1] == ["more than 5 audio messages a second after 25"]
    assert session.manners.binary(160, 1.0) == []


def test_who_hangs_up_first_has_no_manners() -> None:
    manners = Manners(ID, [MONO])
    assert manners.hung_up(ours_first=True) == []
    assert len(manners.hung_up(ours_first=False)) == 1


@pytest.mark.parametrize(
    ("samples", "written"), [(0, "PT0S"), (8000, "PT1S"), (12345, "PT1.543125S"), (1, "PT0.000125S"), (12000, "PT1.5S")]
)
def test_positions_are_exact_to_the_sample(samples: int, written: str) -> None:
    assert duration(samples, 8000) == written
