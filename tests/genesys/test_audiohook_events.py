"""Entities that go back to Genesys."""

from fractions import Fraction

import orjson
import pytest

from genesys.audiohook_events import BARGE_IN, Heard, confidence_of, transcript


def test_a_transcript_says_what_where_and_how_sure() -> None:
    heard = Heard(
        id="2f6c", channel=1, text="yes", confidence=0.5, language="en-us", span=(Fraction(8000), Fraction(8001))
    )
    assert orjson.loads(transcript(heard)) == {
        "type": "transcript",
        "data": {
            "id": "2f6c",
            "channelId": 1,
            "isFinal": True,
            "offset": "PT1S",
            "duration": "PT0.000125S",
            "alternatives": [
                {
                    "confidence": 0.5,
                    "languages": ["en-us"],
                    "interpretations": [{"type": "display", "transcript": "yes"}],
                }
            ],
        },
    }


def test_what_is_not_known_is_left_out() -> None:
    data = orjson.loads(transcript(Heard(id="2f6c", channel=0, text="yes", confidence=1.0)))["data"]
    assert not {"offset", "duration"} & data.keys()
    assert data["alternatives"] == [{"confidence": 1.0, "interpretations": [{"type": "display", "transcript": "yes"}]}]


@pytest.mark.parametrize("sign", ["a", "\x00", "😀", '"'])
def test_no_transcript_is_longer_than_a_message_may_be(sign: str) -> None:
    assert len(transcript(Heard(id="2f6c", channel=0, text=sign * 100_000, confidence=1.0))) < 60_000


def test_barge_in_has_data() -> None:
    assert orjson.loads(BARGE_IN) == {"type": "barge_in", "data": {}}


@pytest.mark.parametrize(
    ("words", "share"), [("0.25", 0.25), ("0", 0.0), ("1", 1.0), ("", 1.0), ("high", 1.0), ("97", 1.0), ("nan", 1.0)]
)
def test_a_confidence_is_a_share_of_one(words: str, share: float) -> None:
    assert confidence_of(words) == share
