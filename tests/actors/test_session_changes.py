"""A session that is renewed, reconnected or closed, crashes, or hears from strangers."""

from datetime import UTC, datetime, timedelta

import pytest

from messages.journal import PublishEvent
from messages.sessions import (
    CloseSession,
    ConnectNow,
    FramesArrived,
    FrameUnsent,
    KeepAlive,
    PongOverdue,
    ReconnectSession,
    RenewSession,
    RetireConnection,
    SendFrame,
    SessionLost,
    SessionOpened,
    SessionValid,
    ShowSession,
    StableNow,
    ValidateSession,
)
from messages.streams import StreamClosed, StreamFrames, StreamOpened, StreamPong
from messages.tokens import TokenDenied, TokenGranted, WantToken
from tests.actors.scenes import TOKEN, SessionScene, crash

DENIED = TokenDenied(code="SB-208", message="bad secret", remedy="fix it", final=True)


@pytest.fixture
def scene() -> SessionScene:
    return SessionScene()


# --- renewal -------------------------------------------------------------------------------------------------


def renewed(scene: SessionScene) -> tuple[int, int]:
    old = scene.open()
    scene.tell(RenewSession(connection=old))
    new = scene.open()
    return old, new


def test_a_renewed_session_still_hears_the_old_connection(scene: SessionScene) -> None:
    old, new = renewed(scene)
    scene.tell(StreamFrames(stream_id=old, frames=("late",)))
    scene.tell(StreamFrames(stream_id=new, frames=("new",)))
    assert [arrived.frames for arrived in scene.owner.take_all(FramesArrived)] == [("late",), ("new",)]
    scene.tell(SendFrame(frame_id="f", connection=old, text="out"))
    assert scene.owner.take(FrameUnsent).why == "the connection was replaced"


def test_the_old_connection_is_retired_when_its_time_is_up(scene: SessionScene) -> None:
    old, new = renewed(scene)
    scene.stage.advance(9.9)
    assert not scene.streams.take("close")
    scene.stage.advance(0.1)
    assert scene.streams.take("close") == [(old, 1000, "renewed")]
    scene.close(old, 1000)
    assert scene.owner.take(SessionLost).connection == old
    assert scene.show()["state"] == "open"
    assert scene.events() == ["session.opened", "session.restarted"]
    scene.tell(SendFrame(frame_id="f", connection=new, text="out"))
    assert scene.streams.take("send") == [(new, "out")]


def test_asked_twice_it_renews_once(scene: SessionScene) -> None:
    old, _new = renewed(scene)
    scene.tell(RenewSession(connection=old))
    assert not scene.token.take_all(WantToken)
    assert scene.show()["state"] == "open"


def test_an_old_connection_that_is_lost_by_itself_is_not_closed_again(scene: SessionScene) -> None:
    old, _new = renewed(scene)
    scene.close(old, 1008)
    assert scene.owner.take(SessionLost).code == 1008
    assert scene.alarms() == {"keep-alive", "stable"}
    scene.stage.advance(10.0)
    assert not scene.streams.take("close")
    assert scene.show()["last_error"] is None


def test_a_pong_of_the_old_connection_does_not_count_for_the_new(scene: SessionScene) -> None:
    old = scene.open()
    scene.tell(ValidateSession(check_id="a"))
    scene.tell(RenewSession(connection=old))
    assert scene.invalid_checks() == ["a"]
    scene.pong(old)
    assert not scene.owner.take_all(SessionValid)
    assert "keep-alive" not in scene.alarms()
    scene.stage.advance(9.0)
    assert not scene.streams.take("abort")


# --- told by an operator -------------------------------------------------------------------------------------


def test_reconnects_an_open_connection_at_once(scene: SessionScene) -> None:
    connection = scene.open()
    scene.tell(ReconnectSession(reason="new certificate"))
    assert scene.streams.take("close") == [(connection, 1000, "new certificate")]
    scene.close(connection, 1000)
    assert scene.open() == connection + 1


