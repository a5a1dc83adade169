from uuid import uuid4

from websocket import ABNF

from simulator.server import Simulator
from tests.simulator.client import line, order, text, with_codec


def test_a_transfer_is_answered_and_done(genesys_simulator: Simulator) -> None:
    wanted = order()
    with line(genesys_simulator) as session:
        answer = session.ask(wanted)
    assert answer == {"id": wanted["id"], "status": "codec_negotiated", "codec": "opus"}
    (row,) = genesys_simulator.transfers()
    assert (row["id"], row["frames"], row["effects"], row["answer"]) == (wanted["id"], 1, 1, answer)


def test_the_same_id_again_has_the_first_answer_and_no_second_effect(genesys_simulator: Simulator) -> None:
    wanted = order()
    with line(genesys_simulator) as session:
        first = session.ask(wanted)
    with line(genesys_simulator) as session:
        assert session.ask(with_codec("pcmu", id=wanted["id"])) == first
    (row,) = genesys_simulator.transfers()
    assert (row["frames"], row["effects"], row["codecs"]) == (2, 1, ["opus", "pcmu"])
    assert row["sessions"] == [1, 2]


def test_every_frame_is_on_record_with_its_attempt(genesys_simulator: Simulator) -> None:
    genesys_simulator.set_interaction("interaction-1", unsupported_codecs=["opus"])
    name = str(uuid4())
    with line(genesys_simulator) as session:
        assert session.ask(with_codec("opus", id=name))["status"] == "codec_unsupported"
        assert session.ask(with_codec("g722", id=name, attempt=2))["status"] == "codec_negotiated"
    found = genesys_simulator.transfer(name)
    assert found is not None
    logged = [(frame["codec"], frame["attempt"], frame["outcome"]) for frame in found["frames"]]
    assert logged == [("opus", 0, "codec_unsupported"), ("g722", 2, "codec_negotiated")]
    assert found["effects"] == 1


def test_an_unsupported_codec_can_be_so_everywhere(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(supported_codecs=["pcmu"])
    with line(genesys_simulator) as session:
        assert session.ask(with_codec("opus"))["status"] == "codec_unsupported"
        assert session.ask(with_codec("pcmu"))["status"] == "codec_negotiated"


def test_a_finished_interaction_is_not_transferred(genesys_simulator: Simulator) -> None:
    genesys_simulator.set_interaction("interaction-1", state="completed")
    with line(genesys_simulator) as session:
        assert session.ask(order())["status"] == "interaction_not_active"
    assert genesys_simulator.counts()["transfers.effected"] == 0


def test_a_frame_of_the_wrong_shape_is_invalid_and_says_why(genesys_simulator: Simulator) -> None:
    wanted = order(destination_uri=4, extra=1)
    with line(genesys_simulator) as session:
        answer = session.ask(wanted)
        assert (answer["id"], answer["status"]) == (wanted["id"], "invalid")
        assert [problem.partition(":")[0] for problem in answer["errors"]] == ["destination_uri", "extra"]
        assert session.ask("no json")["id"] is None
        assert session.ask(order())["status"] == "codec_negotiated"
    assert genesys_simulator.counts()["frames.invalid"] == 2


def test_a_token_without_the_scope_transfers_nothing(genesys_simulator: Simulator) -> None:
    with line(genesys_simulator, scope="websocket:use") as session:
        assert session.ask(order())["status"] == "missing_scope_interaction:transfer"


def test_many_are_in_flight_on_one_socket(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(answer_latency_ms=20, answer_jitter_ms=20)
    sent = [order() for _ in range(100)]
    with line(genesys_simulator) as session:
        for frame in sent:
            session.say(frame)
        genesys_simulator.wait_for(lambda world: world.count["transfers.effected"] == 100)
        heard = [session.hear()["id"] for _ in sent]
    assert sorted(heard) == sorted(frame["id"] for frame in sent)
    assert heard != [frame["id"] for frame in sent]  # jitter turns the answers' order about; the seed is fixed


def test_the_effect_is_there_before_the_answer(genesys_simulator: Simulator) -> None:
    genesys_simulator.change_settings(answer_latency_ms=3_600_000)
    with line(genesys_simulator) as session:
        session.say(order())
        genesys_simulator.wait_for(lambda world: world.count["transfers.effected"] == 1)
        assert not session.waits()


def test_an_answer_that_nobody_hears_is_counted() -> None:
    with Simulator(settings={"answer_latency_ms": 100}) as box:
        with line(box) as session:
            session.say_together(text(order()), (ABNF.OPCODE_CLOSE, b"\x03\xe8"))
            assert session.heard_close() == 1000
        box.wait_for(lambda world: world.count["answers.lost"] == 1)
