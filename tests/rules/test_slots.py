"""Slots: never over the limit, nobody starves, none leaks, whatever happens in between."""

from collections import deque
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rules.slots import FairQueue, Slots


def queue(*places: tuple[str, str, str]) -> FairQueue:
    filled = FairQueue()
    for key, agent, session in places:
        filled.put(key, agent, session)
    return filled


def drained(filled: FairQueue) -> list[str]:
    return list(iter(filled.take, None))


# --- the queue -----------------------------------------------------------------------------------------------


def test_agents_take_turns_however_much_one_has() -> None:
    busy = [(f"a{number}", "ada", "s-1") for number in range(4)]
    assert drained(queue(*busy, ("b0", "bob", "s-2"), ("c0", "cy", "s-3"))) == ["a0", "b0", "c0", "a1", "a2", "a3"]


def test_sessions_of_one_agent_take_turns() -> None:
    places = [("x0", "ada", "x"), ("x1", "ada", "x"), ("y0", "ada", "y"), ("b0", "bob", "z")]
    assert drained(queue(*places)) == ["x0", "b0", "y0", "x1"]


def test_a_session_keeps_its_order() -> None:
    places = [(f"{session}{number}", "ada", session) for number in range(5) for session in "xy"]
    taken = drained(queue(*places))
    for session in "xy":
        assert [key for key in taken if key[0] == session] == [f"{session}{number}" for number in range(5)]


def test_who_had_its_turn_before_is_the_next_of_its_session() -> None:
    filled = queue(("x0", "ada", "x"), ("x1", "ada", "x"))
    filled.put("again", "ada", "x", first=True)
    assert drained(filled) == ["again", "x0", "x1"]


def test_who_leaves_is_not_taken_and_leaves_nothing() -> None:
    filled = queue(("x0", "ada", "x"), ("b0", "bob", "y"))
    filled.discard("x0")
    filled.discard("nobody")
    assert "x0" not in filled
    assert (len(filled), drained(filled), drained(filled)) == (1, ["b0"], [])


# --- slots ---------------------------------------------------------------------------------------------------


def waiting(slots: Slots, *keys: str) -> Slots:
    for key in keys:
        assert slots.wait(key, "ada", "s-1")
    return slots


def test_no_more_are_granted_than_there_are() -> None:
    slots = waiting(Slots(2, 10), "a", "b", "c")
    assert [slots.grant() for _ in range(3)] == ["a", "b", None]
    assert slots.release("a")
    assert slots.grant() == "c"


def test_a_full_queue_takes_nobody_but_who_had_a_slot_before() -> None:
    slots = waiting(Slots(0, 1), "a")
    assert not slots.wait("b", "bob", "s-2")
    slots.wait_again("b", "bob", "s-2")
    assert slots.waiting == 2


def test_a_lower_limit_grants_nothing_until_enough_is_released() -> None:
    slots = waiting(Slots(3, 10), "a", "b", "c", "d")
    for _ in range(3):
        slots.grant()
    slots.limit = 1
    for key in ("a", "b"):
        slots.release(key)
        assert slots.grant() is None
    slots.release("c")
    assert slots.grant() == "d"


def test_a_slot_is_given_back_once() -> None:
    slots = waiting(Slots(1, 10), "a")
    slots.grant()
    assert [slots.release("a"), slots.release("a")] == [True, False]
    assert slots.held == 0


def test_what_the_engine_has_already_takes_a_slot_limit_or_not() -> None:
    slots = waiting(Slots(1, 10), "a")
    slots.hold("x")
    slots.hold("y")
    slots.hold("x")
    assert (slots.held, slots.grant(), slots.holds("x")) == (2, None, True)


def test_nobody_waits_twice_or_beside_a_slot() -> None:
    slots = waiting(Slots(1, 10), "a", "b")
    with pytest.raises(ValueError, match="waits already"):
        slots.wait("b", "ada", "s-1")
    slots.grant()
    with pytest.raises(ValueError, match="holds a slot"):
        slots.wait_again("a", "ada", "s-1")


