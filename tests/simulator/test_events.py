import pytest
import websocket

from simulator.server import Simulator
from tests.simulator.client import interaction, line, order, play, subscribed, subscription


def test_an_event_socket_needs_a_token_and_a_scope(genesys_simulator: Simulator) -> None:
    for status, given in ((401, {"headers": {}}), (403, {"scope": "media:playback:write"})):
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            line(genesys_simulator, url=genesys_simulator.events_url, **given).__enter__()
        assert caught.value.status_code == status


def test_either_scope_to_read_interactions_opens_it(genesys_simulator: Simulator) -> None:
    for scope in ("interaction:read", "interaction:view"):
        with line(genesys_simulator, scope, url=genesys_simulator.events_url) as events:
            assert events.ask(subscription())["type"] == "subscribed"


def test_a_subscription_is_acknowledged_as_it_was_asked_for(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        assert events.ask(subscription("i-7")) == {
            "type": "subscribed",
            "eventTypes": ["media.playback.state"],
            "filters": {"interactionId": "i-7"},
        }


def test_the_acknowledgement_can_be_left_out(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(subscribe_ack=False)
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        events.say(subscription())
        genesys_simulator.wait_for(lambda world: world.count["subscriptions.total"] == 1)
        play(genesys_simulator)
        assert events.states(3) == ["buffering", "playing", "completed"]


def test_a_late_acknowledgement_does_not_make_the_subscription_late(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(subscribe_ack_latency_ms=3_600_000)
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        events.say(subscription())
        genesys_simulator.wait_for(lambda world: world.count["subscriptions.total"] == 1)
        play(genesys_simulator)
        assert events.states(3) == ["buffering", "playing", "completed"]


def test_an_acknowledgement_comes_after_its_latency(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(subscribe_ack_latency_ms=20)
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        assert events.ask(subscription())["type"] == "subscribed"


def test_a_frame_of_the_wrong_shape_is_invalid_and_says_why(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        answer = events.ask(subscription(action="listen", filters=None))
        assert (answer["type"], answer["status"], len(answer["errors"])) == ("error", "invalid", 2)
        assert events.ask(order())["status"] == "invalid"
        assert events.ask(subscription())["type"] == "subscribed"
    assert genesys_simulator.counts()["frames.invalid"] == 2


def test_a_strict_box_knows_which_interactions_there_are() -> None:
    with Simulator(settings={"strict": True}) as box, line(box, url=box.events_url) as events:
        assert events.ask(subscription("nobody"))["status"] == "interaction_not_found"
        assert box.counts()["subscriptions.total"] == 0


def test_an_event_socket_answers_pings_and_closes(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        events.socket.ping("17")
        assert events.heard_pong() == b"17"
        events.socket.send_close(1000)
        assert events.heard_close() == 1000


def test_event_sockets_work_over_tls(genesys_simulator_tls: Simulator) -> None:
    with subscribed(genesys_simulator_tls) as events:
        play(genesys_simulator_tls)
        assert events.states(3) == ["buffering", "playing", "completed"]


def test_a_handshake_fault_can_be_for_event_sockets_only(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("refuse_handshake", socket="events", status=429)
    with line(genesys_simulator) as session:
        assert session.ask(order())["status"] == "codec_negotiated"
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        line(genesys_simulator, url=genesys_simulator.events_url).__enter__()
    assert caught.value.status_code == 429


def test_only_event_sockets_can_be_dropped(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator) as session, subscribed(genesys_simulator) as events:
        assert genesys_simulator.drop_sessions(socket="events", code=1012) == 1
        assert events.heard_close() == 1012
        assert session.ask(order())["status"] == "codec_negotiated"


def test_an_acknowledgement_can_be_muted_for_once(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("mute_answers", route="subscribe", interaction_id="i-1")
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        events.say(subscription("i-1"))
        assert events.ask(subscription("i-2"))["filters"] == {"interactionId": "i-2"}
    assert genesys_simulator.counts()["subscriptions.total"] == 2


def test_a_subscription_can_be_refused(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("reject", route="subscribe", status="too_many")
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        assert events.ask(subscription())["status"] == "too_many"
        assert genesys_simulator.counts()["subscriptions.total"] == 0
        assert events.ask(subscription())["type"] == "subscribed"


def test_events_are_lost_before_a_late_subscription(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("latency", route="subscribe", latency_ms=3_600_000)
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        events.say(subscription())
        genesys_simulator.wait_for(lambda world: world.count["faults.latency"] == 1)
        play(genesys_simulator)
        genesys_simulator.wait_for(lambda world: world.count["plays.completed"] == 1)
        assert not events.waits()
    assert genesys_simulator.counts()["events.lost"] == 3


def test_a_subscription_that_is_late_still_comes(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("latency", route="subscribe", latency_ms=20)
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        assert events.ask(subscription())["type"] == "subscribed"


@pytest.mark.parametrize("action", ["close", "abort", "silence", "half_frame"])
def test_a_connection_can_go_wrong_at_the_subscription(genesys_simulator: Simulator, action: str) -> None:
    genesys_simulator.add_fault(action, route="subscribe")
    with line(genesys_simulator, url=genesys_simulator.events_url) as events:
        events.say(subscription())
        genesys_simulator.wait_for(lambda world: world.count[f"faults.{action}"] == 1)
    assert genesys_simulator.counts()["subscriptions.total"] == 0


def test_an_interaction_can_be_read_while_events_are_open(genesys_simulator: Simulator) -> None:
    with subscribed(genesys_simulator):
        assert interaction(genesys_simulator).status_code == 200
