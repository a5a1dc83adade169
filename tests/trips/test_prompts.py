"""Which prompts are there: every file of the matrix is looked at, and Genesys is asked for nothing."""

from typing import Any

import pytest

from tests.trips.house import House, Lodge
from tests.trips.wire import Wire


def states(checked: dict[str, Any]) -> dict[str, str]:
    """How it stands with each file, by its path below the CDN's folder."""
    return {row["file"]: row["state"] for row in checked["prompts"]}


def test_the_matrix_tells_what_is_there_what_is_missing_and_what_is_unfit(house: House, wire: Wire) -> None:
    matrix = {"keys": ["welcome", "lying", "broken"], "languages": ["en", "es"], "codecs": ["mp3", "wav"]}
    checked = wire.call("prompts.check", **matrix, tiers=["standard"])
    assert states(checked) == {
        "en/standard/welcome.mp3": "present",
        "en/standard/welcome.wav": "present",
        "es/standard/welcome.mp3": "present",
        "es/standard/welcome.wav": "present",
        "en/standard/lying.mp3": "missing",
        "en/standard/lying.wav": "unfit",
        "es/standard/lying.mp3": "missing",
        "es/standard/lying.wav": "missing",
        "en/standard/broken.mp3": "unfit",
        "en/standard/broken.wav": "unfit",
        "es/standard/broken.mp3": "missing",
        "es/standard/broken.wav": "missing",
    }
    assert checked["counts"] == {"present": 4, "too_loud": 0, "unfit": 3, "missing": 5, "unknown": 0}
    reasons = {row["file"]: [reason["code"] for reason in row["reasons"]] for row in checked["prompts"]}
    assert (reasons["en/standard/lying.wav"], reasons["es/standard/lying.wav"]) == (["SB-117"], ["SB-115"])


def test_both_tiers_and_every_codec_of_the_demo_are_covered(wire: Wire) -> None:
    codecs = ["mp3", "wav", "ogg", "opus"]
    checked = wire.call("prompts.check", keys=["welcome"], languages=["en", "ES"], codecs=codecs)
    assert checked["counts"]["present"] == len(checked["prompts"]) == 2 * 2 * len(codecs)
    (row,) = [row for row in checked["prompts"] if row["file"] == "es/premium/welcome.wav"]
    assert (row["language"], row["tier"], row["codec"]) == ("es", "premium", "wav")
    audio = row["audio"]
    assert (audio["container"], audio["sample_rate_hz"], audio["channels"]) == ("wav", 16_000, 1)
    assert (audio["exact"], 1_500 < audio["duration_ms"] < 3_500, audio["loudness"]) == (True, True, None)


def test_only_the_level_full_hears_what_is_too_loud(house: House, wire: Wire) -> None:
    matrix = {"keys": ["loud", "welcome"], "tiers": ["standard"], "codecs": ["mp3", "wav"]}
    assert set(states(wire.call("prompts.check", **matrix)).values()) == {"present"}
    checked = wire.call("prompts.check", **matrix, level="full")
    assert states(checked) == {
        "en/standard/loud.mp3": "too_loud",
        "en/standard/loud.wav": "too_loud",
        "en/standard/welcome.mp3": "present",
        "en/standard/welcome.wav": "present",
    }
    loud, *_, fine = checked["prompts"]
    assert loud["audio"]["loudness"]["integrated_lufs"] > -14 > fine["audio"]["loudness"]["integrated_lufs"]
    assert loud["audio"]["loudness"]["clipped_samples"] > 0
    assert {reason["code"] for reason in loud["reasons"]} == {"SB-122"}


def test_a_file_that_cannot_be_reached_from_here_is_unknown_and_not_missing(house: House, wire: Wire) -> None:
    house.genesys.add_fault("status", status=503, path="/cdn/en/premium/gone.mp3", times="always")
    house.genesys.add_fault("abort", path="/cdn/en/standard/gone.mp3", times="always")
    checked = wire.call("prompts.check", keys=["gone"])
    assert set(states(checked).values()) == {"unknown"}
    assert checked["counts"]["unknown"] == 2


def test_a_server_that_does_not_answer_ends_in_time_with_what_is_known(lodge: Lodge) -> None:
    house = lodge(audio__inspectors=1)
    house.genesys.add_fault("silence", path="/cdn/en/standard/welcome.mp3", times="always")
    checked = house.wire().call("prompts.check", keys=["welcome", "broken"], tiers=["standard"], within_s=1.0)
    assert states(checked)["en/standard/welcome.mp3"] == "unknown"
    assert len(checked["prompts"]) == 2


def test_a_check_asks_the_cdn_and_costs_nothing_of_the_rate_limit(house: House, wire: Wire) -> None:
    def asked() -> dict[str, int]:
        return {name: number for name, number in house.genesys.counts().items() if name.startswith("rest.")}

    before = asked()
    wire.call("prompts.check", keys=["welcome"])
    assert asked() == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"keys": ["../secret"]}, "../secret"),
        ({"languages": ["english us"]}, "english us"),
        ({"codecs": ["mp3/.."]}, "mp3/.."),
        ({"level": "off"}, "off"),
        ({"keys": [f"key-{number}" for number in range(999)], "codecs": ["mp3", "wav"]}, "3996 files"),
    ],
)
def test_a_matrix_that_makes_no_sense_is_an_error_that_names_it(wire: Wire, wrong: dict[str, Any], words: str) -> None:
    error = wire.error("prompts.check", **{"keys": ["welcome"], **wrong})
    assert words in error["message"]
    assert error["data"]["remedy"]


def test_without_a_cdn_there_is_nothing_to_check(lodge: Lodge) -> None:
    house = lodge(start=False)
    del house.environment["CDN_BASE_URL"]
    assert "CDN_BASE_URL" in house.open().wire().error("prompts.check", keys=["welcome"])["data"]["remedy"]
