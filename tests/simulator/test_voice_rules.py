from typing import Any

import pytest

from simulator.forms import BadInput
from simulator.voice_rules import InjectionOrder, duration_ms, read_injection
from tests.simulator.client import injection_body


def wrong(given: Any) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_injection(given)
    return [problem.partition(":")[0] for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("PT1.5S", 1_500),
        ("PT1S", 1_000),
        ("PT0.001S", 1),
        ("PT0.25S", 250),
        ("PT1M0.5S", 60_500),
        ("PT1H", 3_600_000),
        ("PT0S", 0),
    ],
)
def test_a_duration_is_read_to_the_millisecond(given: str, expected: int) -> None:
    assert duration_ms(given) == expected


@pytest.mark.parametrize(
    "given", ["PT", "P1D", "1.5", "PT1.S", "PT.5S", "PT1.0005S", "PT1S ", "pt1s", "PT-1S", 15, None]
)
def test_what_is_no_duration_is_none(given: Any) -> None:
    assert duration_ms(given) is None


def test_reads_an_injection_as_the_contract_has_it() -> None:
    order = read_injection(injection_body(maxDuration="PT1.5S", mute=False))
    assert order == InjectionOrder("https://audio.example.com/notice.wav?normalize=true", False, 1_500)


def test_names_every_field_that_is_wrong_at_once() -> None:
    body = {
        "type": "say",
        "sourceType": "file",
        "sourceUrl": "notice.wav",
        "mute": "no",
        "maxDuration": 15,
        "volume": 1,
    }
    assert wrong(body) == ["type", "sourceType", "sourceUrl", "mute", "maxDuration", "volume"]
    assert wrong({}) == ["type", "sourceType", "sourceUrl", "mute", "maxDuration"]


@pytest.mark.parametrize(
    "end", ["notice.flac", "notice", "notice.wav.exe", "notice.waves", "?x=notice.wav", "notice.WAV"]
)
def test_the_extension_is_one_of_three(end: str) -> None:
    assert wrong(injection_body(sourceUrl=f"https://audio.example.com/{end}")) == ["sourceUrl"]


@pytest.mark.parametrize("given", ["PT0S", "PT30.001S", "PT1M"])
def test_the_duration_has_limits(given: str) -> None:
    assert wrong(injection_body(maxDuration=given)) == ["maxDuration"]


def test_the_longest_and_the_shortest_are_within() -> None:
    lengths = [read_injection(injection_body(maxDuration=given)).duration_ms for given in ("PT0.001S", "PT30S")]
    assert lengths == [1, 30_000]
