"""Any number of actions under any news in any order: each ends once, in time, and nothing of it is left."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.assists import ActionOverdue, LimitAssists, LineOverdue, SendAgain, SlotOverdue, TriggerAssist
from messages.journal import RecordEnded, RecordProgress
from messages.orders import CancelOrders
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
from tests.actors.book_scenes import BookScene
from tests.actors.scenes import TOKEN

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


class Model(BookScene, AssistScene):
    """Keeps the journal's book: what was accepted, sent and ended, how often, and what the CRM was told."""

    def __init__(self, **rules: Any) -> None:
        self.crm: defaultdict[str, list[str]] = defaultdict(list)
        super().__init__(limit=2, up=False, queue=2, action_s=ACTION_S, **rules)

    def order(self, request_id: str) -> TriggerAssist:
        return action(request_id, agent=request_id[-1], deadline_s=DEADLINE_S)

    def step(self, what: str, value: Any) -> None:
        before = self.in_flight()
        match what:
            case "submit":
                self.submit(self.order(value))
            case "record" if self.waiting:
                self.write()
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
            self.submit(self.order(request_id))
        self.keep_book()
        self.write_all()

    def keep_book(self) -> None:
        super().keep_book()
        for frame in self.session.take_all(SendFrame):
            assert frame.frame_id.startswith("assist.line") or frame.frame_id.partition("#")[0] in self.accepted

    def take_step(self, step: RecordProgress) -> None:
        super().take_step(step)
        self.crm[step.request_id] += [sent.event for sent in step.deliveries]

    def end_order(self, end: RecordEnded) -> bool:
        counts = super().end_order(end)
        if counts:
            self.crm[end.outcome.request_id] += [sent.event for sent in end.deliveries]
        return counts

    def check_what_was_sent_and_told(self) -> None:
        for request_id, end in self.outcomes.items():
            times = self.steps_of[request_id].count("sent")
            assert times <= 1 + 2 + 1, "sent more often than its retries and one fresh token allow"
            state = "assist.completed" if end.status == "succeeded" else "assist.failed"
            assert self.crm[request_id] == (["assist.initiated", state] if times else [])


@pytest.mark.parametrize("rules", [{}, {"completion": "fire_and_forget"}, {"adaptive": AdaptiveRules()}], ids=str)
@settings(deadline=None, max_examples=200)
@given(history=steps)
def test_every_action_ends_once_in_time_and_leaves_nothing(rules: dict[str, Any], history: list[Any]) -> None:
    model = Model(**rules)
    for what, value in history:
        model.step(what, value)
    model.write_all()
    model.stage.advance(DEADLINE_S + ACTION_S + 31.0)
    model.keep_book()
    assert model.ends_in_time(DEADLINE_S)
    model.check_what_was_sent_and_told()
