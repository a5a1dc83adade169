import threading

import pykka
import pytest

from actors.address import Address, ask
from actors.mailbox import MailboxFull
from messages.supervision import Elapsed
from tests.living import House


class Office:
    def __init__(self) -> None:
        self.dead: list[tuple[str, object, str]] = []

    def __call__(self, receiver: str, message: object, why: str) -> None:
        self.dead.append((receiver, message, why))


def full(office: Office | None = None) -> Address:
    address = Address("a", office or Office(), capacity=1)
    address.tell("the one that fits")
    return address


def test_a_tell_to_a_full_mailbox_becomes_a_dead_letter() -> None:
    office = Office()
    full(office).tell("too much")
    assert office.dead == [("a", "too much", "its receiver's mailbox is full")]


def test_an_offer_says_whether_there_was_room() -> None:
    address = Address("a", Office(), capacity=1)
    assert address.offer(1)
    assert not address.offer(2)
    assert address.backlog() == 1


def test_an_ask_of_a_full_mailbox_fails_at_once() -> None:
    with pytest.raises(MailboxFull):
        full().request("too much").get(timeout=0)


def test_nothing_a_sender_does_blocks_on_a_mailbox_that_nobody_reads() -> None:
    address = full()
    for _ in range(1_000):
        address.tell("x")
        address.offer("x")
        address.request("x")
        address.urge("x")
        address.tell_elapsed(Elapsed(incarnation=1, key="k", turn=1, message="x"))


def test_an_urgent_ask_gets_through_a_full_mailbox() -> None:
    address = full()
    address.request("urgent", urgent=True)
    first = address.mailbox.get_nowait()
    assert first is not None
    assert first.message == "urgent"


def test_asking_nobody_times_out() -> None:
    with pytest.raises(pykka.Timeout, match="no answer within 0 s"):
        ask(Address("a", Office()), "anybody?", timeout_s=0)


def test_incarnations_are_numbered_from_one() -> None:
    address = Address("a", Office())
    assert [address.next_incarnation() for _ in range(3)] == [1, 2, 3]


def test_a_closed_mailbox_answers_an_ask_from_any_thread() -> None:
    house = House()
    address = house.directory.address("a")
    house.directory.forget("a")
    failures: list[type[BaseException]] = []

    def asks() -> None:
        with pytest.raises(pykka.ActorDeadError) as caught:
            ask(address, "hello")
        failures.append(caught.type)

    threads = [threading.Thread(target=asks) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [pykka.ActorDeadError] * 4


def test_it_prints_its_name() -> None:
    assert repr(Address("transfer", Office())) == "<Address transfer>"
