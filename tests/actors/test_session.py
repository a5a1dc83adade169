"""A session: token, connection, pings, back-off, renewal; and what its owner hears of each."""

import pytest

from messages.sessions import (
    FramesArrived,
    FrameSent,
    FrameUnsent,
    SendFrame,
    SessionInvalid,
    SessionLost,
    SessionOpened,
    SessionValid,
    ValidateSession,
)
from messages.streams import StreamFrames, StreamOpened, StreamPong
from messages.tokens import TokenDenied, TokenGranted, TokenRejected, WantToken
from tests.actors.scenes import TOKEN, SessionScene

DENIED = TokenDenied(code="SB-208", message="bad secret", remedy="fix it", final=True)


@pytest.fixture
def scene() -> SessionScene:
    return SessionScene()


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
    assert scene.events() == ["session.opened"]


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
    assert (scene.show()["reconnects"], scene.events()) == (1, ["session.opened", "session.lost", "session.restarted"])


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


def test_a_frame_is_confirmed_to_who_asked_for_that(scene: SessionScene) -> None:
    connection = scene.open()
    scene.tell(SendFrame(frame_id="f", connection=connection, text="out"))
    assert not scene.owner.take_all(FrameSent)
    scene.tell(SendFrame(frame_id="g", connection=connection, text="out", confirm=True))
    assert scene.owner.take(FrameSent).frame_id == "g"


def test_a_frame_that_is_not_taken_is_not_confirmed(scene: SessionScene) -> None:
    connection = scene.open()
    scene.streams.takes = False
    scene.tell(SendFrame(frame_id="f", connection=connection, text="out", confirm=True))
    assert scene.owner.take(FrameUnsent).frame_id == "f"
    assert not scene.owner.take_all(FrameSent)


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
        scene.pong(connection)
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
    scene.pong(connection)
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
    assert scene.invalid_checks() == ["a"]


def test_a_keep_alive_waits_for_a_validation_that_is_under_way(scene: SessionScene) -> None:
    connection = scene.open()
    scene.stage.advance(19.0)
    scene.tell(ValidateSession(check_id="a"))
    scene.stage.advance(1.5)
    scene.pong(connection)
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
    assert scene.events() == []
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
    scene.pong(connection)
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
