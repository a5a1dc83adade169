"""A session: token, connection, pings, back-off, renewal; and what its owner hears of each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from loguru import logger

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
    SessionInvalid,
    SessionLost,
    SessionOpened,
    SessionValid,
    ShowSession,
    StableNow,
    ValidateSession,
)
from messages.streams import StreamClosed, StreamFrames, StreamOpened, StreamPong
from messages.tokens import TokenDenied, TokenGranted, TokenRejected, WantToken
from tests.actors.scenes import TOKEN, SessionScene, crash

DENIED = TokenDenied(code="SB-208", message="bad secret", remedy="fix it", final=True)


@pytest.fixture
def scene() -> SessionScene:
    return SessionScene()


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level=0)
    yield lines
    logger.remove(sink)


def events(scene: SessionScene) -> list[str]:
    return [event.kind for event in scene.journal.take_all(PublishEvent)]


def invalid_checks(scene: SessionScene) -> list[str]:
    return [invalid.check_id for invalid in scene.owner.take_all(SessionInvalid)]


def pong(scene: SessionScene, connection: int) -> None:
    """The peer answers the newest ping."""
    (_stream_id, payload) = scene.streams.take("ping")[-1]
    scene.tell(StreamPong(stream_id=connection, payload=payload))


def reconnect_delay_s(scene: SessionScene, until_s: float = 400.0) -> float:
    """Seconds until the session asks for a token again."""
    waited_s = 0.0
    while not scene.token.take_all(WantToken):
        assert waited_s < until_s, "it never came back"
        scene.stage.advance(0.01)
        waited_s += 0.01
    return waited_s


# --- coming up -----------------------------------------------------------------------------------------------


def test_gets_a_token_then_connects_with_it(scene: SessionScene) -> None:
    assert scene.token.take(WantToken).reply_to is scene.actor.address
    assert scene.show()["state"] == "awaiting token"
    scene.tell(TokenGranted(secret=TOKEN, generation=1, good_until_s=3600.0))
    assert scene.streams.take("connect") == [(1, "wss://api.example/api/v2/websocket", 15.0)]
    assert scene.streams.headers == {"Accept": "application/json", "Authorization": f"Bearer {TOKEN}"}
    assert scene.show()["state"] == "connecting"


def test_tells_its_owner_and_the_record_that_it_is_open(scene: SessionScene) -> None:
    connection = scene.open()
    assert scene.owner.heard == [SessionOpened(session="transfer", connection=connection)]
    assert events(scene) == ["session.opened"]


def test_opening_frames_go_first() -> None:
    scene = SessionScene(opening=("one", "two"))
    connection = scene.open()
    assert scene.streams.take("send") == [(connection, "one"), (connection, "two")]


def test_shows_itself_in_the_agreed_shape(scene: SessionScene) -> None:
    scene.stage.advance(12.5)
    scene.open()
    assert scene.show() == {
        "name": "transfer",
        "kind": "transfer",
        "state": "open",
        "url": "wss://api.example/api/v2/websocket",
        "tls": {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"},
        "connected_since": "2026-01-01T00:00:12.500Z",
        "reconnects": 0,
        "last_error": None,
    }
    assert scene.actor.facts() == scene.show()


def test_shows_its_last_error_and_how_often_it_came_back(scene: SessionScene) -> None:
    scene.close(scene.open(), 1011)
    shown = scene.show()
    assert (shown["state"], shown["tls"], shown["connected_since"]) == ("backing off", None, None)
    assert shown["last_error"] == "1011 reset by peer"
    scene.stage.advance(0.5)
    scene.open()
    assert (scene.show()["reconnects"], events(scene)) == (1, ["session.opened", "session.lost", "session.restarted"])


def test_a_plain_connection_shows_no_tls(scene: SessionScene) -> None:
    scene.grant()
    scene.tell(StreamOpened(stream_id=1, tls_version=None, tls_cipher=None))
    assert scene.show()["tls"] is None


def test_a_token_that_does_not_come_is_asked_for_again(scene: SessionScene) -> None:
    scene.token.take(WantToken)
    scene.stage.advance(29.9)
    assert not scene.token.heard
    scene.stage.advance(60.1)
    assert len(scene.token.take_all(WantToken)) == 3
    scene.tell(TokenGranted(secret=TOKEN, generation=1, good_until_s=3600.0))
    assert scene.alarms() == set()


def test_a_denied_token_is_asked_for_again_later(scene: SessionScene) -> None:
    scene.token.take(WantToken)
    scene.tell(DENIED)
    shown = scene.show()
    assert (shown["state"], shown["last_error"]) == ("backing off", "SB-208 bad secret")
    assert reconnect_delay_s(scene) <= 0.52


# --- frames --------------------------------------------------------------------------------------------------


def test_frames_go_both_ways(scene: SessionScene) -> None:
    connection = scene.open()
    scene.tell(SendFrame(frame_id="f", connection=connection, text="out"))
    assert scene.streams.take("send") == [(connection, "out")]
    scene.tell(StreamFrames(stream_id=connection, frames=("in", b"side")))
    assert scene.owner.take(FramesArrived).frames == ("in", b"side")
    assert not scene.owner.take_all(FrameUnsent)


def test_a_frame_for_another_connection_is_not_sent(scene: SessionScene) -> None:
    connection = scene.open()
    scene.tell(SendFrame(frame_id="f", connection=connection + 1, text="out"))
    unsent = scene.owner.take(FrameUnsent)
    assert (unsent.frame_id, unsent.why) == ("f", "the connection was replaced")
    assert not scene.streams.take("send")


def test_a_frame_that_is_not_taken_is_given_back(scene: SessionScene) -> None:
    connection = scene.open()
    scene.streams.takes = False
    scene.tell(SendFrame(frame_id="f", connection=connection, text="out"))
    assert scene.owner.take(FrameUnsent).why == "the connection is clogged or gone"


def test_nothing_is_sent_while_it_is_not_open(scene: SessionScene) -> None:
    scene.tell(SendFrame(frame_id="f", connection=0, text="out"))
    assert scene.owner.take(FrameUnsent).why == "the session is not open"
    assert not scene.streams.take("send")


def test_frames_of_nobodys_connection_are_dropped(scene: SessionScene) -> None:
    scene.open()
    scene.tell(StreamFrames(stream_id=77, frames=("who?",)))
    assert not scene.owner.take_all(FramesArrived)


# --- pings ---------------------------------------------------------------------------------------------------


def test_pings_every_twenty_seconds_for_as_long_as_pongs_come(scene: SessionScene) -> None:
    connection = scene.open()
    for _ in range(3):
        scene.stage.advance(19.9)
        assert not scene.streams.take("ping")
        scene.stage.advance(0.1)
        pong(scene, connection)
    scene.stage.advance(10.0)
    assert not scene.streams.take("abort")


def test_a_pong_that_does_not_come_ends_the_connection_and_another_is_made(scene: SessionScene) -> None:
    connection = scene.open()
    scene.stage.advance(29.9)
    assert not scene.streams.take("abort")
    scene.stage.advance(0.1)
    assert scene.streams.take("abort") == [(connection,)]
    scene.close(connection)
    scene.stage.advance(1.0)
    assert scene.open() == connection + 1


def test_the_pong_of_an_older_ping_proves_nothing(scene: SessionScene) -> None:
    connection = scene.open()
    scene.tell(ValidateSession(check_id="a"))
    scene.tell(StreamPong(stream_id=connection, payload=b"0"))
    scene.tell(StreamPong(stream_id=connection + 1, payload=b"1"))
    assert not scene.owner.take_all(SessionValid)
    pong(scene, connection)
    assert scene.owner.take(SessionValid).check_id == "a"


def test_validations_share_a_ping(scene: SessionScene) -> None:
    connection = scene.open()
    for check_id in ("a", "b", "c"):
        scene.tell(ValidateSession(check_id=check_id))
    assert len(scene.streams.take("ping")) == 1
    scene.tell(StreamPong(stream_id=connection, payload=b"1"))
    valid = scene.owner.take_all(SessionValid)
    assert [(proof.check_id, proof.connection) for proof in valid] == [(name, connection) for name in "abc"]


def test_a_validation_overtakes_the_patience_of_a_keep_alive(scene: SessionScene) -> None:
    connection = scene.open()
    scene.stage.advance(20.0)
    scene.tell(ValidateSession(check_id="a"))
    scene.stage.advance(3.0)
    assert scene.streams.take("abort") == [(connection,)]
    assert invalid_checks(scene) == ["a"]


def test_a_keep_alive_waits_for_a_validation_that_is_under_way(scene: SessionScene) -> None:
    connection = scene.open()
    scene.stage.advance(19.0)
    scene.tell(ValidateSession(check_id="a"))
    scene.stage.advance(1.5)
    pong(scene, connection)
    assert scene.owner.take(SessionValid).check_id == "a"
    scene.stage.advance(19.9)
    assert not scene.streams.take("ping")


def test_a_session_that_is_not_open_is_invalid_at_once(scene: SessionScene) -> None:
    scene.tell(ValidateSession(check_id="a"))
    assert scene.owner.take(SessionInvalid).why == "the session is awaiting token"


def test_a_validation_whose_connection_is_lost_is_answered_before_the_loss(scene: SessionScene) -> None:
    connection = scene.open()
    scene.tell(ValidateSession(check_id="a"))
    scene.close(connection)
    kinds = [type(message) for message in scene.owner.heard]
    assert kinds == [SessionOpened, SessionInvalid, SessionLost]


# --- going down and coming back ------------------------------------------------------------------------------


def test_a_lost_connection_is_told_with_its_code(scene: SessionScene) -> None:
    connection = scene.open()
    scene.close(connection, 1008)
    lost = scene.owner.take(SessionLost)
    assert (lost.connection, lost.code, lost.reason) == (connection, 1008, "reset by peer")
    assert scene.alarms() == {"connect"}


def test_a_handshake_that_fails_is_no_loss_to_the_owner(scene: SessionScene, log: list[str]) -> None:
    scene.grant()
    scene.close(1, opened=False, http_status=503)
    assert not scene.owner.heard
    assert events(scene) == []
    assert "could not connect: 1006 reset by peer" in "".join(log)


def test_a_401_rejects_that_token_and_asks_for_a_fresh_one(scene: SessionScene) -> None:
    scene.grant(generation=4)
    scene.close(1, opened=False, http_status=401)
    assert scene.token.heard == [TokenRejected(generation=4)]
    scene.token.heard.clear()
    scene.stage.advance(0.5)
    scene.grant(generation=5)
    assert len(scene.streams.take("connect")) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_of_a_handshake_is_obeyed(scene: SessionScene, status: int) -> None:
    scene.grant()
    scene.close(1, opened=False, http_status=status, retry_after_s=7.0)
    assert 7.0 <= reconnect_delay_s(scene) <= 7.52


def test_no_server_can_send_a_session_away_for_more_than_three_minutes(scene: SessionScene) -> None:
    scene.grant()
    scene.close(1, opened=False, http_status=503, retry_after_s=1e9)
    assert 180.0 <= reconnect_delay_s(scene) <= 180.52


def longest_delay_s(failures: int) -> float:
    """Over twenty sessions, the longest back-off after so many failures."""
    delays = []
    for seed in range(20):
        scene = SessionScene()
        scene.stage.world._chance.seed(seed)
        for _ in range(failures):
            scene.token.take(WantToken)
            scene.tell(DENIED)
            delay_s = reconnect_delay_s(scene)
            scene.token.tell(WantToken(reply_to=scene.actor.address))
        delays.append(delay_s)
    return max(delays)


def test_the_back_off_grows_with_full_jitter() -> None:
    assert 0.25 < longest_delay_s(1) <= 0.52
    assert 0.5 < longest_delay_s(2) <= 1.02
    assert 1.0 < longest_delay_s(3) <= 2.02


def test_a_connection_that_lived_long_enough_starts_the_back_off_over() -> None:
    scene = SessionScene(backoff_first_s=0.5)
    for _ in range(6):
        scene.token.take(WantToken)
        scene.tell(DENIED)
        scene.stage.advance(32.0)
        scene.token.heard[1:] = []
    connection = scene.open()
    scene.stage.advance(20.0)
    pong(scene, connection)
    scene.stage.advance(11.0)
    scene.close(connection)
    assert reconnect_delay_s(scene) <= 0.52


def test_a_connection_that_is_lost_early_does_not() -> None:
    delays = []
    for seed in range(10):
        scene = SessionScene()
        scene.stage.world._chance.seed(seed)
        for _ in range(6):
            scene.close(scene.open())
            delay_s = reconnect_delay_s(scene)
            scene.token.tell(WantToken(reply_to=scene.actor.address))
        delays.append(delay_s)
    assert max(delays) > 2.0


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
    assert events(scene) == ["session.opened", "session.restarted"]
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
    assert invalid_checks(scene) == ["a"]
    pong(scene, old)
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
    assert scene.show()["state"] == "closed"
    scene.stage.advance(600.0)
    assert not scene.token.heard
    assert scene.alarms() == set()
    scene.tell(ReconnectSession(reason="back to work"))
    assert scene.open() == connection + 1


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
