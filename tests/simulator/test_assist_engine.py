"""What becomes of actions; who is heard at all is in test_assist."""

from typing import Any

import pytest

from simulator.server import Simulator
from tests.simulator.client import assisted, context, id_of, send, text

FOR_EVER_MS = 3_600_000


def effected(box: Simulator, number: int) -> None:
    box.wait_for(lambda world: world.count["assist.effected"] == number)


def seen(box: Simulator) -> list[tuple[int, int]]:
    """Of every action, how often its frame came and how often it was carried out."""
    return [(row["frames"], row["effects"]) for row in box.actions()]


def test_an_action_is_carried_out_and_answered(genesys_simulator: Simulator) -> None:
    wanted = send()
    with assisted(genesys_simulator) as session:
        answer = session.ask(wanted)
    assert (answer["type"], answer["correlationId"]) == ("result", id_of(wanted))
    assert answer["payload"] == {
        "actionType": "knowledge_search",
        "articles": [{"title": "About refund", "confidence": 0.9}],
    }
    (row,) = genesys_simulator.actions()
    assert (row["frames"], row["effects"], row["outcomes"], row["answer"]) == (1, 1, ["result"], answer)
    assert (row["agent_id"], row["session_id"], row["action_type"]) == ("agent-1", "s-1", "knowledge_search")


def test_what_is_held_ends_once_it_is_told(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_answers="held")
    wanted = [send() for _ in range(3)]
    with assisted(genesys_simulator) as session:
        for one in wanted:
            session.say(one)
        effected(genesys_simulator, 3)
        assert genesys_simulator.state()["counts"].get("assist.ended", 0) == 0
        genesys_simulator.change_settings(assist_answers="told")
        assert {session.hear()["correlationId"] for _ in wanted} == {id_of(one) for one in wanted}


def test_the_effect_is_there_before_the_answer(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_latency_ms=FOR_EVER_MS)
    with assisted(genesys_simulator) as session:
        session.say(send())
        effected(genesys_simulator, 1)
        assert not session.waits()
    assert genesys_simulator.counts()["assist.in_flight"] == 1


def test_the_same_correlation_id_again_has_the_first_answer_and_no_second_effect(genesys_simulator: Simulator) -> None:
    wanted = send()
    with assisted(genesys_simulator) as session:
        first = session.ask(wanted)
    with assisted(genesys_simulator) as session:
        assert session.ask(send(correlationId=id_of(wanted), actionType="sentiment_analysis")) == first
    assert seen(genesys_simulator) == [(2, 1)]
    (row,) = genesys_simulator.actions()
    assert (row["outcomes"], row["sockets"]) == (["result", "repeated"], [1, 2])


def test_the_same_correlation_id_under_way_takes_no_second_place_and_both_are_told(
    genesys_simulator: Simulator,
) -> None:
    genesys_simulator.change_settings(assist_latency_ms=100, assist_limit=1)
    wanted = send()
    with assisted(genesys_simulator) as first, assisted(genesys_simulator) as second:
        first.say(wanted)
        effected(genesys_simulator, 1)
        second.say(wanted)
        assert first.hear() == second.hear()
    counts = genesys_simulator.counts()
    assert (counts["assist.over_limit"], counts["assist.most_in_flight"]) == (0, 1)
    assert seen(genesys_simulator) == [(2, 1)]


def test_one_action_too_many_fails_and_may_come_again(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_latency_ms=FOR_EVER_MS)
    sent = [send() for _ in range(51)]
    with assisted(genesys_simulator) as session:
        session.say_together(*[text(frame) for frame in sent])
        refused = session.hear()
        assert (refused["type"], refused["correlationId"]) == ("error", id_of(sent[50]))
        assert refused["error"] | {"message": ""} == {"code": 429, "message": "", "retry_after": 1}
        counts = genesys_simulator.counts()
        assert (counts["assist.in_flight"], counts["assist.most_in_flight"], counts["assist.over_limit"]) == (50, 51, 1)
        genesys_simulator.change_settings(assist_latency_ms=0, assist_limit=51)
        assert session.ask(sent[50])["type"] == "result"
    assert genesys_simulator.actions()[50]["outcomes"] == ["error.429", "result"]
    assert seen(genesys_simulator) == [(1, 1)] * 50 + [(2, 1)]


def test_as_many_as_the_limit_are_never_too_many(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_latency_ms=1, assist_limit=3)
    with assisted(genesys_simulator) as session:
        for _ in range(20):
            session.say_together(*[text(send()) for _ in range(3)])
            assert [session.hear()["type"] for _ in range(3)] == ["result"] * 3
    counts = genesys_simulator.counts()
    assert (counts["assist.most_in_flight"], counts["assist.over_limit"], counts["assist.ended"]) == (3, 0, 60)