def test_pings_no_connection_that_is_on_its_way_out(scene: SessionScene) -> None:
    scene.open()
    scene.stage.advance(19.0)
    scene.tell(ReconnectSession(reason="now"))
    scene.stage.advance(2.0)
    assert not scene.streams.take("ping")


@pytest.mark.parametrize("phase", ["awaiting token", "backing off"])
def test_is_closed_at_once_where_there_is_no_connection(scene: SessionScene, phase: str) -> None:
    bring(scene, phase)
    scene.tell(CloseSession())
    assert (scene.show()["state"], scene.alarms()) == ("closed", set())


def test_reconnects_out_of_a_back_off_at_once(scene: SessionScene) -> None:
    scene.close(scene.open())
    scene.tell(ReconnectSession(reason="now"))
    assert scene.open() == 2
    scene.stage.advance(2.0)
    assert not scene.token.take_all(WantToken)


def test_stays_closed_until_it_is_told_to_reconnect(scene: SessionScene) -> None:
    connection = scene.open()
    scene.tell(CloseSession())
    assert scene.show()["state"] == "closing"
    scene.close(connection, 1000)
    shown = scene.show()
    assert (shown["state"], shown["last_error"]) == ("closed", "1000 closed by an operator; `session restart` opens it")
    told = scene.journal.take_all(PublishEvent)[-1]
    assert (told.kind, told.data["reason"]) == ("session.lost", "closed by an operator; `session restart` opens it")
    scene.stage.advance(600.0)
    assert not scene.token.heard
    assert scene.alarms() == set()
    scene.tell(ReconnectSession(reason="back to work"))
    assert scene.open() == connection + 1
    assert scene.show()["last_error"] is None, "what it says to do is done"


PHASES = ["awaiting token", "connecting", "open", "backing off", "reconnecting", "closing", "closed"]


def bring(scene: SessionScene, phase: str) -> None:
    """Lead a new session into `phase`."""
    if phase == "connecting":
        scene.grant()
    elif phase in {"open", "reconnecting", "closing", "backing off"}:
        connection = scene.open()
        if phase == "backing off":
            scene.close(connection)
    if phase == "reconnecting":
        scene.tell(ReconnectSession(reason="now"))
    elif phase in {"closing", "closed"}:
        scene.tell(CloseSession())
    assert scene.show()["state"] == phase


def settle(scene: SessionScene) -> None:
    """Streams keep their word: what was closed or aborted is gone, a handshake succeeds, a token comes."""
    for _ in range(6):
        for closing in (*scene.streams.take("close"), *scene.streams.take("abort")):
            scene.close(closing[0], 1000)
        scene.stage.advance(60.0)
        if scene.token.take_all(WantToken):
            scene.tell(TokenGranted(secret=TOKEN, generation=9, good_until_s=3600.0))
        for connect in scene.streams.take("connect"):
            scene.tell(StreamOpened(stream_id=connect[0], tls_version=None, tls_cipher=None))
        scene.streams.take("ping")


@pytest.mark.parametrize("phase", PHASES)
def test_a_session_told_to_reconnect_is_open_in_the_end(phase: str) -> None:
    scene = SessionScene(ping_every_s=1e6)
    bring(scene, phase)
    scene.tell(ReconnectSession(reason="now"))
    settle(scene)
    assert scene.show()["state"] == "open"


