import requests

from simulator.server import Simulator
from tests.simulator.client import (
    WAIT_S,
    admin,
    api,
    assisted,
    bearer,
    context,
    fetch,
    id_of,
    inject,
    interaction,
    line,
    order,
    play,
    send,
    subscribed,
)


def test_state_is_there_without_a_login(genesys_simulator: Simulator) -> None:
    fetch(genesys_simulator)
    state = admin(genesys_simulator, "GET", "state").json()
    assert state["counts"]["token.fetches"] == 1
    assert state == genesys_simulator.state()


def test_a_page_of_transfers_can_be_chosen(genesys_simulator: Simulator) -> None:
    wanted = [order() for _ in range(3)]
    with line(genesys_simulator) as session:
        for frame in wanted:
            session.ask(frame)
    state = admin(genesys_simulator, "GET", "state?offset=1&limit=1").json()
    assert [row["id"] for row in state["transfers"]] == [wanted[1]["id"]]
    assert state["next_offset"] == 2


def test_a_page_that_is_no_number_is_refused(genesys_simulator: Simulator) -> None:
    for query in ("offset=x", "limit=-1", "limit=10001"):
        answer = admin(genesys_simulator, "GET", f"state?{query}")
        assert answer.status_code == 400
        assert "expected a whole number" in answer.json()["problems"][0]


def test_one_transfer_is_shown(genesys_simulator: Simulator) -> None:
    wanted = order()
    with line(genesys_simulator) as session:
        session.ask(wanted)
    shown = admin(genesys_simulator, "GET", f"transfers/{wanted['id']}").json()
    assert (shown["effects"], shown["frames"][0]["codec"]) == (1, "opus")
    missing = admin(genesys_simulator, "GET", "transfers/none")
    assert (missing.status_code, len(missing.json()["problems"])) == (404, 1)


def test_faults_are_added_listed_and_removed(genesys_simulator: Simulator) -> None:
    many = [{"action": "abort", "match": {"route": "token"}}, {"action": "mute_answers", "times": "always"}]
    assert admin(genesys_simulator, "POST", "faults", many).json() == {"ids": ["f1", "f2"]}
    assert admin(genesys_simulator, "POST", "faults", {"action": "silence"}).json() == {"ids": ["f3"]}
    listed = admin(genesys_simulator, "GET", "faults").json()["faults"]
    assert [fault["action"] for fault in listed] == ["abort", "mute_answers", "silence"]
    assert admin(genesys_simulator, "DELETE", "faults/f1").json() == {"removed": 1}
    assert admin(genesys_simulator, "DELETE", "faults/f1").status_code == 404
    assert admin(genesys_simulator, "DELETE", "faults").json() == {"removed": 2}


def test_bad_input_is_400_with_every_problem_and_changes_nothing(genesys_simulator: Simulator) -> None:
    answer = admin(genesys_simulator, "POST", "faults", [{"action": "abort"}, {"action": "nap"}, {"action": "latency"}])
    assert answer.status_code == 400
    assert [line.partition(":")[0] for line in answer.json()["problems"]] == [
        "faults[1].action",
        "faults[2].latency_ms",
    ]
    assert genesys_simulator.faults() == []


def test_a_body_that_is_not_json_is_400(genesys_simulator: Simulator) -> None:
    answer = requests.post(f"{genesys_simulator.url}/sim/faults", data=b"{half", timeout=WAIT_S)
    assert answer.status_code == 400
    assert "not JSON" in answer.json()["problems"][0]


def test_an_interaction_is_described(genesys_simulator: Simulator) -> None:
    assert admin(genesys_simulator, "PUT", "interactions/i-9", {"state": "queued"}).json()["state"] == "queued"
    assert interaction(genesys_simulator, "i-9").json()["state"] == "queued"
    assert admin(genesys_simulator, "PUT", "interactions/i-9", {"state": "?"}).status_code == 400


def test_settings_are_changed(genesys_simulator: Simulator) -> None:
    answer = admin(genesys_simulator, "PUT", "settings", {"token_lifetime_s": 90})
    assert answer.json()["settings"]["token_lifetime_s"] == 90
    assert fetch(genesys_simulator).json()["expires_in"] == 90
    assert admin(genesys_simulator, "PUT", "settings", {"latency": 1}).status_code == 400


def test_sessions_are_dropped_and_tokens_revoked(genesys_simulator: Simulator) -> None:
    headers = bearer(genesys_simulator)
    with line(genesys_simulator, headers=headers) as session:
        genesys_simulator.wait_for(lambda world: world.count["sessions.total"] == 1)
        assert admin(genesys_simulator, "POST", "sessions/drop", {"code": 1012}).json() == {"dropped": 1}
        assert session.heard_close() == 1012
    assert admin(genesys_simulator, "POST", "tokens/revoke").json() == {"revoked": 1}
    assert interaction(genesys_simulator, headers=headers).status_code == 401