def test_the_limit_is_for_all_sessions_together_and_changes_at_once(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_latency_ms=FOR_EVER_MS, assist_limit=2, assist_retry_after_s=None)
    with assisted(genesys_simulator) as first, assisted(genesys_simulator) as second:
        for session in (first, second):
            session.say(send())
        effected(genesys_simulator, 2)
        refused = second.ask(send())
        assert (refused["error"]["code"], "retry_after" in refused["error"]) == (429, False)
        genesys_simulator.change_settings(assist_limit=3)
        second.say(send())
        effected(genesys_simulator, 3)


def test_results_come_in_another_order_than_the_actions(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(
        assist_latency="uniform", assist_latency_ms=5, assist_latency_spread_ms=60, assist_limit=100
    )
    sent = [send() for _ in range(60)]
    with assisted(genesys_simulator) as session:
        session.say_together(*[text(frame) for frame in sent])
        heard = [session.hear()["correlationId"] for _ in sent]
    assert sorted(heard) == sorted(id_of(frame) for frame in sent)
    assert heard != [id_of(frame) for frame in sent]  # the seed is fixed


def test_the_order_of_arrival_is_on_record_by_session(genesys_simulator: Simulator) -> None:
    sent = [send(executionContext=context(f"s-{number % 3}")) for number in range(30)]
    with assisted(genesys_simulator) as session:
        session.say_together(*[text(frame) for frame in [*sent, sent[1]]])
        for _ in range(31):
            session.hear()
    rows = genesys_simulator.actions("s-1")
    assert [row["correlation_id"] for row in rows] == [id_of(frame) for frame in sent[1::3]]
    assert [row["seqs"] for row in rows] == [[2, 31]] + [[number] for number in range(5, 31, 3)]
    assert genesys_simulator.actions("s-9") == []


def test_an_action_is_on_record_with_every_frame(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("error", code=503, route="assist")
    wanted = send()
    with assisted(genesys_simulator) as session:
        session.ask(wanted)
        session.ask(wanted)
    found = genesys_simulator.action(id_of(wanted))
    assert found is not None
    assert [(frame["seq"], frame["outcome"]) for frame in found["frames"]] == [(1, "error.503"), (2, "result")]
    assert found["effected_at_s"] <= found["ended_at_s"]
    assert genesys_simulator.action("another") is None


def test_an_action_goes_on_when_its_session_has_ended(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_latency_ms=500)
    sent = [send() for _ in range(50)]
    with assisted(genesys_simulator) as session:
        session.say_together(*[text(frame) for frame in sent])
        effected(genesys_simulator, 50)
        assert genesys_simulator.drop_sessions(socket="assist", abort=True) == 1
    genesys_simulator.wait_for(lambda world: world.count["answers.lost"] == 50)
    with assisted(genesys_simulator) as session:
        session.say_together(*[text(frame) for frame in sent])
        assert [session.hear()["correlationId"] for _ in sent] == [id_of(frame) for frame in sent]
    assert seen(genesys_simulator) == [(2, 1)] * 50
    assert genesys_simulator.counts()["assist.most_in_flight"] == 50


@pytest.mark.parametrize("where", ["frame", "payload"])
def test_an_answer_names_its_action_in_one_of_two_places(genesys_simulator: Simulator, where: str) -> None:
    genesys_simulator.change_settings(assist_correlation_in=where)
    genesys_simulator.add_fault("error", code=500, route="assist")
    wanted = send()
    with assisted(genesys_simulator) as session:
        for kind in ("error", "result"):
            answer = session.ask(wanted)
            holder: dict[str, Any] = answer if where == "frame" else answer["payload"]
            assert (answer["type"], holder["correlationId"]) == (kind, id_of(wanted))
            assert ("correlationId" in answer) == (where == "frame")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"action": "error"}, {"code": 500}),
        ({"action": "error", "code": 422, "message": "unreadable"}, {"code": 422, "message": "unreadable"}),
        ({"action": "error", "code": 503, "retry_after": 2}, {"code": 503, "retry_after": 2}),
        ({"action": "rate_limited", "retry_after": "soon"}, {"code": 429, "retry_after": "soon"}),
    ],
)
def test_the_engine_can_fail_by_a_fault(genesys_simulator: Simulator, fault: Any, told: dict[str, Any]) -> None:
    genesys_simulator.add_faults(fault | {"match": {"route": "assist", "action_type": "sentiment_analysis"}})
    wanted = send(actionType="sentiment_analysis")
    with assisted(genesys_simulator) as session:
        assert session.ask(send())["type"] == "result"
        answer = session.ask(wanted)
        assert (answer["type"], answer["correlationId"]) == ("error", id_of(wanted))
        assert answer["error"] | told == answer["error"]
        assert session.ask(wanted)["type"] == "result"
    assert seen(genesys_simulator) == [(1, 1), (2, 1)]


