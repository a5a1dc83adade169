"""Whether the QA system's webhook has to be registered."""

import pytest

from messages.barges import RegisteredWebhook
from rules.qa_webhook import Standing, standing

HERE, ELSEWHERE = "https://qa.example/events", "https://old.example/events"


def webhook(address: str = HERE, enabled: bool = True) -> RegisteredWebhook:
    return RegisteredWebhook(name="qa-sync-injection", address=address, event="e", enabled=enabled)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ((), "missing"),
        ((webhook(),), "registered"),
        ((webhook(), webhook()), "registered"),
        ((webhook(ELSEWHERE), webhook()), "registered"),
        ((webhook(enabled=False),), "disabled"),
        ((webhook(enabled=False), webhook()), "registered"),
        ((webhook(ELSEWHERE),), "elsewhere"),
    ],
)
def test_it_is_registered_once(listed: tuple[RegisteredWebhook, ...], expected: Standing) -> None:
    assert standing(listed, HERE) == expected
