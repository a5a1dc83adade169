"""The order to play a prompt, as it is read at the door."""

from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from messages.orders import DEADLINE_S
from messages.playbacks import PlayPrompt

READER = TypeAdapter(PlayPrompt)
LEAST: dict[str, Any] = {"interaction_id": "conv-1", "prompt_key": "welcome"}


def wrong_fields(**given: Any) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        READER.validate_json(orjson.dumps(given))
    return sorted(str(error["loc"][0]) for error in refused.value.errors())


def test_the_interaction_and_the_prompt_are_enough() -> None:
    order = READER.validate_json(orjson.dumps(LEAST))
    assert order == PlayPrompt(interaction_id="conv-1", prompt_key="welcome", volume=1.0, timeout_s=300.0)
    assert (order.kind, order.subject) == ("playback", "conv-1")


def test_the_whole_order_has_time_for_the_timeout_and_all_that_comes_before() -> None:
    order = PlayPrompt(interaction_id="conv-1", prompt_key="welcome")
    assert order.deadline_s == order.timeout_s + DEADLINE_S


def test_every_bad_field_is_named_at_once() -> None:
    given = {"prompt_key": 7, "volume": "loud", "timeout_s": True, "deadline_s": None, "language": "en"}
    assert wrong_fields(**given) == ["deadline_s", "interaction_id", "language", "prompt_key", "timeout_s", "volume"]


def test_a_whole_number_is_a_volume_too() -> None:
    assert READER.validate_json(orjson.dumps({**LEAST, "volume": 2})).volume == 2.0
