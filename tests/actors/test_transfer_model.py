"""Any number of transfers under any news in any order: each ends once, in time, and nothing of it is left."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from messages.journal import OpenOrder, OpenOrders, RecordAccepted, RecordEnded
from messages.orders import DeadlinePassed, Outcome
from messages.rest import CallAnswered, HttpResponse
from messages.sessions import FrameUnsent, SendFrame, SessionInvalid, SessionLost, SessionOpened, SessionValid
from messages.transfers import AnswerOverdue, TryAgain
from tests.actors.scenes import PEER, TransferScene, transfer

IDS = tuple(f"0190a5a0-0000-7000-8000-00000000000{number}" for number in range(1, 4))
DEADLINE_S = 20.0

ids = st.sampled_from((*IDS, "nobody"))
connections = st.integers(1, 3)
responses = st.builds(
    HttpResponse,
    status=st.sampled_from((200, 200, 200, 404, 429, 503)),
    headers=st.just({}),
    body=st.sampled_from((b'{"state": "active"}', b'{"state": "active"}', b'{"state": "completed"}', b"junk")),
)
answers = st.fixed_dictionaries(
    {"id": ids, "status": st.sampled_from(("codec_negotiated", "codec_unsupported", "rate_limited", "odd"))},
    optional={"codec": st.sampled_from(("opus", "g722")), "retry_after": st.floats(0, 300)},
)
news = st.one_of(
    st.builds(CallAnswered, call_id=ids, response=responses),
    st.builds(CallAnswered, call_id=ids, response=st.none(), failure=st.sampled_from(("timeout", "circuit_open"))),
    st.builds(SessionValid, session=st.just("transfer"), check_id=ids, connection=connections),
    st.builds(SessionInvalid, session=st.just("transfer"), check_id=ids, why=st.just("no")),
    st.builds(SessionOpened, session=st.just("transfer"), connection=connections),
    st.builds(
        SessionLost,
        session=st.just("transfer"),
        connection=connections,
        code=st.sampled_from((1000, 1006, 1008)),
        reason=st.just(""),
    ),
    st.builds(FrameUnsent, session=st.just("transfer"), frame_id=ids, why=st.just("gone")),
    st.builds(AnswerOverdue, request_id=ids),
    st.builds(TryAgain, request_id=ids),
    st.builds(DeadlinePassed, request_id=ids),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from(IDS)),
        st.tuples(st.just("record"), st.none()),
        st.tuples(st.just("hear"), answers),
        st.tuples(st.just("hear"), answers),
        st.tuples(st.just("tell"), news),
        st.tuples(st.just("tell"), news),
        st.tuples(st.just("advance"), st.floats(0, 3)),
        st.tuples(st.just("breaker"), st.booleans()),
        st.tuples(st.just("crash"), st.none()),
    ),
    max_size=40,
)


class Model(TransferScene):
    """Keeps the journal's book: what was accepted, sent and ended, and how often."""

    def __init__(self) -> None:
        super().__init__()
        self.accepted: dict[str, float] = {}
        self.ends: dict[str, list[Outcome]] = {}
        self.sent: set[str] = set()
        self.resumed: set[str] = set()  # these may have been sent before

    def step(self, what: str, value: Any) -> None:
        match what:
            case "submit":
                self.submit(transfer(request_id=value, deadline_s=DEADLINE_S))
            case "record" if any(isinstance(heard, RecordAccepted) for heard in self.journal.heard):
                self.answer_acceptance()
            case "hear":
                self.hear(value)
            case "tell":
                self.tell(value)
            case "advance":
                self.stage.advance(value)
            case "breaker":
                self.breaker.is_open = value
            case "crash":
                self.restart()
        self.keep_book()

    def answer_acceptance(self) -> None:
        """As the journal does: at most one order of an id is new."""
        oldest = next(heard for heard in self.journal.heard if isinstance(heard, RecordAccepted))
        request_id = oldest.order.request_id
        earlier = None
        if request_id in self.accepted:
            ended = self.ends.get(request_id)
            still_open = Outcome(request_id=request_id, kind="transfer", status="accepted", detail="")
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
        self.resumed.update(self.open_ids())
        self.tell(OpenOrders(kind="transfer", orders=tuple(map(self.open_order, self.open_ids()))))

    def open_ids(self) -> list[str]:
        return [request_id for request_id in self.accepted if request_id not in self.ends]

    def open_order(self, request_id: str) -> OpenOrder:
        return OpenOrder(
            order=transfer(request_id=request_id, deadline_s=DEADLINE_S),
            peer=PEER,
            effect_id=request_id,
            age_s=self.stage.world.now_s - self.accepted[request_id],
            steps=("sent",) if request_id in self.sent else (),
        )

    def keep_book(self) -> None:
        for end in self.journal.take_all(RecordEnded):
            self.ends.setdefault(end.outcome.request_id, []).append(end.outcome)
        for frame in self.session.take_all(SendFrame):
            assert frame.frame_id in self.accepted, "sent before it was on record"
            assert frame.frame_id not in self.ends, "sent after its end"
            self.sent.add(frame.frame_id)


@settings(deadline=None, max_examples=300)
@given(steps)
def test_every_transfer_ends_once_in_time_and_leaves_nothing(history: list[tuple[str, Any]]) -> None:
    model = Model()
    for what, value in history:
        model.step(what, value)
    while any(isinstance(heard, RecordAccepted) for heard in model.journal.heard):
        model.step("record", None)
    model.stage.advance(DEADLINE_S + 31.0)
    model.keep_book()
    assert not model.open_ids()
    assert all(len(ends) == 1 for ends in model.ends.values())
    assert all(end.latency_ms <= DEADLINE_S * 1000 + 1 for (end,) in model.ends.values())
    done = {name for name, (end,) in model.ends.items() if end.status == "succeeded"}
    assert done <= model.sent | model.resumed
    assert model.is_at_rest()
