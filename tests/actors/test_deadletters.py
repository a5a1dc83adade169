import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from loguru import logger

from actors.address import Address
from actors.deadletters import LOGGED, MUTE_S, DeadLetters
from messages.journal import RecordAccepted
from messages.orders import Order, Peer, Submit
from messages.supervision import Crashed, Describe, Elapsed, Shutdown
from tests.kit import Probe, VirtualWorld
from tests.living import DEADLINE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring(Order):
    kind = "ring"


@pytest.fixture
def logged() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lines.append, format="{message}")
    yield lines
    logger.remove(sink)


def office() -> tuple[DeadLetters, Probe, VirtualWorld]:
    world, journal = VirtualWorld(), Probe("journal")
    return DeadLetters(journal, world.monotonic), journal, world


def submit() -> Submit:
    return Submit(order=Ring(request_id="r-1"), peer=Peer(role="operator"))


def test_every_dead_letter_is_counted_by_receiver() -> None:
    letters, _, _ = office()
    for receiver in ("a", "b", "a"):
        letters(receiver, "hello", "it is gone")
    assert letters.counts == {"a": 2, "b": 1}
    assert letters.total() == 3


def test_ten_are_logged_then_none_for_five_minutes(logged: list[str]) -> None:
    letters, _, world = office()
    for _ in range(1_000):
        letters("a", "hello", "it is gone")
    assert len(logged) == LOGGED + 1
    assert "the next 300 s are only counted" in logged[-1]
    world.now_s = MUTE_S
    letters("a", "hello", "it is gone")
    assert len(logged) == LOGGED + 2
    assert letters.total() == 1_001


def test_the_log_names_the_type_and_never_the_content(logged: list[str]) -> None:
    letters, _, _ = office()
    letters("a", "a secret", "it is gone")
    assert logged == ["dead letter for a: str: it is gone\n"]


def test_an_order_among_them_gets_its_outcome() -> None:
    letters, journal, _ = office()
    letters("transfer", submit(), "its receiver is gone")
    record = journal.take(RecordAccepted)
    assert record.order.request_id == "r-1"
    assert record.outcome is not None
    assert (record.outcome.status, record.outcome.reasons[0].code) == ("interrupted", "SB-503")
    record.reply_to.tell("nobody waits for the answer")
    assert record.reply_to.name == "nobody"


def test_an_order_that_the_journal_could_not_take_is_not_told_to_the_journal() -> None:
    letters, journal, _ = office()
    letters("journal", submit(), "its receiver is gone")
    assert journal.heard == []


def test_a_full_journal_makes_no_loop() -> None:
    world = VirtualWorld()
    letters: list[DeadLetters] = []
    journal = Address("journal", lambda *letter: letters[0](*letter), capacity=0)
    letters.append(DeadLetters(journal, world.monotonic))
    letters[0]("transfer", submit(), "its receiver is gone")
    assert letters[0].counts == {"transfer": 1, "journal": 1}


@pytest.mark.parametrize(
    "own",
    [
        None,
        Shutdown(),
        Describe(),
        Elapsed(incarnation=1, key="k", turn=1, message="tick"),
        Crashed(child="a", incarnation=1, error="", message=""),
    ],
)
def test_what_actors_tell_themselves_is_missed_by_nobody(own: object) -> None:
    letters, _, _ = office()
    letters("a", own, "it is gone")
    assert letters.total() == 0


@pytest.mark.usefixtures("small_switch_interval", "logged")
def test_letters_from_many_threads_are_all_counted() -> None:
    letters, _, _ = office()

    def write() -> None:
        for _ in range(1_000):
            letters("a", "hello", "it is gone")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert letters.total() == 4_000
