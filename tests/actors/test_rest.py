"""The REST desk under the virtual clock: every call is answered once, by its deadline, and nothing is sent on doubt."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from actors.base import ActorFailed
from actors.rest import RestDesk
from clients.breaker import CircuitGuard
from messages.rest import (
    Call,
    CallAnswered,
    CallerReady,
    Dial,
    Dialled,
    Failure,
    HttpRequest,
    HttpResponse,
    Priority,
    RollCall,
    ShowBudget,
)
from messages.tokens import TokenDenied, TokenGranted, TokenRejected, WantToken
from rules.budget import Budget
from tests.kit import Probe, Stage

API = "https://api.example.com"
CANARY = "canary-token-8812"


class Scene:
    """A desk with a token and callers that a test answers for."""

    def __init__(
        self,
        *,
        callers: int = 1,
        per_minute: int = 300,
        capacity: int = 2_000,
        token: bool = True,
        incarnation: int = 1,
    ) -> None:
        self.stage, self.asker, self.token = Stage(), Probe("asker"), Probe("token")
        self.callers = [Probe(f"caller.{number}") for number in range(callers)]
        self.actor = RestDesk(
            self.stage.seat("rest", incarnation=incarnation),
            token=self.token,
            breaker=lambda: CircuitGuard(self.stage.world.monotonic),
            bearer_origins=frozenset({API}),
            budget=Budget(per_minute),
            callers=self.callers,
            capacity=capacity,
        )
        self.desk = self.stage.play(self.actor)
        for caller in self.callers:
            caller.take(RollCall)
            self.desk.tell(CallerReady(caller=caller))
        if token:
            self.grant()

    def grant(self, generation: int = 1, good_for_s: float = 86_400) -> None:
        until_s = self.stage.world.now_s + good_for_s
        self.tell(TokenGranted(secret=f"{CANARY}-{generation}", generation=generation, good_until_s=until_s))

    def tell(self, message: object) -> None:
        self.desk.tell(message)
        self.stage.run()

    def call(
        self, call_id: str = "c1", priority: Priority = "read", deadline_s: float = 30.0, **of_request: Any
    ) -> None:
        fields: dict[str, Any] = {"route": "GET /x", "method": "GET", "url": f"{API}/x", **of_request}
        deadline_s += self.stage.world.now_s
        request = HttpRequest(**fields)
        self.tell(Call(call_id=call_id, request=request, priority=priority, deadline_s=deadline_s, reply_to=self.asker))

    def dialled(self, number: int = 0) -> Dial:
        return self.callers[number].take(Dial)

    def respond(self, status: int, headers: Mapping[str, str] | None = None, number: int = 0) -> Dial:
        """Let the caller come back with a response to what it was given."""
        dial = self.dialled(number)
        response = HttpResponse(status=status, headers=headers or {}, body=b"{}")
        self.tell(self.word(dial, number, response=response))
        return dial

    def fail(self, failure: Failure, *, maybe_sent: bool, number: int = 0) -> Dial:
        dial = self.dialled(number)
        self.tell(self.word(dial, number, failure=failure, maybe_sent=maybe_sent, detail="the words"))
        return dial

    def word(self, dial: Dial, number: int = 0, response: HttpResponse | None = None, **more: Any) -> Dialled:
        caller = self.callers[number]
        return Dialled(call_id=dial.call_id, attempt=dial.attempt, caller=caller, response=response, **more)

    def advance(self, seconds: float) -> None:
        self.stage.advance(seconds)

    def answer(self) -> CallAnswered:
        answer = self.asker.take(CallAnswered)
        assert not self.asker.heard, "one answer a call"
        return answer

    def nobody_dials(self) -> bool:
        return not any(caller.heard for caller in self.callers)

    def show(self) -> dict[str, Any]:
        reply = self.desk.request(ShowBudget())
        self.stage.run()
        shown: dict[str, Any] = reply.get(timeout=1)
        return shown


# --- the plain way -------------------------------------------------------------------------------------------


def test_a_call_is_dialled_with_the_bearer_and_its_response_brought_back() -> None:
    scene = Scene()
    scene.call()
    assert scene.respond(200).request.headers["authorization"] == f"Bearer {CANARY}-1"
    answer = scene.answer()
    assert answer.response is not None
    assert (answer.response.status, answer.failure, answer.attempts, answer.maybe_sent) == (200, "", 1, False)


def test_refusals_of_genesys_are_responses_and_not_tried_again() -> None:
    scene = Scene()
    for status in (302, 400, 403, 404, 409, 501):
        scene.call(f"c{status}")
        scene.respond(status)
        answer = scene.answer()
        assert answer.response is not None
        assert (answer.response.status, answer.failure, answer.attempts) == (status, "", 1)


def test_an_attempt_is_given_no_more_time_than_the_deadline_leaves() -> None:
    scene = Scene()
    scene.call(deadline_s=3, timeout_s=10.0)
    assert scene.dialled().request.timeout_s == 3


def test_callers_work_at_the_same_time_and_the_rest_waits() -> None:
    scene = Scene(callers=2)
    for call_id in ("c1", "c2", "c3"):
        scene.call(call_id)
    assert scene.respond(200, number=0).call_id == "c1"
    assert scene.respond(200, number=1).call_id == "c2"
    assert scene.dialled(0).call_id == "c3"


def test_steering_goes_before_reading_and_reading_before_the_rest() -> None:
    scene = Scene()
    scene.call("first")
    waiting: tuple[Priority, ...] = ("spare", "background", "read", "steer")
    for priority in waiting:
        scene.call(priority, priority)
    scene.call("login", "login", bearer=False)
    order = ["first", "login", "steer", "read", "background", "spare"]
    assert [scene.respond(200).call_id for _ in order] == order


# --- bounds --------------------------------------------------------------------------------------------------


def test_past_its_capacity_it_is_busy_at_once_and_still_takes_logins() -> None:
    scene = Scene(callers=0, capacity=2)
    for call_id in ("c1", "c2", "c3"):
        scene.call(call_id)
    answer = scene.answer()
    assert (answer.call_id, answer.failure, answer.attempts) == ("c3", "busy", 0)
    scene.call("login", "login", bearer=False)
    assert not scene.asker.heard
    assert scene.show()["queue"] == {"login": 1, "steer": 0, "read": 2, "background": 0, "spare": 0}


def test_a_call_whose_deadline_passes_in_the_queue_is_answered_then_and_never_sent() -> None:
    scene = Scene(callers=0)
    scene.call(deadline_s=5)
    scene.advance(4.9)
    assert not scene.asker.heard
    scene.advance(0.1)
    answer = scene.answer()
    assert (answer.failure, answer.maybe_sent) == ("deadline", False)
    assert "waited for a caller" in answer.detail
    late = Probe("late")
    scene.tell(CallerReady(caller=late))
    assert not late.heard


def test_a_call_that_comes_too_late_is_answered_at_once() -> None:
    scene = Scene()
    scene.call(deadline_s=0)
    assert scene.answer().failure == "deadline"
    assert scene.nobody_dials()


def test_a_deadline_in_the_middle_of_an_attempt_leaves_open_whether_it_arrived() -> None:
    scene = Scene()
    scene.call(deadline_s=5)
    dial = scene.dialled()
    scene.advance(5)
    answer = scene.answer()
    assert (answer.failure, answer.maybe_sent) == ("deadline", True)
    scene.tell(scene.word(dial, response=HttpResponse(status=200, headers={}, body=b"")))
    assert not scene.asker.heard
    scene.call("c2")
    assert scene.dialled().call_id == "c2"


def test_the_same_call_told_twice_is_one_call() -> None:
    scene = Scene()
    scene.call()
    scene.call()
    scene.respond(200)
    scene.answer()
    assert scene.nobody_dials()


# --- the token -----------------------------------------------------------------------------------------------


def test_calls_wait_for_the_token_which_is_asked_for_once() -> None:
    scene = Scene(callers=2, token=False)
    scene.call("c1")
    scene.call("c2")
    assert len(scene.token.take_all(WantToken)) == 1
    assert scene.nobody_dials()
    scene.grant()
    assert [scene.dialled(number).call_id for number in (0, 1)] == ["c1", "c2"]


def test_logins_do_not_wait_for_the_token_they_bring() -> None:
    scene = Scene(token=False)
    scene.call("c1")
    scene.call("login", "login", bearer=False)
    dial = scene.dialled()
    assert dial.call_id == "login"
    assert "authorization" not in dial.request.headers


def test_waiting_for_the_token_ends_with_the_calls_deadline() -> None:
    scene = Scene(token=False)
    scene.call(deadline_s=5)
    scene.advance(5)
    answer = scene.answer()
    assert answer.failure == "deadline"
    assert "waited for the token" in answer.detail


def test_a_token_that_never_came_is_asked_for_again() -> None:
    scene = Scene(token=False)
    scene.call(deadline_s=60)
    scene.token.take(WantToken)
    scene.advance(30)
    scene.token.take(WantToken)


def test_an_expired_token_is_not_sent() -> None:
    scene = Scene(token=False)
    scene.grant(good_for_s=10)
    scene.advance(10)
    scene.call()
    scene.token.take(WantToken)
    assert scene.nobody_dials()


def test_a_401_is_mended_once_with_a_new_token() -> None:
    scene = Scene()
    scene.call()
    scene.respond(401)
    assert scene.token.take(TokenRejected).generation == 1
    scene.token.take(WantToken)
    scene.grant(generation=2)
    assert scene.respond(200).request.headers["authorization"] == f"Bearer {CANARY}-2"
    assert scene.answer().attempts == 2


def test_a_second_401_is_the_end() -> None:
    scene = Scene()
    scene.call()
    scene.respond(401)
    scene.grant(generation=2)
    scene.respond(401)
    answer = scene.answer()
    assert answer.failure == "unauthorized"
    assert answer.response is not None
    assert len(scene.token.take_all(TokenRejected)) == 1


def test_many_401s_of_one_token_reject_it_once() -> None:
    scene = Scene(callers=3)
    for call_id in ("c1", "c2", "c3"):
        scene.call(call_id)
    scene.respond(401, number=0)
    scene.grant(generation=2)
    scene.respond(401, number=1)
    scene.respond(401, number=2)
    assert len(scene.token.take_all(TokenRejected)) == 1


def test_a_final_denial_fails_what_waits_with_its_words_and_the_next_call_asks_again() -> None:
    scene = Scene(token=False)
    scene.call("c1")
    denial = TokenDenied(code="SB-208", message="the login answered 401", remedy="fix the secret", final=True)
    scene.tell(denial)
    answer = scene.answer()
    assert (answer.failure, answer.detail) == ("unauthorized", "the login answered 401; fix the secret")
    scene.call("c2")
    assert len(scene.token.take_all(WantToken)) == 2


def test_a_denial_for_now_keeps_them_waiting() -> None:
    scene = Scene(token=False)
    scene.call("c1")
    scene.tell(TokenDenied(code="SB-208", message="later", remedy="", final=False))
    assert not scene.asker.heard


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/x",
        "http://api.example.com/x",
        "https://api.example.com:444/x",
        "https://api.example.com.evil.com/",
    ],
)
def test_the_bearer_goes_to_genesys_and_nowhere_else(url: str) -> None:
    scene = Scene()
    scene.call(url=url)
    assert scene.answer().failure == "refused"
    assert scene.nobody_dials()


def test_the_token_is_shown_nowhere() -> None:
    scene = Scene()
    scene.call()
    dial = scene.fail("transport", maybe_sent=True)
    shown = [
        repr(dial),
        str(scene.show()),
        repr(scene.actor.facts()),
        repr(TokenGranted(secret=CANARY, generation=1, good_until_s=0)),
    ]
    assert all(CANARY not in text for text in shown)


# --- retries -------------------------------------------------------------------------------------------------


def test_what_is_idempotent_is_tried_three_times_more() -> None:
    scene = Scene()
    scene.call(deadline_s=300)
    for _ in range(4):
        scene.respond(503)
        scene.advance(10)
    answer = scene.answer()
    assert answer.response is not None
    assert (answer.response.status, answer.failure, answer.attempts, answer.maybe_sent) == (503, "", 4, True)
    assert scene.nobody_dials()


def test_a_retry_waits_by_a_timer_while_others_go() -> None:
    scene = Scene()
    scene.call("c1")
    scene.respond(503)
    scene.call("c2")
    assert scene.respond(200).call_id == "c2"
    scene.advance(10)
    assert scene.respond(200).call_id == "c1"


@pytest.mark.parametrize(("failure", "maybe_sent"), [("transport", True), ("timeout", True)])
def test_what_is_not_idempotent_is_not_sent_again_on_doubt(failure: Failure, maybe_sent: bool) -> None:
    scene = Scene()
    scene.call(method="POST", idempotent=False)
    scene.fail(failure, maybe_sent=maybe_sent)
    answer = scene.answer()
    assert (answer.failure, answer.maybe_sent, answer.detail) == (failure, True, "the words")


def test_what_is_not_idempotent_is_not_sent_again_after_a_5xx() -> None:
    scene = Scene()
    scene.call(method="POST", idempotent=False)
    scene.respond(500)
    answer = scene.answer()
    assert answer.response is not None
    assert answer.maybe_sent


def test_what_certainly_did_not_arrive_is_sent_again_whatever_it_is() -> None:
    scene = Scene()
    scene.call(method="POST", idempotent=False)
    scene.fail("transport", maybe_sent=False)
    scene.advance(10)
    scene.respond(200)
    assert not scene.answer().maybe_sent


def test_one_doubtful_attempt_makes_the_whole_call_doubtful() -> None:
    scene = Scene()
    scene.call(deadline_s=300)
    scene.fail("timeout", maybe_sent=True)
    for _ in range(3):
        scene.advance(10)
        scene.fail("transport", maybe_sent=False)
    assert scene.answer().maybe_sent


@pytest.mark.parametrize("failure", ["refused", "malformed"])
def test_what_trying_cannot_mend_is_not_tried(failure: Failure) -> None:
    scene = Scene()
    scene.call()
    scene.fail(failure, maybe_sent=False)
    assert scene.answer().failure == failure


def test_a_request_may_ask_for_no_retries() -> None:
    scene = Scene()
    scene.call(retries=0)
    scene.respond(503)
    assert scene.answer().attempts == 1


def test_a_retry_after_is_waited_for() -> None:
    scene = Scene()
    scene.call(deadline_s=60, idempotent=False)
    scene.respond(429, {"retry-after": "7"})
    scene.advance(6.99)
    assert scene.nobody_dials()
    scene.advance(1)
    scene.respond(200)
    assert scene.answer().attempts == 2


@pytest.mark.parametrize(("asked", "deadline_s"), [("31", 30), ("3600", 7_200), ("Thu, 01 Jan 2026 00:01:00 GMT", 30)])
def test_a_retry_after_that_is_too_long_ends_the_call_at_once(asked: str, deadline_s: float) -> None:
    scene = Scene()
    scene.call(deadline_s=deadline_s)
    scene.respond(429, {"retry-after": asked})
    answer = scene.answer()
    assert answer.failure == "rate_limited"
    assert answer.retry_after_s is not None
    assert answer.retry_after_s > 30


@pytest.mark.parametrize("junk", ["-5", "soon", "", "1e3"])
def test_a_retry_after_that_makes_no_sense_is_backed_off_from(junk: str) -> None:
    scene = Scene()
    scene.call()
    scene.respond(429, {"retry-after": junk})
    scene.advance(1)
    scene.respond(200)
    assert scene.answer().attempts == 2


# --- the budget ----------------------------------------------------------------------------------------------


def test_no_more_leave_in_a_minute_than_the_budget_allows() -> None:
    scene = Scene(per_minute=3)
    for number in range(5):
        scene.call(f"c{number}", deadline_s=100)
    for _ in range(3):
        scene.respond(200)
    assert scene.nobody_dials()
    scene.advance(59.9)
    assert scene.nobody_dials()
    scene.advance(0.2)
    assert scene.respond(200).call_id == "c3"
    assert scene.respond(200).call_id == "c4"


def test_a_call_that_the_budget_kept_too_long_says_so() -> None:
    scene = Scene(per_minute=1)
    scene.call("c1")
    scene.respond(200)
    scene.answer()
    scene.call("c2")
    scene.advance(30)
    answer = scene.answer()
    assert answer.failure == "deadline"
    assert "waited for the rate budget" in answer.detail


def test_logins_are_not_counted() -> None:
    scene = Scene(per_minute=1)
    scene.call("c1")
    scene.respond(200)
    scene.call("login", "login", bearer=False)
    scene.respond(200)
    assert scene.show()["used"] == 1


def test_a_429_with_a_retry_after_holds_everything_but_logins() -> None:
    scene = Scene()
    scene.call("c1", deadline_s=100)
    scene.respond(429, {"retry-after": "20"})
    scene.call("c2", "steer", deadline_s=100)
    assert scene.nobody_dials()
    scene.call("login", "login", bearer=False)
    assert scene.respond(200).call_id == "login"
    scene.advance(20.01)
    assert scene.respond(200).call_id in {"c1", "c2"}


def test_genesys_own_count_is_believed() -> None:
    scene = Scene()
    scene.call("c1")
    full = {"inin-ratelimit-count": "300", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "15"}
    scene.respond(200, full)
    scene.call("c2")
    assert scene.nobody_dials()
    scene.advance(15.1)
    assert scene.dialled().call_id == "c2"


def test_what_can_be_spared_leaves_the_last_quarter_of_a_minute_to_the_others() -> None:
    scene = Scene(per_minute=4)
    for number in range(3):
        scene.call(f"c{number}")
        scene.respond(200)
    scene.call("spare", "spare", deadline_s=90)
    assert scene.nobody_dials()
    scene.call("order", "steer")
    assert scene.respond(200).call_id == "order"
    scene.advance(59)
    assert scene.nobody_dials()
    scene.advance(2)
    assert scene.dialled().call_id == "spare"


def test_what_can_be_spared_is_told_that_the_budget_was_short() -> None:
    scene = Scene(per_minute=4)
    for number in range(3):
        scene.call(f"c{number}")
        scene.respond(200)
        scene.answer()
    scene.call("spare", "spare", deadline_s=10)
    scene.advance(10)
    answer = scene.answer()
    assert (answer.failure, answer.attempts) == ("deadline", 0)
    assert "the rate budget" in answer.detail


def test_shows_the_budget_with_its_queue() -> None:
    scene = Scene(callers=1, per_minute=100)
    scene.call("c1", "steer")
    scene.call("c2", "background")
    shown = scene.show()
    assert (shown["allowed"], shown["used"], shown["reset_s"]) == (100, 1, 60)
    assert shown["queue"] == {"login": 0, "steer": 0, "read": 0, "background": 1, "spare": 0}
    assert shown["callers"] == {"idle": 0, "busy": 1}
    assert shown["circuits"] == {"GET /x": "closed"}


# --- the breaker ---------------------------------------------------------------------------------------------


def broken(scene: Scene) -> Scene:
    for number in range(5):
        scene.call(f"f{number}", retries=0)
        scene.respond(500)
        scene.answer()
    return scene


def test_five_failures_in_a_row_stop_a_route_and_no_other() -> None:
    scene = broken(Scene())
    scene.call("c1")
    answer = scene.answer()
    assert (answer.failure, answer.attempts, answer.maybe_sent) == ("circuit_open", 0, False)
    scene.call("c2", route="GET /y")
    assert scene.dialled().call_id == "c2"


def test_after_half_a_minute_one_trial_goes_and_its_success_frees_the_route() -> None:
    scene = broken(Scene())
    scene.tell(CallerReady(caller=Probe("caller.9")))
    scene.advance(30)
    scene.call("trial")
    scene.call("c2")
    assert scene.answer().failure == "circuit_open"
    scene.respond(200)
    scene.answer()
    scene.call("c3")
    assert not scene.asker.heard


def test_429s_and_other_refusals_do_not_stop_a_route() -> None:
    scene = Scene()
    for number in range(20):
        scene.call(f"f{number}", retries=0)
        scene.respond(429 if number % 2 else 404)
        scene.answer()
    assert scene.show()["circuits"] == {"GET /x": "closed"}


# --- callers that fail, and desks that do --------------------------------------------------------------------


def test_a_caller_that_crashed_in_the_middle_is_noticed_and_the_call_made_again() -> None:
    scene = Scene()
    scene.call()
    scene.dialled()
    scene.tell(CallerReady(caller=scene.callers[0]))
    scene.advance(10)
    assert scene.respond(200).attempt == 2
    assert scene.answer().attempts == 2


def test_a_caller_that_crashed_in_the_middle_of_what_is_not_idempotent_ends_it_in_doubt() -> None:
    scene = Scene()
    scene.call(idempotent=False)
    scene.dialled()
    scene.tell(CallerReady(caller=scene.callers[0]))
    answer = scene.answer()
    assert (answer.failure, answer.maybe_sent) == ("transport", True)


def test_a_roll_call_that_crosses_a_dial_loses_nothing() -> None:
    scene = Scene()
    scene.call(idempotent=False)
    scene.tell(CallerReady(caller=scene.callers[0], started=False))
    assert not scene.asker.heard
    scene.respond(200)
    assert scene.answer().attempts == 1


def test_a_caller_that_never_comes_back_is_given_up_and_another_one_makes_the_call() -> None:
    scene = Scene()
    scene.call(timeout_s=5.0, deadline_s=60)
    scene.dialled()
    other = Probe("caller.9")
    scene.callers.append(other)
    scene.tell(CallerReady(caller=other))
    scene.advance(6.9)
    assert not other.heard
    scene.advance(5)
    scene.respond(200, number=1)
    assert scene.answer().attempts == 2


def test_the_late_word_of_a_caller_that_was_given_up_is_only_a_sign_of_life() -> None:
    scene = Scene()
    scene.call(timeout_s=5.0, deadline_s=60, idempotent=False)
    dial = scene.dialled()
    scene.advance(7)
    assert scene.answer().failure == "transport"
    scene.tell(scene.word(dial, response=HttpResponse(status=200, headers={}, body=b"")))
    scene.call("c2")
    assert scene.dialled().call_id == "c2"


def test_a_desk_that_is_told_to_stop_leaves_what_may_be_repeated_to_the_next_one() -> None:
    scene = Scene()
    scene.call("c1")
    scene.call("c2")
    scene.actor.stopped()
    assert not scene.asker.take_all(CallAnswered)
    assert scene.actor.address.backlog() == 2


def test_a_desk_that_is_told_to_stop_answers_what_may_have_been_done() -> None:
    scene = Scene()
    scene.call("c1", idempotent=False)
    scene.actor.stopped()
    assert scene.answer().maybe_sent
    assert not scene.actor.address.backlog()


def test_a_desk_that_crashes_answers_what_was_open() -> None:
    scene = Scene()
    scene.call("c1")
    with pytest.raises(ActorFailed):
        scene.tell(Dialled(call_id="x", caller=None, response=None))  # type: ignore[arg-type]
    scene.actor.release()
    assert scene.answer().failure == "transport"


def test_every_call_of_a_wild_afternoon_is_answered_exactly_once() -> None:
    scene = Scene(callers=4, per_minute=40)
    chance = scene.stage.world.random
    for number in range(300):
        scene.call(f"c{number}", "read", deadline_s=1 + 40 * chance(), idempotent=chance() < 0.5)
        for at, caller in enumerate(scene.callers):
            if not caller.heard or chance() < 0.3:
                continue
            dice = chance()
            if dice < 0.6:
                scene.respond(200 if dice < 0.3 else 503, number=at)
            elif dice < 0.7:
                scene.respond(401, number=at)
                scene.grant(generation=number)
            elif dice < 0.8:
                scene.respond(429, {"retry-after": "2"}, number=at)
            elif dice < 0.9:
                scene.fail("timeout", maybe_sent=True, number=at)
            else:
                scene.dialled(at)
                scene.tell(CallerReady(caller=caller))
        scene.advance(chance())
    scene.advance(60)
    answered = [answer.call_id for answer in scene.asker.take_all(CallAnswered)]
    assert sorted(answered) == sorted(f"c{number}" for number in range(300))
    assert scene.show()["open"] == 0


def test_dial_keeps_everything_else_of_the_request() -> None:
    scene = Scene()
    scene.call(headers={"x-y": "z"}, body=b"b", method="PATCH")
    sent = scene.dialled().request
    assert replace(sent, headers={}) == HttpRequest(
        route="GET /x", method="PATCH", url=f"{API}/x", body=b"b", timeout_s=10.0
    )
    assert sent.headers["x-y"] == "z"
