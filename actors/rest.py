"""RestDesk: every REST call goes over it; one queue, one rate budget, one breaker a route, any number of callers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from loguru import logger

from actors.base import GatewayActor, Seat
from actors.flights import Flight, Flights
from messages.base import Json, Recipient
from messages.rest import Call, CallAnswered, CallerReady, Dialled, HttpResponse, RollCall, ShowBudget
from messages.tokens import TokenDenied, TokenGranted, TokenRejected, WantToken
from rules.addresses import origin_of
from rules.breaker import Attempt, Breaker, settle
from rules.budget import Budget
from rules.calls import UNAUTHORIZED, OpenCall
from rules.headers import asked_to_wait_s, rate_headers
from rules.lanes import Lanes
from rules.retries import MAX_RETRY_AFTER_S, TOO_MANY, Ended

CAPACITY = 2_000  # open calls; past it `busy`
GRACE_S = 2.0  # that a caller may be late with its word before the attempt is given up
SHORTEST_LOOK_S = 0.001  # at the budget: what rounding leaves of a wait must not make us spin
ASK_AGAIN_S = 30.0  # for a token that never came
LOGIN = ("login",)
API = ("steer", "read", "background")
SPARE = ("spare",)


@dataclass(frozen=True, slots=True)
class _Overdue:
    call_id: str


@dataclass(frozen=True, slots=True)
class _TryAgain:
    call_id: str


@dataclass(frozen=True, slots=True)
class _Vanished:
    caller: str
    call_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class _Look:
    pass


@dataclass(frozen=True, slots=True)
class _AskAgain:
    pass


Own = _Overdue | _TryAgain | _Vanished | _Look | _AskAgain
ToDesk = Call | CallerReady | Dialled | TokenGranted | TokenDenied | ShowBudget | Own


class RestDesk(GatewayActor[ToDesk]):
    """Answers every Call exactly once, by its deadline. The bearer goes to `bearer_origins` and nowhere else.

    `breaker` makes one for each route. `budget` may outlive this incarnation. `callers` hear a RollCall at the start.
    """

    def __init__(
        self,
        seat: Seat,
        *,
        token: Recipient,
        breaker: Callable[[], Breaker],
        bearer_origins: frozenset[str],
        budget: Budget,
        callers: Sequence[Recipient] = (),
        capacity: int = CAPACITY,
        timeout_s: float | None = None,
    ) -> None:
        super().__init__(seat)
        self._token_actor = token
        self._make_breaker = breaker
        self._bearer_origins = bearer_origins
        self._budget = budget
        self._callers = callers
        self._capacity, self._timeout_s = capacity, timeout_s
        self._calls: dict[str, OpenCall] = {}
        self._lanes: Lanes[OpenCall] = Lanes([*LOGIN, *API, *SPARE])
        self._flights: Flights[Attempt] = Flights()
        self._breakers: dict[str, Breaker] = {}
        self._complaints: dict[str, str] = {}  # how each route's last attempt ended, for who meets its open circuit
        self._token: TokenGranted | None = None
        self._asked = False

    def started(self) -> None:
        self._budget.nothing_under_way()
        for caller in self._callers:
            caller.tell(RollCall())

    def handle(self, message: ToDesk) -> Any:
        if isinstance(message, ShowBudget):
            return self._show()
        self._hear(message)
        return self._dial_what_may_go()

    def stopped(self) -> None:
        """What may be sent again is left to the next incarnation, in the mailbox that both share."""
        for opened in list(self._calls.values()):
            if opened.call.request.idempotent or opened.waits_for != "an answer":
                self.address.tell(opened.call)
                del self._calls[opened.call.call_id]
        self._answer_all("the gateway stops")

    def release(self) -> None:
        self._answer_all("the REST desk failed and starts anew")

    def facts(self) -> dict[str, Json]:
        return self._show()

    def _hear(self, message: Call | CallerReady | Dialled | TokenGranted | TokenDenied | Own) -> None:
        match message:
            case Call():
                self._accept(message)
            case CallerReady():
                self._lost(self._flights.ready(message), "its caller failed in the middle of it")
            case Dialled():
                self._landed(message)
            case TokenGranted():
                self._granted(message)
            case TokenDenied():
                self._denied(message)
            case _:
                self._rang(message)

    def _rang(self, message: Own) -> None:
        match message:
            case _Overdue():
                self._overdue(self._calls[message.call_id])
            case _TryAgain():
                self._queue_again(self._calls[message.call_id])
            case _Vanished():
                flight = self._flights.give_up(message.caller, message.call_id, message.attempt)
                self._lost(flight, "its caller has not come back from it")
            case _AskAgain():
                self._asked = False
            case _Look():
                pass
            case _:
                assert_never(message)

    # --- a call comes, a call ends -----------------------------------------------------------------------------

    def _accept(self, call: Call) -> None:
        if call.call_id in self._calls:
            logger.debug("call {} of {} is open already", call.call_id, call.request.route)  # its asker was restarted
            return
        opened = OpenCall(call=call)
        self._calls[call.call_id] = opened
        left_s = call.deadline_s - self.world.monotonic()
        if left_s <= 0:
            self._answer(opened.fail("deadline", "its deadline had passed before it came to the desk"))
        elif call.request.bearer and len(self._calls) > self._capacity:
            self._answer(opened.fail("busy", f"{self._capacity} calls are open already"))
        elif call.request.bearer and origin_of(call.request.url).lower() not in self._bearer_origins:
            self._answer(opened.fail("refused", f"the token is not for the host of {call.request.route}"))
        else:
            self.after(left_s, _Overdue(call.call_id), f"deadline.{call.call_id}")
            self._lanes.put(opened.lane, call.call_id, opened)

    def _answer(self, answer: CallAnswered) -> None:
        opened = self._calls.pop(answer.call_id)
        self._lanes.discard(answer.call_id)
        self.cancel(f"deadline.{answer.call_id}")
        self.cancel(f"retry.{answer.call_id}")
        opened.call.reply_to.tell(answer)

    def _overdue(self, opened: OpenCall) -> None:
        opened.maybe_sent |= opened.waits_for == "an answer"
        held = opened.waits_for == "its turn" and opened.lane not in LOGIN
        what = self._what_holds_it(spared=opened.lane in SPARE) if held else opened.waits_for
        self._answer(opened.fail("deadline", f"its deadline passed while it waited for {what}"))

    def _what_holds_it(self, *, spared: bool) -> str:
        if self._token is None:
            return "the token"
        wait_s = self._budget.wait_s(self.world.monotonic(), spared=spared)
        return "the rate budget" if wait_s > 0 else "a caller"

    def _queue_again(self, opened: OpenCall) -> None:
        opened.waits_for = "its turn"
        self._lanes.put_back(opened.lane, opened.call.call_id, opened)

    def _answer_all(self, why: str) -> None:
        for opened in list(self._calls.values()):
            opened.maybe_sent |= opened.waits_for == "an answer"
            self._answer(opened.fail("transport", why))

    # --- what may go, goes -------------------------------------------------------------------------------------

    def _dial_what_may_go(self) -> None:
        while self._flights.idle and (opened := self._next()) is not None:
            self._dial(opened)

    def _next(self) -> OpenCall | None:
        login = self._lanes.take(LOGIN)
        if login is not None or not self._lanes.any_in((*API, *SPARE)) or not self._have_token():
            return login
        lanes = API if self._lanes.any_in(API) else SPARE
        wait_s = self._budget.wait_s(self.world.monotonic(), spared=lanes is SPARE)
        if wait_s > 0:
            self.after(max(wait_s, SHORTEST_LOOK_S), _Look(), "budget")
            return None
        return self._lanes.take(lanes)

    def _dial(self, opened: OpenCall) -> None:
        now_s, route = self.world.monotonic(), opened.call.request.route
        if opened.call.deadline_s <= now_s:
            return self._overdue(opened)
        attempt = self._breaker(route).admit()
        if attempt is None:
            words = f"{route} failed too often in a row ({self._complaints[route]}); it is tried again after a pause"
            return self._answer(opened.fail("circuit_open", words))
        bearer = None
        if opened.call.request.bearer:
            assert self._token is not None
            bearer, opened.generation = self._token.secret, self._token.generation
            self._budget.take(now_s)
        dial = opened.dial(bearer, now_s, self._timeout_s)
        flight = self._flights.give(dial, attempt)
        vanished = _Vanished(flight.caller.name, dial.call_id, dial.attempt)
        return self.after(dial.request.timeout_s + GRACE_S, vanished, f"flight.{flight.caller.name}")

    def _breaker(self, route: str) -> Breaker:
        if route not in self._breakers:
            self._breakers[route] = self._make_breaker()
        return self._breakers[route]

    # --- how attempts end --------------------------------------------------------------------------------------

    def _landed(self, word: Dialled) -> None:
        flight = self._flights.landed(word)
        if flight is None:
            return
        response, retry_after_s = word.response, None
        if response is not None:
            retry_after_s = asked_to_wait_s(response.status, response.headers, self.world.utc_now())
        ended = Ended(
            status=None if response is None else response.status,
            failure=word.failure,
            maybe_sent=word.maybe_sent,
            retry_after_s=retry_after_s,
        )
        settle(flight.note, ended)
        self._account(flight, ended, response)
        self._conclude(flight, ended, response, word.detail)

    def _lost(self, flight: Flight[Attempt] | None, why: str) -> None:
        if flight is None:
            return
        flight.note.withdrawn()
        ended = Ended(failure="transport", maybe_sent=True)
        self._account(flight, ended, None)
        self._conclude(flight, ended, None, f"{flight.dial.request.route}: {why}")

    def _account(self, flight: Flight[Attempt], ended: Ended, response: HttpResponse | None) -> None:
        self.cancel(f"flight.{flight.caller.name}")
        if not flight.dial.request.bearer:
            return
        now_s, asked_s = self.world.monotonic(), ended.retry_after_s
        self._budget.answered(now_s, None if response is None else rate_headers(response.headers))
        if ended.status == TOO_MANY and asked_s is not None:
            self._budget.pause(now_s + min(asked_s, MAX_RETRY_AFTER_S))

    def _conclude(self, flight: Flight[Attempt], ended: Ended, response: HttpResponse | None, detail: str) -> None:
        self._complaints[flight.dial.request.route] = detail or f"status {ended.status}"
        opened = self._calls.get(flight.dial.call_id)
        if opened is None or opened.attempts != flight.dial.attempt:
            return None  # answered long ago: its deadline passed
        opened.note(ended)
        if ended.status == UNAUTHORIZED and opened.call.request.bearer and not opened.reauthorized:
            return self._reauthorize(opened)
        delay_s = opened.delay_s(ended, self.world.monotonic(), self.world.random())
        if delay_s is None:
            return self._answer(opened.answer(ended, response, detail))
        opened.retries += 1
        opened.waits_for = f"its retry after {detail or ended.status}"
        return self.after(delay_s, _TryAgain(opened.call.call_id), f"retry.{opened.call.call_id}")

    # --- the token ---------------------------------------------------------------------------------------------

    def _have_token(self) -> bool:
        if self._token is not None and self.world.monotonic() < self._token.good_until_s:
            return True
        if not self._asked:
            self._asked = True
            self._token_actor.tell(WantToken(reply_to=self.address))
            self.after(ASK_AGAIN_S, _AskAgain(), "token")
        return False

    def _granted(self, token: TokenGranted) -> None:
        self._token, self._asked = token, False
        self.cancel("token")

    def _denied(self, denied: TokenDenied) -> None:
        if not denied.final:
            return  # asked for again in ASK_AGAIN_S
        self._asked = False
        self.cancel("token")
        while (opened := self._lanes.take((*API, *SPARE))) is not None:
            self._answer(opened.fail("unauthorized", f"{denied.message}; {denied.remedy}"))

    def _reauthorize(self, opened: OpenCall) -> None:
        """Once a call: with a new token, which is asked for once a token."""
        opened.reauthorized = True
        if self._token is not None and self._token.generation == opened.generation:
            self._token_actor.tell(TokenRejected(generation=opened.generation))
            self._token = None
        self._queue_again(opened)

    def _show(self) -> dict[str, Json]:
        return {
            **self._budget.show(self.world.monotonic()),
            "queue": dict(self._lanes.waiting()),
            "open": len(self._calls),
            "callers": {"idle": self._flights.idle, "busy": len(self._flights)},
            "circuits": {route: breaker.state for route, breaker in self._breakers.items()},
        }
