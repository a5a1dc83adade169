"""Objections to fields that several kinds of orders have."""

import pytest

from messages.playbacks import PlayPrompt
from rules.fields import id_objections, shown


def told(request_id: str = "", **ids: str) -> list[str]:
    order = PlayPrompt(interaction_id="conv-1", prompt_key="welcome", request_id=request_id)
    return [objection.message for objection in id_objections(order, **ids)]


def test_each_bad_id_is_named_by_its_field_and_the_orders_own_comes_last() -> None:
    assert told(" ", conversation_id="..", participant_id="part-1", other_id="a/b") == [
        "conversation_id '..' is empty or malformed",
        "other_id 'a/b' is empty or malformed",
        "request_id ' ' is malformed",
    ]


def test_an_order_may_come_without_an_id_of_its_own() -> None:
    assert not told("", interaction_id="conv-1")


@pytest.mark.parametrize(("text", "quoted"), [("a\nb", r"'a\nb'"), ("x" * 65, f"'{'x' * 61}...'"), ("", "''")])
def test_what_is_quoted_stays_on_its_line_and_short(text: str, quoted: str) -> None:
    assert shown(text) == quoted
