"""A fault of ours in what one call does ends that call, told with its reason, logged and counted once, and no other."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import grpc
import pytest
from loguru import logger

from media.bulkhead import each
from media.call import Facts
from media.connection import Connection
from media.uplinks import UplinkListener
from media.worker import pass_on
from messages.media import (
    AudioStreamClosed,
    AudioStreamNoted,
    AudioStreamOpened,
    AudioStreamsCounted,
    AudioStreamTranscript,
    PlayIntoStream,
    Transport,
    WorkerEvent,
    WorkerReport,
)
from tests.audiohook import EXTERNAL, STEREO
from tests.media.audiohook_house import AudioHookHouse, FakeUplink, audiohook_house, hooked
from tests.media.audiohook_plans import plan as hook_plan
from tests.media.callers import TEXT, Caller, audio_json, calling, ws_frame
from tests.media.houses import LivingHouse, RecordedLine, RecordedUplink, housed
from tests.media.served_houses import Transcriber, served
from tests.media.workers import PATIENCE_S, plan


@pytest.fixture
def log() -> Iterator[list[str]]:
    told: list[str] = []
    handler = logger.add(lambda line: told.append(str(line)), level="ERROR", backtrace=False, diagnose=False)
    yield told
    logger.remove(handler)


class FaultyLine(RecordedLine):
    """Does not bear what is told of the conversation `bad`."""

    def tell(self, event: WorkerEvent) -> None:
        if isinstance(event, AudioStreamTranscript) and event.text.startswith("bad"):
            raise KeyError("a fault of ours")
        super().tell(event)


def say(caller: Caller, conversation_id: str, numbers: range) -> None:
    caller.send(b"".join(ws_frame(TEXT, audio_json(n, conversationId=conversation_id)) for n in numbers))


@pytest.mark.parametrize("transport", ["lean", "grpcio"])
def test_a_fault_in_one_call_s_hearing_leaves_the_others_their_streams(transport: Transport, log: list[str]) -> None:
    transcriber, line = Transcriber(), FaultyLine()
    with (
        served(plan(), transcriber, line, transport=transport) as house,
        calling(house.port) as good,
        calling(house.port) as bad,
    ):
        say(good.upgraded(), "good", range(1, 3))
        line.hears(AudioStreamTranscript, lambda heard: heard.text == "good 2")
        say(bad.upgraded(), "bad", range(1, 3))
        code, reason = bad.closed()
        closed = line.hears(AudioStreamClosed)
        say(good, "good", range(3, 5))
        line.hears(AudioStreamTranscript, lambda heard: heard.text == "good 4")
        good.hang_up()
        rest = line.hears(AudioStreamClosed)
        line.hears(WorkerReport, lambda report: report.faults == 1 and report.calls == 0)
    assert (code, reason) == (1011, closed.reason) == (1011, "a fault of the gateway (KeyError)")
    assert rest.reason == "the caller has closed"
    assert transcriber.streams == {"good": 1, "bad": 1}
    assert len(transcriber.peers) == 1
    assert len(log) == 1
    assert closed.stream_id in log[0]
    assert "Traceback" in log[0]


def test_a_session_of_two_channels_ends_with_the_one_that_a_fault_befell(log: list[str]) -> None:
    with audiohook_house(hook_plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        call.audio(160)
        call.ping()
        opened = [house.hears(AudioStreamOpened), house.hears(AudioStreamOpened)]
        house.on_loop(lambda: house.uplinks[1].listener.failed(KeyError("a fault of ours")))
        assert call.refusal() == ("error", "the transcription service is not available")
        assert house.hears(AudioStreamClosed).reason == "a fault of the gateway (KeyError)"
        call.close()
        other = house.hears(AudioStreamClosed)
        assert (other.stream_id, other.reason) == (opened[0].stream_id, "a fault of the gateway (KeyError)")
        assert (house.house.faults, len(log)) == (1, 1)


def test_a_fault_while_a_command_is_obeyed_ends_its_call(log: list[str]) -> None:
    with audiohook_house(hook_plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        stream_id = house.hears(AudioStreamOpened).stream_id
        wrong = PlayIntoStream(stream_id=stream_id, audio=None)  # type: ignore[arg-type]
        house.on_loop(lambda: pass_on(wrong, house.house))
        assert call.refusal()[0] == "error"
        assert house.hears(AudioStreamClosed).reason == "a fault of the gateway (TypeError)"
        assert len(log) == 1


def test_a_fault_in_a_round_ends_its_call_and_not_the_round(log: list[str]) -> None:
    with housed(plan()) as house, calling(house.port) as bad, calling(house.port) as good:
        say(bad.upgraded(), "bad", range(1, 3))
        opened = house.line.hears(AudioStreamOpened)
        lane = house.house.lanes[opened.stream_id]
        house.do(lambda: setattr(lane.uplink, "lag_ms", None))
        assert bad.closed() == (1011, "a fault of the gateway (TypeError)")
        say(good.upgraded(), "good", range(1, 3))
        stream_id = house.line.hears(AudioStreamOpened).stream_id
        house.line.hears(AudioStreamsCounted, lambda told: stream_id in {counts.stream_id for counts in told.counts})
        assert (house.house.faults, len(log)) == (1, 1)


def breaks(audio: bytes) -> None:
    raise KeyError("a fault of ours")


def test_a_stream_that_cannot_be_begun_leaves_nothing_behind() -> None:
    class Unready(LivingHouse):
        def _uplink(self, facts: Facts, listener: UplinkListener) -> RecordedUplink:
            raise KeyError("a fault of ours")

    house = Unready(plan(), PATIENCE_S, PATIENCE_S)
    with closing(house), calling(house.port) as bad:
        say(bad.upgraded(), "bad", range(1, 3))
        assert bad.closed() == (1011, "a fault of the gateway")
        assert not house.house.lanes
        told = house.line.hears(AudioStreamOpened | WorkerReport)  # type: ignore[arg-type]
        assert isinstance(told, WorkerReport)


def test_a_second_channel_that_cannot_be_begun_takes_the_first_with_it() -> None:
    class Unready(AudioHookHouse):
        def _uplink(self, facts: Facts, listener: UplinkListener) -> FakeUplink:
            if self.uplinks:
                raise KeyError("a fault of ours")
            return super()._uplink(facts, listener)

    house = Unready(hook_plan())
    house.start()
    with ExitStack() as after:
        after.callback(house.stop)
        call = after.enter_context(hooked(house.port))
        call.send(call.scribe.open(STEREO))
        assert call.hear()["type"] == "opened"
        assert call.closed() == (1011, "a fault of the gateway")
        opened, closed = house.hears(AudioStreamOpened), house.hears(AudioStreamClosed)
        assert (opened.stream_id, opened.channel, closed.reason) == (
            closed.stream_id,
            "external",
            "a fault of the gateway",
        )


def test_a_call_whose_end_is_not_borne_is_cut(log: list[str]) -> None:
    def close(call: Connection) -> None:
        call.closing = True
        raise KeyError("a fault of ours")

    with housed(plan()) as house, calling(house.port) as caller:
        caller.upgraded()
        house.do(lambda: each(house.house.connections, close))
        with pytest.raises(EOFError):
            caller.frame()
        assert len(log) == 1


def test_a_fault_while_a_stream_s_end_is_told_is_logged_and_ends_its_call(log: list[str]) -> None:
    class Deaf(RecordedLine):
        def tell(self, event: WorkerEvent) -> None:
            if isinstance(event, AudioStreamNoted) and event.what == "service.gone":
                raise KeyError("a fault of ours")
            super().tell(event)

    def refuse(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no")
        yield b""

    line = Deaf()
    with served(plan(), refuse, line) as house, calling(house.port) as bad:
        say(bad.upgraded(), "bad", range(1, 3))
        assert bad.closed() == (1011, "a fault of the gateway (KeyError)")
        assert line.hears(AudioStreamClosed).reason == "a fault of the gateway (KeyError)"
        assert len(log) == 1


class Unclosable:
    """Stands where the book or the tape of a stream was, and is used for its end only."""

    def close(self) -> None:
        raise KeyError("a fault of ours")


@pytest.mark.parametrize("what", ["_book", "_tape"])
def test_the_end_of_a_stream_is_told_though_what_it_lets_go_of_does_not_bear_it(what: str, log: list[str]) -> None:
    with housed(plan()) as house, calling(house.port) as caller:
        say(caller.upgraded(), "bad", range(1, 3))
        lane = house.house.lanes[house.line.hears(AudioStreamOpened).stream_id]
        house.do(lambda: setattr(lane, what, Unclosable()))
        caller.hang_up()
        closed = house.line.hears(AudioStreamClosed)
        assert (closed.stream_id, closed.code, closed.counts.frames) == (lane.stream_id, 1000, 2)
        house.do(lambda: None)
        assert (house.house.faults, len(log), house.house.lanes) == (1, 1, {})


@pytest.mark.parametrize("cut", [False, True], ids=["by the poll", "by picows"])
def test_a_fault_in_reading_is_told_with_its_reason_and_counted(cut: bool) -> None:
    with housed(plan()) as house, calling(house.port) as bad:
        say(bad.upgraded(), "bad", range(1, 3))
        lane = house.house.lanes[house.line.hears(AudioStreamOpened).stream_id]
        house.do(lambda: setattr(lane, "taps", (breaks,)))
        frame = audio_json(3, conversationId="bad")
        bad.send(ws_frame(TEXT, frame[:9], fin=False) + ws_frame(0, frame[9:]) if cut else ws_frame(TEXT, frame))
        assert bad.closed()[0] == 1011
        closed = house.line.hears(AudioStreamClosed)
        assert (closed.code, closed.reason) == (1011, "a fault of the gateway")
        assert house.house.faults == 1
