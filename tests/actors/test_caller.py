"""The caller: one blocking attempt at a time, its end as a message."""

import pytest

from actors.caller import CallerActor
from genesys.errors import Fault, Malformed, Refused, TimedOut, Transport
from messages.rest import CallerReady, Dial, Dialled, HttpRequest, HttpResponse, RollCall
from tests.kit import Probe, Stage

REQUEST = HttpRequest(route="GET /x", method="GET", url="https://x.example/")
RESPONSE = HttpResponse(status=200, headers={}, body=b"hi")


class Door:
    def __init__(self, end: HttpResponse | Exception) -> None:
        self.end = end
        self.closed = False

    def send(self, request: HttpRequest) -> HttpResponse:
        assert request is REQUEST
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    def close(self) -> None:
        self.closed = True


class Scene:
    def __init__(self, end: HttpResponse | Exception = RESPONSE) -> None:
        self.stage, self.desk, self.door = Stage(), Probe("rest"), Door(end)
        self.actor = CallerActor(self.stage.seat("caller.1"), door=self.door, desk=self.desk)
        self.caller = self.stage.play(self.actor)

    def dialled(self) -> Dialled:
        self.caller.tell(Dial(call_id="c1", request=REQUEST, attempt=3))
        self.stage.run()
        return self.desk.take(Dialled)


def test_says_that_it_is_ready_at_the_start_and_at_every_roll_call() -> None:
    scene = Scene()
    assert scene.desk.take(CallerReady) == CallerReady(caller=scene.caller, started=True)
    scene.caller.tell(RollCall())
    scene.stage.run()
    assert scene.desk.take(CallerReady) == CallerReady(caller=scene.caller, started=False)


def test_brings_the_response_of_the_call_and_attempt_it_was_given() -> None:
    word = Scene().dialled()
    assert (word.call_id, word.attempt, word.response, word.failure) == ("c1", 3, RESPONSE, "")


@pytest.mark.parametrize(
    ("fault", "failure", "maybe_sent"),
    [
        (Transport("broke", maybe_sent=True), "transport", True),
        (Transport("broke", maybe_sent=False), "transport", False),
        (TimedOut("late", maybe_sent=True), "timeout", True),
        (Refused("no"), "refused", False),
        (Malformed("too long"), "malformed", True),
    ],
)
def test_every_fault_of_the_door_is_a_failure_and_no_crash(fault: Fault, failure: str, maybe_sent: bool) -> None:
    word = Scene(fault).dialled()
    assert (word.response, word.failure, word.maybe_sent, word.detail) == (None, failure, maybe_sent, fault.detail)


def test_anything_else_crashes_it() -> None:
    with pytest.raises(Exception, match=r"caller\.1 failed"):
        Scene(KeyError("bug")).dialled()


def test_closes_its_door_when_told_to_stop_and_when_released() -> None:
    scene = Scene()
    scene.actor.stopped()
    assert scene.door.closed
    scene = Scene()
    scene.actor.release()
    assert scene.door.closed
    assert scene.actor.facts() == {"attempts": 0}