def test_what_is_held_and_who_waits_is_visible() -> None:
    slots = waiting(Slots(1, 10), "a", "b")
    slots.grant()
    assert slots.facts() == {"max_in_flight": 1, "in_flight": 1, "waiting": 1}


# --- any history ---------------------------------------------------------------------------------------------

CAPACITY = 12
AGENTS = ("ada", "bob", "cy")
SESSIONS = ("s-1", "s-2")


class AnyHistory(RuleBasedStateMachine):
    """Slots beside a plain account of who waits, who holds, and how often others of an agent's rank went before."""

    def __init__(self) -> None:
        super().__init__()
        self.slots = Slots(3, CAPACITY)
        self.lines: dict[tuple[str, str], deque[str]] = {}
        self.held: list[str] = []
        self.passed: dict[str, int] = {}  # agent -> grants to others since it waits without a turn
        self.minted = 0

    @rule(agent=st.sampled_from(AGENTS), session=st.sampled_from(SESSIONS))
    def wait(self, agent: str, session: str) -> None:
        key = self._mint(agent, session)
        taken = self.slots.wait(key, agent, session)
        assert taken is (self._waiting() < CAPACITY)
        if taken:
            self.lines.setdefault((agent, session), deque()).append(key)

    @rule(agent=st.sampled_from(AGENTS), session=st.sampled_from(SESSIONS))
    def wait_again(self, agent: str, session: str) -> None:
        key = self._mint(agent, session)
        self.slots.wait_again(key, agent, session)
        self.lines.setdefault((agent, session), deque()).appendleft(key)

    @rule()
    def grant(self) -> None:
        room = len(self.held) < self.slots.limit
        key = self.slots.grant()
        assert (key is not None) is (room and self._waiting() > 0), "a free slot and a waiter, and nobody was served"
        if key is not None:
            self._served(key)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data: Any) -> None:
        key = data.draw(st.sampled_from(self.held))
        assert self.slots.release(key)
        self.held.remove(key)

    @precondition(lambda self: self._waiting())
    @rule(data=st.data())
    def leave(self, data: Any) -> None:
        place = data.draw(st.sampled_from([place for place, keys in self.lines.items() if keys]))
        key = data.draw(st.sampled_from(list(self.lines[place])))
        self.slots.leave(key)
        self.lines[place].remove(key)
        self._forget_idle()

    @rule()
    def hold(self) -> None:
        key = self._mint("ada", "s-1")
        self.slots.hold(key)
        self.held.append(key)

    @rule(limit=st.integers(0, 6))
    def change_limit(self, limit: int) -> None:
        self.slots.limit = limit

    @invariant()
    def every_slot_is_accounted_for(self) -> None:
        assert (self.slots.held, self.slots.waiting) == (len(self.held), self._waiting())
        assert all(self.slots.holds(key) for key in self.held)

    @invariant()
    def nobody_starves(self) -> None:
        assert all(turns < len(AGENTS) for turns in self.passed.values())

    def teardown(self) -> None:
        self.slots.limit = 1_000
        while self._waiting():
            self.grant()
        for key in self.held:
            assert self.slots.release(key)
        assert (self.slots.held, self.slots.waiting, self.slots.grant()) == (0, 0, None)

    def _mint(self, agent: str, session: str) -> str:
        self.minted += 1
        return f"{agent}/{session}/{self.minted}"

    def _waiting(self) -> int:
        return sum(map(len, self.lines.values()))

    def _served(self, key: str) -> None:
        agent, session, _number = key.split("/")
        assert self.lines[agent, session].popleft() == key, "out of its session's order"
        assert len(self.held) < self.slots.limit
        self.held.append(key)
        for other in {other for (other, _session), keys in self.lines.items() if keys and other != agent}:
            self.passed[other] = self.passed.get(other, 0) + 1
        self.passed.pop(agent, None)
        self._forget_idle()

    def _forget_idle(self) -> None:
        idle = {agent for agent in self.passed if not any(self.lines.get((agent, session)) for session in SESSIONS)}
        for agent in idle:
            del self.passed[agent]


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
