"""The book of actions: what an answer is to it, and how much of the past it keeps."""

from actors.assist_book import REMEMBERED, AssistBook
from actors.assist_case import AssistCase, Stage
from actors.crm import Crm
from messages.assists import AssistAnswer
from tests.actors.assists import CRM_URL, ONE, TWO, UUID4, action
from tests.actors.scenes import PEER
from tests.kit import VirtualWorld


def case(correlation_id: str = ONE, connection: int = 1) -> AssistCase:
    made = AssistCase(
        order=action(correlation_id), peer=PEER, effect_id=correlation_id, accepted_at_s=0.0, deadline_at_s=30.0
    )
    made.stage, made.connection, made.sent = Stage.ANSWERING, connection, 1
    return made


def result(correlation_id: str = ONE) -> AssistAnswer:
    return AssistAnswer(correlation_id=correlation_id, meaning="done", status="result")


def test_an_action_is_found_by_its_id_its_last_frame_and_its_connection() -> None:
    book, one, two = AssistBook(), case(ONE), case(TWO, connection=2)
    book.enter(one)
    book.enter(two)
    assert book.of(ONE) is one
    assert book.sent_with(one.frame_id) is one
    assert book.sent_with(f"{ONE}#2") is None
    assert book.sent_on(2) == [two]
    one.stage = Stage.RESTING
    assert (book.sent_with(one.frame_id), book.sent_on(1)) == (None, [])


def test_only_the_action_that_was_entered_is_struck() -> None:
    book, first = AssistBook(), case()
    book.enter(first)
    assert not book.strike(case())
    assert book.strike(first)
    assert not book.strike(first)
    assert len(book) == 0


def test_a_late_answer_is_late_once_and_then_repeated() -> None:
    book, ended = AssistBook(), case()
    book.enter(ended)
    book.strike(ended)
    for _ in range(3):
        book.ignore(result())
    assert (book.facts()["late_answers"], book.facts()["repeated_answers"]) == (1, 2)


def test_the_past_is_forgotten_in_the_end() -> None:
    book = AssistBook()
    for number in range(REMEMBERED + 1):
        ended = case(UUID4 % number)
        book.enter(ended)
        book.strike(ended)
    book.ignore(result(UUID4 % 0))
    book.ignore(result(UUID4 % 1))
    assert (book.facts()["unknown_answers"], book.facts()["late_answers"]) == (1, 1)


def test_deliveries_to_the_crm_sort_as_they_were_minted() -> None:
    crm = Crm(VirtualWorld(), CRM_URL)
    minted = [delivery.webhook_id for _ in range(3) for delivery in crm.hears(case(), "initiated")]
    assert minted == sorted(minted)
    assert Crm(VirtualWorld(), None).hears(case(), "initiated") == ()