def test_an_error_takes_as_long_as_a_result_and_a_place(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_latency_ms=FOR_EVER_MS, assist_limit=1)
    genesys_simulator.add_fault("error", code=500, route="assist")
    with assisted(genesys_simulator) as session:
        session.say(send())
        assert session.ask(send())["error"]["code"] == 429
    assert genesys_simulator.counts()["assist.effected"] == 0


def test_a_result_can_be_lost_which_frees_the_place(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_limit=1)
    genesys_simulator.add_fault("mute_answers", agent_id="agent-7")
    lost, next_one = send(executionContext=context(agent="agent-7")), send()
    with assisted(genesys_simulator) as session:
        session.say(lost)
        assert session.ask(next_one)["correlationId"] == id_of(next_one)
        assert session.ask(lost)["correlationId"] == id_of(lost)
    assert seen(genesys_simulator) == [(2, 1), (1, 1)]


def test_a_result_can_come_twice(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("duplicate", copies=2, route="assist")
    with assisted(genesys_simulator) as session:
        first = session.ask(send())
        assert [session.hear(), session.hear()] == [first, first]
    assert seen(genesys_simulator) == [(1, 1)]


def test_a_result_can_be_late_and_holds_its_place(genesys_simulator: Simulator) -> None:
    slow, quick = send(), send()
    genesys_simulator.add_fault("latency", latency_ms=100, correlation_id=id_of(slow))
    with assisted(genesys_simulator) as session:
        session.say_together(text(slow), text(quick))
        assert [session.hear()["correlationId"] for _ in range(2)] == [id_of(quick), id_of(slow)]
    assert genesys_simulator.counts()["assist.most_in_flight"] == 2


def test_a_repeated_frame_has_faults_of_its_own(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(assist_latency_ms=200)
    genesys_simulator.add_faults(
        [
            {"action": "mute_answers", "match": {"route": "assist"}},
            {"action": "error", "code": 503, "match": {"route": "assist"}},
            {"action": "duplicate", "match": {"route": "assist"}},
        ]
    )
    wanted = send()
    with assisted(genesys_simulator) as session:
        session.say_together(*[text(wanted)] * 3)
        heard = [session.hear() for _ in range(3)]
    assert [answer["type"] for answer in heard] == ["error", "result", "result"]
    assert seen(genesys_simulator) == [(3, 1)]


@pytest.mark.parametrize("where", ["frame", "payload"])
def test_a_result_can_be_for_somebody_else(genesys_simulator: Simulator, where: str) -> None:
    genesys_simulator.change_settings(assist_correlation_in=where)
    genesys_simulator.add_fault("wrong_id", id="other", route="assist")
    with assisted(genesys_simulator) as session:
        answer = session.ask(send())
        assert (answer if where == "frame" else answer["payload"])["correlationId"] == "other"


def test_junk_can_come_before_a_result_or_instead_of_it(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("junk", what="binary", route="assist")
    genesys_simulator.add_fault("junk", what="json", instead=True, route="assist")
    wanted = send()
    with assisted(genesys_simulator) as session:
        session.say(wanted)
        assert session.socket.recv_data_frame()[1].data == bytes(range(256))
        assert session.hear()["correlationId"] == id_of(wanted)
        session.say(send())
        assert session.socket.recv_data_frame()[1].data == b'{"id": "1", "status": '


def test_a_session_may_drop_before_the_effect_or_after_it(genesys_simulator: Simulator) -> None:
    before, after = send(), send()
    for action, wanted in (("abort", before), ("effect_then_drop", after)):
        genesys_simulator.add_fault(action, route="assist")
        with assisted(genesys_simulator) as session:
            session.say(wanted)
            with pytest.raises(ConnectionResetError):
                session.hear()
    assert seen(genesys_simulator) == [(1, 0), (1, 1)]
    assert [row["outcomes"] for row in genesys_simulator.actions()] == [["abort"], ["result"]]


def test_a_drop_after_the_effect_may_have_a_close_code(genesys_simulator: Simulator) -> None:
    genesys_simulator.add_fault("effect_then_drop", code=1011, session_id="s-1")
    with assisted(genesys_simulator) as session:
        session.say(send())
        assert session.heard_close() == 1011


def test_thousands_of_actions_are_each_carried_out_and_told_once(genesys_simulator: Simulator) -> None:
    sent = [send(executionContext=context(f"s-{number % 20}")) for number in range(3000)]
    with assisted(genesys_simulator) as session:
        for first in range(0, 3000, 100):
            session.say_together(*[text(frame) for frame in sent[first : first + 100]])
            assert [session.hear()["correlationId"] for _ in range(100)] == [
                id_of(frame) for frame in sent[first : first + 100]
            ]
    counts = genesys_simulator.counts()
    assert (counts["assist.effected"], counts["assist.ended"], counts["assist.most_in_flight"]) == (3000, 3000, 1)
    assert seen(genesys_simulator) == [(1, 1)] * 3000
