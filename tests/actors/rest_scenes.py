"""The desk of the REST pool on a stage, with a token and callers that the test plays."""

from collections.abc import Mapping
from typing import Any

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
from messages.tokens import TokenGranted
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


def broken(scene: Scene) -> Scene:
    for number in range(5):
        scene.call(f"f{number}", retries=0)
        scene.respond(500)
        scene.answer()
    return scene
