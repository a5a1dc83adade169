import asyncio
from collections.abc import Iterator

import pytest
from loguru import logger

from media.transcription.door import StreamEnd
from media.transcription.health import CHECK
from media.transcription.service import Service
from media.transcription.status import Status
from messages.media import ServicePlan
from tests.media.transcription.fakes import FakeTimers, FakeTransport

PLAN = ServicePlan(addresses=("first:1", "second:2"), health_every_s=10.0)
LOST = StreamEnd(code=Status.UNAVAILABLE, message="connection refused")


class House:
    """A service with fake ways to its addresses."""

    def __init__(self) -> None:
        self.timers = FakeTimers()
        self.ways: dict[str, FakeTransport] = {}
        self.service = Service(PLAN, self.way, self.timers)

    def way(self, address: str) -> FakeTransport:
        self.ways[address] = FakeTransport(room=1)
        return self.ways[address]

    @property
    def used(self) -> str:
        (address,) = (each.address for each in self.service.facts() if each.in_use)
        assert self.service.transport() is self.ways[address]
        return address

    def healthy(self) -> list[bool]:
        return [each.healthy for each in self.service.facts()]

    def check_ends(self, address: str, code: Status = Status.OK, answer: bytes | None = b"\x08\x01") -> None:
        stream = self.ways[address].streams[-1]
        assert stream.path == CHECK
        if answer is not None:
            stream.listener.on_result(answer)
        stream.end(StreamEnd(code=code, message="so it is"))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is logged."""
    written: list[str] = []
    sink = logger.add(lambda line: written.append(str(line)), format="{message}")
    yield written
    logger.remove(sink)


def test_streams_go_to_the_first_address() -> None:
    assert House().used == "first:1"


def test_an_address_that_fails_is_left_for_the_next_and_used_again_once_it_is_well() -> None:
    house = House()
    house.service.ended(house.ways["first:1"], LOST)
    assert house.used == "second:2"
    house.service.start()
    house.check_ends("first:1")
    assert house.used == "first:1"


def test_ends_that_speak_only_against_a_call_leave_the_address_in_use() -> None:
    house = House()
    for code in set(Status) - {Status.UNAVAILABLE}:
        house.service.ended(house.ways["first:1"], StreamEnd(code=code))
    assert house.used == "first:1"


def test_its_trouble_is_that_no_address_is_well() -> None:
    house = House()
    house.service.ended(house.ways["first:1"], LOST)
    assert house.service.trouble() == ""
    house.timers.pass_s(1)
    house.service.ended(house.ways["second:2"], LOST)
    assert house.service.trouble() == "first:1: connection refused; second:2: connection refused"
    house.service.start()
    house.check_ends("second:2")
    assert house.service.trouble() == ""


def test_when_every_address_fails_they_take_turns() -> None:
    house = House()
    for expected in ("second:2", "first:1", "second:2"):
        house.timers.pass_s(1)
        house.service.ended(house.ways[house.used], LOST)
        assert house.used == expected


def test_the_log_tells_of_an_address_that_is_used_and_of_none_while_they_take_turns(lines: list[str]) -> None:
    house = House()
    for _ in range(5):
        house.timers.pass_s(1)
        house.service.ended(house.ways[house.used], LOST)
    assert lines == ["transcription service: second:2 instead of first:1\n"]
    house.service.start()
    house.check_ends("first:1")
    assert lines[1:] == ["transcription service: first:1 instead of second:2\n"]


def test_a_check_asks_for_the_whole_server_and_half_closes() -> None:
    house = House()
    house.service.start()
    (check,) = house.ways["first:1"].streams
    assert (check.taken, check.finished) == ([b""], True)


def test_a_check_waits_for_room() -> None:
    house = House()
    house.ways["first:1"].room = 0
    house.service.start()
    (check,) = house.ways["first:1"].streams
    assert not check.finished
    check.give_room(1)
    assert (check.taken, check.finished) == ([b""], True)


@pytest.mark.parametrize("code", [Status.UNIMPLEMENTED, Status.PERMISSION_DENIED, Status.UNAUTHENTICATED])
def test_a_service_that_has_no_answer_for_us_serves(code: Status) -> None:
    house = House()
    house.service.start()
    house.check_ends("first:1", code, None)
    assert house.healthy() == [True, True]


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (Status.OK, b"\x08\x02"),
        (Status.OK, b""),
        (Status.OK, None),
        (Status.UNAVAILABLE, None),
        (Status.DEADLINE_EXCEEDED, None),
    ],
)
def test_a_service_that_does_not_serve_is_left(code: Status, answer: bytes | None) -> None:
    house = House()
    house.service.start()
    house.check_ends("first:1", code, answer)
    assert house.healthy() == [False, True]
    assert house.used == "second:2"
    assert house.service.facts()[0].why


def test_every_address_is_asked_again_and_again_but_never_twice_at_once() -> None:
    house = House()
    house.service.start()
    house.check_ends("first:1")
    house.timers.pass_s(10)
    assert len(house.ways["first:1"].streams) == 2
    assert len(house.ways["second:2"].streams) == 1


def test_closing_aborts_checks_and_closes_every_way() -> None:
    house = House()
    house.service.start()
    asyncio.run(house.service.close())
    assert all(way.closed and way.streams[0].over for way in house.ways.values())
    assert house.timers.pending == 0


def test_a_service_needs_an_address() -> None:
    with pytest.raises(ValueError, match="TRANSCRIPTION_GRPC_ADDR"):
        Service(ServicePlan(addresses=()), House().way, FakeTimers())
