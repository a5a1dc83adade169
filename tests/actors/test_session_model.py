"""A session under any orders and any news: streams and token keep their word, and it ends where it was told to be."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from messages.sessions import (
    CloseSession,
    ReconnectSession,
    RenewSession,
    SendFrame,
    SessionInvalid,
    SessionLost,
    SessionOpened,
    SessionValid,
    ValidateSession,
)
from messages.streams import StreamClosed, StreamOpened, StreamPong
from messages.tokens import TokenDenied, TokenGranted, WantToken
from tests.actors.scenes import TOKEN, SessionScene

streams = st.integers(0, 5)
news = st.one_of(
    st.builds(ReconnectSession, reason=st.just("told to")),
    st.just(CloseSession()),
    st.builds(RenewSession, connection=streams),
    st.builds(ValidateSession, check_id=st.uuids().map(str)),
    st.builds(SendFrame, frame_id=st.just("f"), connection=streams, text=st.just("x")),
    st.builds(StreamPong, stream_id=streams, payload=st.integers(0, 5).map(lambda number: str(number).encode())),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), news),
        st.tuples(st.just("token"), st.booleans()),
        st.tuples(st.just("shake"), st.sampled_from((200, 200, 401, 503))),
        st.tuples(st.just("lose"), st.sampled_from((1000, 1006, 1008))),
        st.tuples(st.just("close"), st.none()),
        st.tuples(st.just("advance"), st.floats(0, 30)),
    ),
    max_size=40,
)


class Model(SessionScene):
    """The I/O thread's book: a connect opens or not, and closes exactly once; close and abort are obeyed."""

    def __init__(self) -> None:
        super().__init__()
        self.shaking: list[int] = []
        self.living: list[int] = []
        self.ending: list[int] = []

    def step(self, what: str, value: Any) -> None:
        match what:
            case "tell":
                self.tell(value)
            case "token" if self.token.take_all(WantToken):
                self.tell(TokenGranted(secret=TOKEN, generation=1, good_until_s=1e9) if value else DENIED)
            case "shake" if self.shaking:
                self.shake(self.shaking.pop(0), value)
            case "lose" if self.living:
                self.gone(self.living.pop(0), value)
            case "close" if self.ending:
                self.gone(self.ending.pop(0), 1000)
            case "advance":
                self.stage.advance(value)
        self.keep_book()

    def shake(self, stream_id: int, status: int) -> None:
        if status == 200:
            self.living.append(stream_id)
            self.tell(StreamOpened(stream_id=stream_id, tls_version=None, tls_cipher=None))
        else:
            self.tell(StreamClosed(stream_id=stream_id, code=1006, reason="", opened=False, http_status=status))

    def gone(self, stream_id: int, code: int) -> None:
        self.tell(StreamClosed(stream_id=stream_id, code=code, reason=""))

    def keep_book(self) -> None:
        self.shaking += [stream_id for stream_id, *_rest in self.streams.take("connect")]
        for stream_id, *_rest in (*self.streams.take("close"), *self.streams.take("abort")):
            if stream_id in self.living:
                self.living.remove(stream_id)
                self.ending.append(stream_id)
            elif stream_id in self.shaking:
                self.shaking.remove(stream_id)
                self.tell(StreamClosed(stream_id=stream_id, code=1006, reason="", opened=False))

    def settle(self) -> None:
        """Everybody keeps their word for some minutes; pings are answered."""
        for _ in range(60):
            for what, value in (("token", True), ("shake", 200), ("close", None), ("advance", 5.0)):
                self.step(what, value)
            for stream_id, payload in self.streams.take("ping"):
                self.tell(StreamPong(stream_id=stream_id, payload=payload))


DENIED = TokenDenied(code="SB-208", message="no", remedy="", final=True)


@settings(deadline=None, max_examples=150)
@given(steps, st.booleans())
def test_it_is_open_or_closed_in_the_end_as_told_with_every_check_answered(
    history: list[tuple[str, Any]], to_be_open: bool
) -> None:
    model = Model()
    asked = [value.check_id for _what, value in history if isinstance(value, ValidateSession)]
    for what, value in history:
        model.step(what, value)
    model.tell(ReconnectSession(reason="the end") if to_be_open else CloseSession())
    model.keep_book()
    model.settle()
    assert model.show()["state"] == ("open" if to_be_open else "closed")
    assert len(model.living) == (1 if to_be_open else 0)
    assert not model.shaking + model.ending
    told = [check.check_id for check in model.owner.heard if isinstance(check, SessionValid | SessionInvalid)]
    assert sorted(told) == sorted(asked)
    opened = [message.connection for message in model.owner.heard if isinstance(message, SessionOpened)]
    lost = [message.connection for message in model.owner.heard if isinstance(message, SessionLost)]
    assert len(set(lost)) == len(lost)
    assert set(opened) - set(lost) == set(model.living)
    assert model.alarms() <= {"keep-alive", "stable", "pong"}