def test_a_conversation_is_described(genesys_simulator: Simulator) -> None:
    body = {"state": "held", "participants": {"p-1": {"consent": "false"}}}
    shown = admin(genesys_simulator, "PUT", "conversations/c-1", body).json()
    assert shown["participants"] == {"p-1": {"supervision_consent": "false"}}
    assert api(genesys_simulator, "GET", "conversations/voice/c-1").json()["state"] == "held"
    refused = admin(
        genesys_simulator, "PUT", "conversations/c-1", {"participants": {"p-1": {"consent": True}, "p-2": 7}}
    )
    assert refused.status_code == 400
    assert [line.partition(":")[0] for line in refused.json()["problems"]] == [
        "participants.p-1.consent",
        "participants.p-2",
    ]
    assert genesys_simulator.state()["conversations"] == ["c-1"]


def test_plays_and_injections_are_shown(genesys_simulator: Simulator) -> None:
    play(genesys_simulator, "i-1")
    inject(genesys_simulator, "c-1")
    genesys_simulator.wait_for(lambda world: world.count["plays.completed"] == 1)
    assert admin(genesys_simulator, "GET", "plays").json() == {"plays": genesys_simulator.plays()}
    assert len(admin(genesys_simulator, "GET", "plays/i-1").json()["plays"][0]["steps"]) == 4
    assert admin(genesys_simulator, "GET", "plays/i-2").json() == {"plays": []}
    assert admin(genesys_simulator, "GET", "injections").json() == {"injections": genesys_simulator.injections()}
    assert len(admin(genesys_simulator, "GET", "injections/c-1").json()["injections"]) == 1
    assert admin(genesys_simulator, "GET", "injections/c-2").json() == {"injections": []}


def test_webhooks_are_shown_and_removed(genesys_simulator: Simulator) -> None:
    assert admin(genesys_simulator, "GET", "webhooks").json() == {"webhooks": []}
    assert admin(genesys_simulator, "DELETE", "webhooks").json() == {"removed": 0}


def test_a_file_of_the_cdn_is_put_and_taken_away(genesys_simulator: Simulator) -> None:
    put = admin(genesys_simulator, "PUT", "cdn/en/standard/new.mp3", {"content_base64": "SUQz"})
    assert (put.json()["size_bytes"], put.json()["content_type"]) == (3, "audio/mpeg")
    assert requests.get(f"{genesys_simulator.cdn_url}/en/standard/new.mp3", timeout=WAIT_S).content == b"ID3"
    assert admin(genesys_simulator, "DELETE", "cdn/en/standard/new.mp3").json() == {"removed": 1}
    assert admin(genesys_simulator, "DELETE", "cdn/en/standard/new.mp3").status_code == 404
    assert admin(genesys_simulator, "PUT", "cdn/en/standard/new.mp3", {"content_base64": "%"}).status_code == 400


def test_actions_are_shown(genesys_simulator: Simulator) -> None:
    sent = [send(executionContext=context(name)) for name in ("s-1", "s-2", "s-1")]
    with assisted(genesys_simulator) as session:
        for frame in sent:
            session.ask(frame)
    shown = admin(genesys_simulator, "GET", "assist?limit=2").json()
    rows = genesys_simulator.actions()
    assert (shown["in_flight"], shown["most_in_flight"], shown["known"]) == (0, 1, 3)
    assert (shown["actions"], shown["next_offset"]) == (rows[:2], 2)
    rest = admin(genesys_simulator, "GET", "assist?offset=2").json()
    assert (rest["actions"], rest["next_offset"]) == (rows[2:], None)
    assert admin(genesys_simulator, "GET", "assist/sessions/s-1").json() == {"actions": [rows[0], rows[2]]}
    assert admin(genesys_simulator, "GET", f"assist/{id_of(sent[1])}").json() == genesys_simulator.action(
        id_of(sent[1])
    )
    assert admin(genesys_simulator, "GET", "assist/none").status_code == 404


def test_a_sink_gets_a_script_and_is_cleared(genesys_simulator: Simulator) -> None:
    told = admin(
        genesys_simulator, "PUT", "sink/crm", {"answers": [500, {"status": 302, "location": "/"}], "then": 410}
    )
    assert told.json() == {"answers": [{"status": 500}, {"status": 302, "location": "/"}], "then": {"status": 410}}
    codes = [admin(genesys_simulator, "POST", "sink/crm", {}).status_code for _ in range(1)]
    assert codes == [500]
    assert admin(genesys_simulator, "PUT", "sink/crm", {"answers": 500}).status_code == 400
    assert admin(genesys_simulator, "DELETE", "sink/crm").json() == {"removed": 1}
    assert admin(genesys_simulator, "GET", "sink/crm").json() == {"deliveries": []}


def test_the_sessions_of_one_socket_are_dropped(genesys_simulator: Simulator) -> None:
    with subscribed(genesys_simulator) as events:
        assert admin(genesys_simulator, "POST", "sessions/drop", {"socket": "transfer"}).json() == {"dropped": 0}
        assert admin(genesys_simulator, "POST", "sessions/drop", {"socket": "events", "code": 1012}).json() == {
            "dropped": 1
        }
        assert events.heard_close() == 1012
