from typing import Any

import pytest

from simulator.forms import BadInput
from simulator.play_rules import PlayOrder, read_play
from tests.simulator.client import play_body


def wrong(given: Any) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_play(given)
    return [problem.partition(":")[0] for problem in caught.value.problems]


def test_reads_a_play_as_the_contract_has_it() -> None:
    assert read_play(play_body("i-1", url="http://127.0.0.1:9000/cdn/en/standard/welcome.wav")) == PlayOrder(
        "i-1", "http://127.0.0.1:9000/cdn/en/standard/welcome.wav", 1.0
    )


def test_names_every_field_that_is_wrong_at_once() -> None:
    medium = {"url": "ftp://host/x.mp3", "type": "video", "playbackOptions": {"volume": -1, "loop": True}, "id": 1}
    assert wrong({"interactionId": "", "media": [medium], "extra": 1}) == [
        "interactionId",
        "extra",
        "media[0].url",
        "media[0].type",
        "media[0].id",
        "media[0].playbackOptions.volume",
        "media[0].playbackOptions.loop",
    ]


@pytest.mark.parametrize("media", [[], {}, None, "url", [1, 2]])
def test_takes_one_medium_and_no_other_number(media: Any) -> None:
    assert wrong({"interactionId": "i", "media": media}) == ["media"]


@pytest.mark.parametrize("medium", [None, 7, "https://host/x.mp3"])
def test_a_medium_is_an_object(medium: Any) -> None:
    assert wrong({"interactionId": "i", "media": [medium]}) == ["media[0]"]


@pytest.mark.parametrize("given", [None, [], 7])
def test_a_body_is_an_object(given: Any) -> None:
    assert wrong(given) == ["the body"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/x.mp3",
        "https:///x.mp3",
        "https://u:p@host/x.mp3",
        "https://host/a b.mp3",
        "https://host:99999/x",
        "a\nb",
        7,
    ],
)
def test_a_url_is_one_that_could_be_fetched(url: Any) -> None:
    assert wrong(play_body(url=url)) == ["media[0].url"]


def test_nothing_may_be_left_out() -> None:
    assert wrong({}) == ["interactionId", "media"]
    assert wrong({"interactionId": "i", "media": [{}]}) == ["media[0].url", "media[0].type", "media[0].playbackOptions"]
