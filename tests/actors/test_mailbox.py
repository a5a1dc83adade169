import threading

import pykka
import pytest
from pykka._envelope import Envelope

from actors.mailbox import WAKE, Fenced, Mailbox, MailboxFull, Reading
from actors.reply import Reply
from tests.living import DEADLINE_S


class Office:
    def __init__(self) -> None:
        self.dead: list[tuple[str, object, str]] = []

    def __call__(self, receiver: str, message: object, why: str) -> None:
        self.dead.append((receiver, message, why))


def mailbox(capacity: int = 10, office: Office | None = None) -> Mailbox:
    return Mailbox("a", office or Office(), capacity)


def drained(box: Mailbox) -> list[object]:
    taken = []
    while (envelope := box.get_nowait()) is not None:
        taken.append(envelope.message)
    return taken


def test_messages_come_out_in_the_order_they_went_in() -> None:
    box = mailbox()
    for number in range(5):
        box.put(Envelope(number))
    assert drained(box) == [0, 1, 2, 3, 4]


def test_a_full_mailbox_says_so_at_once_and_keeps_what_it_has() -> None:
    box = mailbox(capacity=2)
    box.put(Envelope(1))
    box.put(Envelope(2))
    with pytest.raises(MailboxFull, match="2 messages waiting"):
        box.put(Envelope(3))
    assert drained(box) == [1, 2]


def test_there_is_room_again_once_something_was_taken() -> None:
    box = mailbox(capacity=1)
    box.put(Envelope(1))
    assert drained(box) == [1]
    box.put(Envelope(2))
    assert drained(box) == [2]


def test_the_control_lane_overtakes_ten_thousand_messages_and_ignores_the_bound() -> None:
    box = mailbox(capacity=10_000)
    for number in range(10_000):
        box.put(Envelope(number))
    box.put_first(Envelope("stop"))
    box.put_first(Envelope("report"))
    assert drained(box) == ["stop", "report", *range(10_000)]


def test_a_reader_that_finds_the_control_lane_just_emptied_looks_again() -> None:
    assert mailbox().urgent() is WAKE


def test_timers_ignore_the_bound_but_wait_their_turn() -> None:
    box = mailbox(capacity=1)
    box.put(Envelope(1))
    box.put_always(Envelope("tick"))
    assert drained(box) == [1, "tick"]


def test_it_remembers_how_full_it_was() -> None:
    box = mailbox()
    for number in range(4):
        box.put(Envelope(number))
    drained(box)
    box.put(Envelope("one more"))
    assert (box.depth(), box.high_water) == (1, 4)


def test_closing_buries_what_waits_and_what_comes_later() -> None:
    office = Office()
    box = mailbox(office=office)
    box.put(Envelope("early"))
    box.close()
    box.put(Envelope("late"))
    assert office.dead == [("a", "early", "its receiver is gone"), ("a", "late", "its receiver is gone")]


def test_closing_answers_those_who_ask() -> None:
    box = mailbox()
    early, late = Reply(), Reply()
    box.put(Envelope("early", reply_to=early))
    box.close()
    box.put_first(Envelope("late", reply_to=late))
    for reply in (early, late):
        with pytest.raises(pykka.ActorDeadError, match="a is not running"):
            reply.get(timeout=0)


def test_an_opened_mailbox_takes_messages_again() -> None:
    box = mailbox()
    box.close()
    box.open()
    box.put(Envelope(1))
    assert drained(box) == [1]


@pytest.mark.usefixtures("small_switch_interval")
def test_no_ask_that_races_the_closing_stays_unanswered_and_no_put_raises() -> None:
    for _ in range(50):
        box = mailbox(capacity=10_000)
        replies = [[Reply() for _ in range(60)] for _ in range(3)]
        start = threading.Barrier(4)

        def ask(mine: list[Reply], box: Mailbox = box, start: threading.Barrier = start) -> None:
            start.wait(DEADLINE_S)
            for number, reply in enumerate(mine):
                put = box.put_first if number % 3 == 0 else box.put
                put(Envelope(number, reply_to=reply))

        threads = [threading.Thread(target=ask, args=(mine,)) for mine in replies]
        for thread in threads:
            thread.start()
        start.wait(DEADLINE_S)
        box.close()
        for thread in threads:
            thread.join(DEADLINE_S)
        for reply in (reply for mine in replies for reply in mine):
            with pytest.raises(pykka.ActorDeadError):
                reply.get(timeout=0)


def test_a_reader_waits_for_a_message() -> None:
    box = mailbox()
    reading = Reading(box)
    taken: list[object] = []
    thread = threading.Thread(target=lambda: taken.append(reading.get().message))
    thread.start()
    box.put_first(Envelope("stop"))
    thread.join(DEADLINE_S)
    assert taken == ["stop"]


def test_a_fenced_reader_that_waits_is_woken_and_takes_nothing() -> None:
    box = mailbox()
    reading = Reading(box)
    fenced = threading.Event()

    def read() -> None:
        with pytest.raises(Fenced):
            reading.get()
        fenced.set()

    threading.Thread(target=read).start()
    reading.fenced = True
    box.nudge()
    assert fenced.wait(DEADLINE_S)


def test_what_a_fenced_reader_took_goes_to_its_successor_first() -> None:
    box = mailbox()
    old, new = Reading(box), Reading(box)
    for number in range(3):
        box.put(Envelope(number))
    old.fenced = True
    with pytest.raises(Fenced):
        old.get()
    assert [new.get().message for _ in range(3)] == [0, 1, 2]


def test_pykka_never_finds_anything_to_throw_away() -> None:
    box = mailbox()
    reading = Reading(box)
    reading.put(Envelope(1))
    assert reading.empty()
    assert drained(box) == [1]
