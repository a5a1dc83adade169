"""A stage set for actions: the AssistActor between journal, session and token, and short ways to speak to it."""

from typing import Any

import orjson

from actors.assist import AssistActor
from actors.assist_line import LineTimes
from genesys.tutorial.dialect import TutorialDialect
from messages.assists import TriggerAssist
from messages.journal import Delivery, RecordEnded, RecordProgress
from messages.orders import Outcome
from messages.sessions import FramesArrived, FrameSent, FrameUnsent, SendFrame, SessionLost, SessionOpened
from messages.tokens import TokenDenied, TokenGranted, TokenRejected, WantToken
from rules.assist import AssistRules
from rules.tenant_slots import TenantLimit
from tests.actors.scenes import TOKEN, OrderScene
from tests.kit import Probe

CRM_URL = "https://crm.example/hook"
UUID4 = "550e8400-e29b-41d4-a716-44665544%04d"
ONE, TWO, THREE = (UUID4 % number for number in (1, 2, 3))


def action(request_id: str = ONE, agent: str = "ada", session: str = "s-1", **fields: Any) -> TriggerAssist:
    """An action that nobody objects to; its correlation id is its request id."""
    given: dict[str, Any] = {
        "request_id": request_id,
        "action_type": "knowledge_search",
        "parameter_matrix": {"query": "refunds"},
        "execution_context": {"agentId": agent, "sessionId": session, "interactionType": "voice"},
    }
    return TriggerAssist(**{**given, **fields})


class AssistScene(OrderScene):
    """The actor with `limit` slots; `up` authenticates its session."""

    def __init__(self, *, limit: int = 50, crm_url: str | None = CRM_URL, up: bool = True, **rules: Any) -> None:
        self.session, self.token = Probe("session"), Probe("token")
        self.limit = TenantLimit(max_in_flight=limit)
        self.connection, self.generation = 0, 0
        super().__init__(
            AssistActor,
            session=self.session,
            token=self.token,
            dialect=TutorialDialect(api_url="https://api.example", streaming_url="wss://api.example"),
            limit=self.limit,
            rules=AssistRules(**rules),
            line_times=LineTimes(),
            crm_url=crm_url,
        )
        self.live()
        if up:
            self.up()

    # --- the session -------------------------------------------------------------------------------------------

    def up(self) -> None:
        """A new connection, authenticated."""
        self.open()
        self.grant()
        self.hear({"type": "connected"})
        self.session.take(SendFrame)  # the connect frame

    def open(self) -> None:
        self.connection += 1
        self.tell(SessionOpened(session="assist", connection=self.connection))

    def grant(self, *, lifetime_s: float = 86_000.0) -> None:
        """Let the token actor answer with a fresh token."""
        self.token.take(WantToken)
        self.generation += 1
        good_until_s = self.stage.world.now_s + lifetime_s
        self.tell(TokenGranted(secret=TOKEN, generation=self.generation, good_until_s=good_until_s))

    def deny(self, *, final: bool) -> None:
        self.token.take(WantToken)
        self.tell(TokenDenied(code="SB-208", message="bad secret", remedy="fix it", final=final))

    def rejected(self) -> list[int]:
        """The generations of tokens that were reported as refused since the last look."""
        return [rejection.generation for rejection in self.token.take_all(TokenRejected)]

    def lose(self, connection: int | None = None) -> None:
        gone = self.connection if connection is None else connection
        self.tell(SessionLost(session="assist", connection=gone, code=1006, reason="reset"))

    def hear(self, *frames: dict[str, Any]) -> None:
        self.tell(FramesArrived(session="assist", frames=tuple(orjson.dumps(frame) for frame in frames)))

    # --- actions -----------------------------------------------------------------------------------------------

    def trigger(self, *orders: TriggerAssist) -> None:
        """Accept them, one after the other."""
        for order in orders or (action(),):
            self.accept(order)

    def frames(self) -> list[SendFrame]:
        """What went out since the last look."""
        return self.session.take_all(SendFrame)

    def sent(self) -> list[str]:
        """The correlation ids of the actions that went out since the last look."""
        return [payload["correlationId"] for payload in self.payloads()]

    def payloads(self) -> list[dict[str, Any]]:
        return [orjson.loads(frame.text)["payload"] for frame in self.frames()]

    def result(self, *correlation_ids: str) -> None:
        for correlation_id in correlation_ids or (ONE,):
            self.hear({"type": "result", "correlationId": correlation_id})

    def error(self, code: int, correlation_id: str | None = ONE, **error: Any) -> None:
        about = {"correlationId": correlation_id} if correlation_id is not None else {}
        self.hear({"type": "error", **about, "error": {"code": code, "message": "no", **error}})

    def unsent(self, frame: SendFrame) -> None:
        self.tell(FrameUnsent(session="assist", frame_id=frame.frame_id, why="clogged"))

    def confirm(self, frame: SendFrame) -> None:
        self.tell(FrameSent(session="assist", frame_id=frame.frame_id))

    # --- what is on record -------------------------------------------------------------------------------------

    def ends(self) -> dict[str, Outcome]:
        """The ends on record since the last look, by request id."""
        return {end.outcome.request_id: end.outcome for end in self.journal.take_all(RecordEnded)}

    def verdict(self) -> tuple[str, list[str]]:
        """Status and codes of the one end on record since the last look."""
        outcome = self.ended()
        return outcome.status, [why.code for why in outcome.reasons]

    def told_crm(self) -> list[str]:
        """The events that entered the outbox since the last look, in order; what else was recorded is forgotten."""
        return [delivery.event for delivery in self.deliveries()]

    def deliveries(self) -> list[Delivery]:
        heard, self.journal.heard = self.journal.heard, []
        recorded = [one for one in heard if isinstance(one, RecordProgress | RecordEnded)]
        return [delivery for one in recorded for delivery in one.deliveries]

    def steps(self) -> list[str]:
        return [step.step for step in self.journal.take_all(RecordProgress)]

    # --- what is kept ------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        return dict(self.actor.facts())

    def in_flight(self) -> int:
        return int(self.facts()["in_flight"])

    def state(self) -> str:
        return str(self.facts()["session"]["state"])

    def is_at_rest(self) -> bool:
        """Whether nothing is kept of any order: no case, no slot, no alarm but the session's own."""
        facts, actor = self.facts(), self.actor
        assert isinstance(actor, AssistActor)
        kept = {facts["open_orders"], facts["in_flight"], facts["waiting"], len(actor._book), len(actor._stranded)}
        return kept == {0} and set(actor._alarms) <= {"line"}
