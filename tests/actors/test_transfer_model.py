"""Any number of transfers under any news in any order: each ends once, in time, and nothing of it is left."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from messages.orders import DeadlinePassed
from messages.rest import CallAnswered, HttpResponse
from messages.sessions import FrameUnsent, SendFrame, SessionInvalid, SessionLost, SessionOpened, SessionValid
from messages.transfers import AnswerOverdue, StartTransfer, TryAgain
from tests.actors.book_scenes import BookScene
from tests.actors.scenes import TransferScene, transfer

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


class Model(BookScene, TransferScene):
    """Keeps the journal's book: what was accepted, sent and ended, and how often."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        super().__init__()

    def order(self, request_id: str) -> StartTransfer:
        return transfer(request_id=request_id, deadline_s=DEADLINE_S)

    def step(self, what: str, value: Any) -> None:
        match what:
            case "submit":
                self.submit(self.order(value))
            case "record" if self.waiting:
                self.write()
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

    def keep_book(self) -> None:
        super().keep_book()
        for frame in self.session.take_all(SendFrame):
            assert frame.frame_id in self.accepted, "sent before it was on record"
            assert frame.frame_id not in self.outcomes, "sent after its end"
            self.sent.add(frame.frame_id)


@settings(deadline=None, max_examples=300)
@given(steps)
def test_every_transfer_ends_once_in_time_and_leaves_nothing(history: list[tuple[str, Any]]) -> None:
    model = Model()
    for what, value in history:
        model.step(what, value)
    model.write_all()
    model.stage.advance(DEADLINE_S + 31.0)
    model.keep_book()
    assert model.ends_in_time(DEADLINE_S)
    assert model.succeeded() <= model.sent | model.resumed  # these may have been sent before
