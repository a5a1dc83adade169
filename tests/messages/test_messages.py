"""Every message is a value: frozen, slotted, named by keyword, without a secret in its repr."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

import messages
from messages.sessions import SendFrame, SessionPlan
from messages.tokens import TokenGranted
from tests.kit import Probe


def values() -> Iterator[type]:
    for module in pkgutil.iter_modules(messages.__path__, "messages."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and found.__module__ == module.name and is_dataclass(found):
                yield found


@pytest.mark.parametrize("value", list(values()), ids=lambda value: value.__name__)
def test_a_message_is_a_frozen_slotted_value(value: type) -> None:
    assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(value)
    assert all(field.kw_only for field in fields(value))
    assert value.__doc__
    assert not value.__doc__.startswith(f"{value.__name__}("), "the docstring that dataclass makes says nothing"


def test_a_token_shows_no_secret() -> None:
    assert "s3cret" not in repr(TokenGranted(secret="s3cret", generation=1, good_until_s=1.0))


def test_a_frame_shows_no_text_since_it_may_carry_the_token() -> None:
    assert "s3cret" not in repr(SendFrame(frame_id="f", connection=1, text='{"token": "s3cret"}'))


def test_two_plans_share_no_headers() -> None:
    plans = [SessionPlan(name="a", kind="transfer", url="wss://h", owner=Probe("owner")) for _ in range(2)]
    assert plans[0].headers is not plans[1].headers