@pytest.mark.parametrize("phase", PHASES)
def test_a_session_told_to_close_is_closed_in_the_end(phase: str) -> None:
    scene = SessionScene(ping_every_s=1e6)
    bring(scene, phase)
    scene.tell(CloseSession())
    scene.streams.take("connect")
    settle(scene)
    assert scene.show()["state"] == "closed"
    assert scene.alarms() == set()


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(
    "news",
    [
        StreamOpened(stream_id=99, tls_version=None, tls_cipher=None),
        StreamClosed(stream_id=99, code=1006, reason=""),
        StreamFrames(stream_id=99, frames=("x",)),
        StreamPong(stream_id=99, payload=b"1"),
        StreamPong(stream_id=1, payload=b"0"),
        TokenGranted(secret=TOKEN, generation=1, good_until_s=1.0),
        DENIED,
        KeepAlive(),
        PongOverdue(payload=b"0"),
        ConnectNow(),
        StableNow(),
        RetireConnection(connection=99),
        RenewSession(connection=99),
        ValidateSession(check_id="a"),
        SendFrame(frame_id="f", connection=99, text="x"),
        ShowSession(),
    ],
    ids=lambda news: type(news).__name__,
)
def test_late_news_never_crashes_it_or_keeps_it_from_opening(phase: str, news: object) -> None:
    scene = SessionScene(ping_every_s=1e6)
    bring(scene, phase)
    scene.tell(news)
    scene.tell(ReconnectSession(reason="now"))
    settle(scene)
    assert scene.show()["state"] == "open"


# --- connections nobody wants any more -----------------------------------------------------------------------


def test_a_connection_that_opens_after_it_was_given_up_is_aborted(scene: SessionScene) -> None:
    scene.grant()
    scene.tell(CloseSession())
    scene.tell(StreamOpened(stream_id=1, tls_version=None, tls_cipher=None))
    assert scene.streams.take("abort") == [(1,)]
    assert not scene.owner.take_all(SessionOpened)
    scene.close(1)
    assert scene.show()["state"] == "closed"


def test_a_connection_of_somebody_else_is_aborted(scene: SessionScene) -> None:
    scene.open()
    scene.tell(StreamOpened(stream_id=99, tls_version=None, tls_cipher=None))
    assert scene.streams.take("abort") == [(99,)]
    assert scene.show()["state"] == "open"


def test_a_crash_lets_go_of_its_connections_and_the_next_incarnation_tells_of_their_loss(scene: SessionScene) -> None:
    old, new = renewed(scene)
    crash(scene.actor, scene.stage)
    assert sorted(scene.streams.take("abort")) == [(old,), (new,)]
    scene.owner.heard.clear()
    scene.live()
    scene.close(new)
    assert scene.owner.take(SessionLost).connection == new
    assert scene.show()["state"] == "awaiting token"
    assert scene.open() == new + 1


def test_a_stop_closes_its_connections_in_order(scene: SessionScene) -> None:
    old, new = renewed(scene)
    scene.actor.stopped()
    closed = [(connection, code) for connection, code, _reason in scene.streams.take("close")]
    assert sorted(closed) == [(old, 1000), (new, 1000)]


# --- secrets and strangers' words ----------------------------------------------------------------------------


def test_the_token_is_in_no_log_event_answer_or_repr(scene: SessionScene, log: list[str]) -> None:
    connection = scene.open()
    scene.tell(ValidateSession(check_id="a"))
    scene.close(connection, 1008)
    scene.stage.advance(0.5)
    granted = TokenGranted(secret=TOKEN, generation=2, good_until_s=3600.0)
    scene.tell(granted)
    scene.close(connection + 1, opened=False, http_status=401)
    shown = scene.show()
    crash(scene.actor, scene.stage)
    told = [shown, granted, scene.owner.heard, scene.journal.heard, scene.token.heard, scene.stage.dead]
    assert TOKEN not in f"{told} {log} {scene.stage.superior.heard}"


def test_a_peers_words_cannot_write_into_the_log(scene: SessionScene, log: list[str]) -> None:
    connection = scene.open()
    scene.tell(StreamClosed(stream_id=connection, code=1011, reason="bye\n2026-01-01 \x1b[31mall is well"))
    assert scene.show()["last_error"] == "1011 bye?2026-01-01 ?[31mall is well"
    assert not [line for line in log if "\x1b" in line or "\nall" in line]


def test_connected_since_is_the_wall_clocks_time(scene: SessionScene) -> None:
    scene.stage.advance(3600.0)
    scene.open()
    since = datetime.fromisoformat(scene.show()["connected_since"])
    assert since - datetime(2026, 1, 1, tzinfo=UTC) == timedelta(hours=1)
