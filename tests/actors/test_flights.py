"""Who of the callers does what."""

from actors.flights import Flight, Flights
from messages.rest import CallerReady, Dial, Dialled, HttpRequest, HttpResponse
from tests.kit import Probe

REQUEST = HttpRequest(route="GET /x", method="GET", url="https://x.example/")


def dial(call_id: str = "c1", attempt: int = 1) -> Dial:
    return Dial(call_id=call_id, request=REQUEST, attempt=attempt)


def word(caller: Probe, call_id: str = "c1", attempt: int = 1) -> Dialled:
    response = HttpResponse(status=200, headers={}, body=b"")
    return Dialled(call_id=call_id, attempt=attempt, caller=caller, response=response)


def under_way(caller: Probe) -> tuple[Flights[str], Flight[str]]:
    flights: Flights[str] = Flights()
    flights.ready(CallerReady(caller=caller))
    return flights, flights.give(dial(), "note")


def test_a_caller_that_was_given_something_is_busy_until_its_word_comes() -> None:
    caller = Probe("caller.1")
    flights, flight = under_way(caller)
    assert caller.take(Dial) == dial()
    assert (flights.idle, len(flights)) == (0, 1)
    assert flights.landed(word(caller)) is flight
    assert (flights.idle, len(flights)) == (1, 0)


def test_a_caller_that_starts_anew_gives_up_what_it_had() -> None:
    caller = Probe("caller.1")
    flights, flight = under_way(caller)
    assert flights.ready(CallerReady(caller=caller)) is flight
    assert flights.ready(CallerReady(caller=caller)) is None
    assert flights.idle == 1


def test_an_answer_to_a_roll_call_takes_nothing_back_that_was_given_since() -> None:
    caller = Probe("caller.1")
    flights, flight = under_way(caller)
    assert flights.ready(CallerReady(caller=caller, started=False)) is None
    assert (flights.idle, len(flights)) == (0, 1)
    assert flights.landed(word(caller)) is flight
    assert flights.ready(CallerReady(caller=caller, started=False)) is None
    assert flights.idle == 1


def test_the_word_of_another_call_or_attempt_ends_nothing() -> None:
    caller = Probe("caller.1")
    flights, _flight = under_way(caller)
    assert flights.landed(word(caller, call_id="c0")) is None
    assert flights.landed(word(caller, attempt=2)) is None
    assert (flights.idle, len(flights)) == (0, 1)


def test_a_flight_that_was_given_up_makes_its_caller_idle_only_when_it_says_so() -> None:
    caller = Probe("caller.1")
    flights, flight = under_way(caller)
    assert flights.give_up(caller.name, "c1", 2) is None
    assert flights.give_up(caller.name, "c1", 1) is flight
    assert flights.idle == 0
    assert flights.landed(word(caller)) is None
    assert flights.idle == 1
