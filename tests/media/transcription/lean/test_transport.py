"""The lean transport's tries to connect: none stands in the way of the next, whatever comes of it."""

import asyncio

import pytest

from media.transcription.lean.transport import LeanTransport, split_address
from media.transcription.status import Status
from messages.media import ServicePlan
from tests.media.transcription.calls import Call, closing, run
from tests.media.transcription.raw_peer import place

PLAN = ServicePlan(addresses=("127.0.0.1:1",), retry_min_s=1e-3, retry_max_s=1e-3, connect_s=600.0)


def test_a_try_that_fails_as_nobody_expected_is_told_and_followed_by_another() -> None:
    faults: list[BaseException] = []

    async def trip() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, told: faults.append(told["exception"]))
        async with closing(LeanTransport("no\0host:1", PLAN, None, chance=lambda: 0.0)) as transport:
            for _ in range(2):
                end = await Call(transport).end()
                assert (end.code, end.unprocessed) == (Status.UNAVAILABLE, True)
                assert "embedded null" in end.message

    run(trip)
    assert [type(fault) for fault in faults] == [ValueError, ValueError]


def test_why_nobody_is_reached_does_not_repeat_the_address_that_it_is_told_of() -> None:
    async def trip() -> None:
        async with closing(LeanTransport("127.0.0.1:1", PLAN, None, chance=lambda: 0.0)) as transport:
            assert "127.0.0.1:1" not in (await Call(transport).end()).message

    run(trip)


@pytest.mark.parametrize("turns", range(8))
def test_a_connection_that_ends_as_it_is_made_is_a_try_that_failed(turns: int) -> None:
    async def trip() -> None:
        async with place() as here, closing(LeanTransport(here.address, PLAN, None, chance=lambda: 0.0)) as transport:
            call = Call(transport)
            peer = await here.peer()
            for _ in range(turns):
                await asyncio.sleep(0)
            peer.writer.write(b"babble" * 100)
            end = await call.end()
            assert end.code is Status.UNAVAILABLE
            assert "the service broke HTTP/2" in end.message

    run(trip)


@pytest.mark.parametrize(
    "address", ["", "host", "host:", ":1", "host:0", "host:65536", "host:a", "a..b:1", "é" * 64 + ":1"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is no address of a service"):
        split_address(address)


@pytest.mark.parametrize(
    ("address", "split"), [("a.example:1", ("a.example", 1)), ("[::1]:50051", ("::1", 50051)), ("::1:2", ("::1", 2))]
)
def test_an_address_is_a_host_and_a_port(address: str, split: tuple[str, int]) -> None:
    assert split_address(address) == split
