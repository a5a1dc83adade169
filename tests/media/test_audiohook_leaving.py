"""Which AudioHook sessions have to go, and how they are told."""

import json

import pytest

from messages.media import AudioStreamClosed, MediaLimits
from tests.audiohook import EXTERNAL, ORGANIZATION, STEREO
from tests.media.audiohook_house import HookCaller, audiohook_house, hooked
from tests.media.audiohook_plans import plan, timed


def test_where_there_is_no_room_the_session_is_told_to_come_again() -> None:
    told = plan(limits=MediaLimits(max_calls=1))
    with audiohook_house(told) as house, hooked(house.port, ORGANIZATION) as first, hooked(house.port) as call:
        first.opened(EXTERNAL)
        assert call.refusal() == ("error", "no room for another call")
        assert call.close("disconnect") == []
        first.ping()


def test_a_service_that_is_gone_for_good_ends_the_session_to_come_again() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        house.on_loop(lambda: house.uplinks[0].listener.ended("gave up"))
        assert call.refusal() == ("error", "the transcription service is not available")
        assert call.close("disconnect") == []


def test_a_worker_that_ends_sends_its_sessions_elsewhere() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        (connection,) = house.house.connections
        house.on_loop(connection.leave)
        assert call.refusal() == ("error", "the server is restarting")
        assert call.close("disconnect") == []


def test_who_says_nothing_is_told_so_and_closes_by_himself() -> None:
    with audiohook_house(plan(limits=MediaLimits(idle_s=0.2))) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        assert call.refusal()[0] == "error"
        assert call.close("disconnect") == []


def test_who_never_opens_is_told_so() -> None:
    with audiohook_house(timed(open_s=0.2)) as house, hooked(house.port) as call:
        assert call.refusal()[0] == "error"
        assert call.close("disconnect") == []


def test_who_does_not_go_is_closed_when_the_guard_comes() -> None:
    with audiohook_house(timed(guard_s=0.2)) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.send("{")
        assert call.refusal()[0] == "error"
        assert call.closed() == (1008, "the session is over")


def test_a_socket_that_breaks_ends_its_streams() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        call.audio(160)
        call.ping()
        call.caller.sock.close()
        for _ in range(2):
            closed = house.hears(AudioStreamClosed)
            assert (closed.code, closed.counts.frames) == (1006, 1)


def ping_and_never_read(call: HookCaller) -> None:
    """Masked with zeros, which change nothing, so that there are soon enough of them."""
    for _ in range(400):
        pings = [call.scribe.say("ping").encode() for _ in range(1_000)]
        call.caller.send(b"".join(b"\x81\xfe" + len(ping).to_bytes(2) + bytes(4) + ping for ping in pings))


def test_a_client_that_reads_nothing_is_cut_off_and_no_other() -> None:
    with audiohook_house(plan()) as house, hooked(house.port, ORGANIZATION) as other, hooked(house.port) as call:
        call.opened(EXTERNAL)
        other.opened(EXTERNAL)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            ping_and_never_read(call)
        other.ping()
        closed = house.hears(AudioStreamClosed)
        assert closed.reason == "the client does not read what it is sent"


def test_pong_comes_at_once_behind_much_audio() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        for _ in range(50):
            call.audio(1_600)
        call.ping()
        assert json.loads(call.scribe.say("ping"))["serverseq"] == 2
