"""Any number of actions under any news in any order: each ends once, in time, and nothing of it is left."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.assists import ActionOverdue, LimitAssists, LineOverdue, SendAgain, SlotOverdue
from messages.journal import OpenOrder, OpenOrders, RecordAccepted, RecordEnded, RecordProgress
from messages.orders import CancelOrders, Outcome
from messages.sessions import (
    FrameSent,
    FrameUnsent,
    SendFrame,
    SessionInvalid,
    SessionLost,
    SessionOpened,
    SessionValid,
)
from messages.tokens import TokenDenied, TokenGranted
from rules.adaptive_limit import AdaptiveRules
from tests.actors.assists import UUID4, AssistScene, action
from tests.actors.scenes import PEER, TOKEN

IDS = tuple(UUID4 % number for number in range(1, 6))
DEADLINE_S, ACTION_S = 20.0, 8.0

ids = st.sampled_from((*IDS, UUID4 % 99))
connections = st.integers(1, 3)
codes = st.sampled_from((400, 401, 403, 429, 500))
errors = st.fixed_dictionaries({"code": codes}, optional={"retry_after": st.floats(0, 300)})
answers = st.one_of(
    st.just({"type": "connected"}),
    st.just({"type": "connected"}),
    st.fixed_dictionaries({"type": st.just("error"), "error": errors}),
    st.fixed_dictionaries({"type": st.just("error"), "correlationId": ids, "error": errors}),
    st.fixed_dictionaries({"type": st.sampled_from(("result", "result", "accepted")), "correlationId": ids}),
)
frame_ids = st.builds("{}#{}".format, ids, st.integers(1, 3))
news = st.one_of(
    st.builds(SessionOpened, session=st.just("assist"), connection=connections),
    st.builds(SessionValid, session=st.just("assist"), check_id=st.just("assist.line"), connection=connections),
    st.builds(SessionInvalid, session=st.just("assist"), check_id=st.just("assist.line"), why=st.just("no")),
    st.builds(SessionLost, session=st.just("assist"), connection=connections, code=st.just(1006), reason=st.just("")),
    st.builds(FrameUnsent, session=st.just("assist"), frame_id=frame_ids, why=st.just("gone")),
    st.builds(FrameUnsent, session=st.just("assist"), frame_id=st.just("assist.line#1"), why=st.just("gone")),
    st.builds(FrameSent, session=st.just("assist"), frame_id=frame_ids),
    st.builds(TokenGranted, secret=st.just(TOKEN), generation=st.integers(1, 3), good_until_s=st.floats(0, 90)),
    st.builds(TokenDenied, code=st.just("SB-208"), message=st.just(""), remedy=st.just(""), final=st.booleans()),
    st.builds(LimitAssists, max_in_flight=st.integers(1, 4)),
    st.builds(SlotOverdue, request_id=ids),
    st.builds(ActionOverdue, correlation_id=ids),
    st.builds(SendAgain, request_id=ids),
    st.just(LineOverdue()),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from(IDS)),
        st.tuples(st.just("submit"), st.sampled_from(IDS)),
        st.tuples(st.just("record"), st.none()),
        st.tuples(st.just("record"), st.none()),
        st.tuples(st.just("hear"), answers),
        st.tuples(st.just("hear"), answers),
        st.tuples(st.just("tell"), news),
        st.tuples(st.just("tell"), news),
        st.tuples(st.just("up"), st.none()),
        st.tuples(st.just("burst"), st.none()),
        st.tuples(st.just("advance"), st.floats(0, 6)),
        st.tuples(st.just("cancel"), st.none()),
        st.tuples(st.just("crash"), st.none()),
    ),
    max_size=50,
)


class Model(AssistScene):
    """Keeps the journal's book: what was accepted, sent and ended, how often, and what the CRM was told."""

    def __init__(self, **rules: Any) -> None:
        super().__init__(limit=2, up=False, queue=2, action_s=ACTION_S, **rules)
        self.accepted: dict[str, float] = {}
        self.ends_of: dict[str, list[Outcome]] = {}
        self.steps_of: dict[str, list[str]] = {}
        self.crm: dict[str, list[str]] = {}

    def step(self, what: str, value: Any) -> None:
        before = self.in_flight()
        match what:
            case "submit":
                self.submit(action(value, agent=value[-1], deadline_s=DEADLINE_S))
            case "record" if any(isinstance(heard, RecordAccepted) for heard in self.journal.heard):
                self.answer_acceptance()
            case "hear":
                self.hear(value)
            case "tell":
                self.tell(value)
            case "up":
                self.come_up()
            case "burst":
                self.burst()
            case "advance":
                self.stage.advance(value)
            case "cancel":
                self.tell(CancelOrders())
            case "crash":
                self.restart()
                before = self.in_flight()
        assert self.in_flight() <= max(before, self.facts()["max_in_flight"]), "a slot over the limit was granted"
        self.keep_book()

    def come_up(self) -> None:
        """As a session does when all is well."""
        self.connection += 10
        self.tell(SessionOpened(session="assist", connection=self.connection))
        self.tell(TokenGranted(secret=TOKEN, generation=1, good_until_s=self.stage.world.now_s + 600.0))
        self.hear({"type": "connected"})

    def burst(self) -> None:
        """More at once than there are slots."""
        for request_id in IDS:
            self.submit(action(request_id, agent=request_id[-1], deadline_s=DEADLINE_S))
        while any(isinstance(heard, RecordAccepted) for heard in self.journal.heard):
            self.answer_acceptance()

    def answer_acceptance(self) -> None:
        """As the journal does: at most one order of an id is new."""
        oldest = next(heard for heard in self.journal.heard if isinstance(heard, RecordAccepted))
        request_id = oldest.order.request_id
        earlier = None
        if request_id in self.accepted:
            ended = self.ends_of.get(request_id)
            still_open = Outcome(request_id=request_id, kind="assist", status="accepted", detail="")
            earlier = ended[0] if ended else still_open
        self.accepted.setdefault(request_id, self.stage.world.now_s)
        self.record(earlier)

    def restart(self) -> None:
        """A crash; the journal has written all that waited before it says what is open."""
        self.crash()
        self.live(claim=False)
        while any(isinstance(heard, RecordAccepted) for heard in self.journal.heard):
            self.answer_acceptance()
        self.keep_book()
        self.tell(OpenOrders(kind="assist", orders=tuple(map(self.open_order, self.open_ids()))))

    def open_ids(self) -> list[str]:
        return [request_id for request_id in self.accepted if request_id not in self.ends_of]

    def open_order(self, request_id: str) -> OpenOrder:
        return OpenOrder(
            order=action(request_id, agent=request_id[-1], deadline_s=DEADLINE_S),
            peer=PEER,
            effect_id=request_id,
            age_s=self.stage.world.now_s - self.accepted[request_id],
            steps=tuple(self.steps_of.get(request_id, ())),
        )

    def keep_book(self) -> None:
        pending = {one.order.request_id for one in self.journal.heard if isinstance(one, RecordAccepted)}
        for one in self.journal.heard:
            if isinstance(one, RecordProgress):
                assert one.request_id not in self.ends_of, "a step after the end"
                self.steps_of.setdefault(one.request_id, []).append(one.step)
                self.crm.setdefault(one.request_id, []).extend(sent.event for sent in one.deliveries)
            elif isinstance(one, RecordEnded):
                request_id = one.outcome.request_id
                if request_id in pending and request_id in self.ends_of:
                    continue  # given again after its end, and over before the journal said so: it refuses that end
                self.ends_of.setdefault(request_id, []).append(one.outcome)
                self.crm.setdefault(request_id, []).extend(sent.event for sent in one.deliveries)
        self.journal.heard = [one for one in self.journal.heard if not isinstance(one, RecordProgress | RecordEnded)]
        for frame in self.session.take_all(SendFrame):
            assert frame.frame_id.startswith("assist.line") or frame.frame_id.partition("#")[0] in self.accepted

    def check_the_end(self) -> None:
        assert not self.open_ids()
        assert all(len(ends) == 1 for ends in self.ends_of.values())
        for request_id, (end,) in self.ends_of.items():
            assert end.latency_ms <= DEADLINE_S * 1000 + 1
            times = self.steps_of.get(request_id, []).count("sent")
            assert times <= 1 + 2 + 1, "sent more often than its retries and one fresh token allow"
            state = "assist.completed" if end.status == "succeeded" else "assist.failed"
            assert self.crm.get(request_id, []) == (["assist.initiated", state] if times else [])
        assert self.is_at_rest()


@pytest.mark.parametrize("rules", [{}, {"completion": "fire_and_forget"}, {"adaptive": AdaptiveRules()}], ids=str)
@settings(deadline=None, max_examples=200)
@given(history=steps)
def test_every_action_ends_once_in_time_and_leaves_nothing(rules: dict[str, Any], history: list[Any]) -> None:
    model = Model(**rules)
    for what, value in history:
        model.step(what, value)
    while any(isinstance(heard, RecordAccepted) for heard in model.journal.heard):
        model.step("record", None)
    model.stage.advance(DEADLINE_S + ACTION_S + 31.0)
    model.keep_book()
    model.check_the_end()
