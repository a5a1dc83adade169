"""What a fault is: where it may strike, how often, and what it then does. Pure; docs/simulator.md has examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.forms import BadInput, Field, Form, flag, number, object_of, one_of, problems, text, whole

READING = frozenset({"token", "token_me", "interaction", "handshake", "sink", "conversation", "participant", "cdn"})
"""Routes on which an HTTP request is answered and changes nothing."""
EFFECT = frozenset({"play", "injection", "webhooks"})
"""Routes on which an HTTP request may have an effect."""
HTTP = READING | EFFECT
TRANSFER = frozenset({"transfer"})
SUBSCRIBE = frozenset({"subscribe"})
PLAYBACK = frozenset({"playback"})
CONNECT = frozenset({"connect"})
ASSIST = frozenset({"assist"})
SOCKET = TRANSFER | SUBSCRIBE | PLAYBACK | CONNECT | ASSIST | {"open", "ping"}
"""Routes on an open WebSocket: just opened, a ping or a frame came, a play's new state is about to be told."""
STREAM = frozenset({"stream", "chunk"})
"""Routes of the transcription service: a stream was opened, a chunk came and has not been heard yet."""
RESULT = frozenset({"result"})
ROUTES = HTTP | SOCKET | {"close"} | STREAM | RESULT
CLOSABLE = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)})
"""Close codes that may be on the wire: 1005, 1006 and 1015 never are. Source: RFC 6455 section 7.4."""
ALWAYS = "always"
SOCKETS = ("transfer", "events", "assist")
"""What the WebSockets are called."""
ACTION_TYPES = ("knowledge_search", "document_extraction", "sentiment_analysis")
GRPC_CODES = (
    *("CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "PERMISSION_DENIED"),
    *("RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE"),
    *("DATA_LOSS", "UNAUTHENTICATED"),
)
EXECUTION_STATES = ("initiated", "completed", "failed")
"""What an action's callback to the CRM says of it. Both: contracts 5."""

_RETRY_AFTER = Field("a number of seconds or any text", lambda given: isinstance(given, int | float | str))
ANSWER: Form = {
    "status": whole(200, 599),
    "retry_after": _RETRY_AFTER,
    "retry_after_date_s": number(0, 86_400),
    "body": text(),
    "location": text(),
}
_TIMES = Field(
    'a whole number of at least 1, or "always"', lambda given: given == ALWAYS or (type(given) is int and given >= 1)
)
_CODE = Field("a close code that can be sent, for example 1008", lambda given: type(given) is int and given in CLOSABLE)


@dataclass(frozen=True, slots=True)
class Action:
    """Where an action may be used and the options that it takes."""

    routes: frozenset[str]
    options: Form = field(default_factory=dict)


ACTIONS: Mapping[str, Action] = {
    "latency": Action(
        ((HTTP | SOCKET) - {"open"}) | STREAM | RESULT, {"latency_ms": number(0, 3_600_000, required=True)}
    ),
    "status": Action(HTTP, {**ANSWER, "status": whole(200, 599, required=True)}),
    "refuse_handshake": Action(frozenset({"handshake"}), ANSWER),
    "abort": Action(HTTP | SOCKET | STREAM),
    "silence": Action(HTTP | SOCKET | STREAM),
    "junk": Action(
        HTTP | TRANSFER | PLAYBACK | CONNECT | ASSIST | RESULT | {"open"},
        {"what": one_of("json", "binary", "utf8", "huge"), "size_bytes": whole(1, 1 << 30), "instead": flag()},
    ),
    "close": Action(SOCKET, {"code": _CODE, "reason": text()}),
    "half_frame": Action(SOCKET),
    "mute_pong": Action(frozenset({"ping"})),
    "never_close": Action(frozenset({"close"})),
    "mute_answers": Action(TRANSFER | SUBSCRIBE | CONNECT | ASSIST | EFFECT | RESULT),
    "wrong_id": Action(TRANSFER | PLAYBACK | ASSIST | RESULT, {"id": text()}),
    "duplicate": Action(TRANSFER | PLAYBACK | ASSIST | RESULT, {"copies": whole(1, 1000)}),
    "codec_unsupported": Action(TRANSFER),
    "rate_limited": Action(TRANSFER | ASSIST, {"retry_after": _RETRY_AFTER}),
    "error": Action(CONNECT | ASSIST, {"code": whole(400, 599), "message": text(), "retry_after": _RETRY_AFTER}),
    "reject": Action(TRANSFER | SUBSCRIBE, {"status": text()}),
    "effect_then_drop": Action(TRANSFER | ASSIST | EFFECT, {"code": _CODE}),
    "drop_events": Action(PLAYBACK),
    "playback_error": Action(PLAYBACK, {"error": text()}),
    "stall": Action(PLAYBACK | STREAM),
    "grpc_status": Action(
        STREAM, {"code": one_of(*GRPC_CODES, required=True), "message": text(), "retry_after_ms": number(0, 3_600_000)}
    ),
    "reset": Action(STREAM, {"code": whole(0, 0xFFFFFFFF)}),
    "slow": Action(STREAM, {"chunks_per_s": number(0.001, 1_000_000, required=True)}),
    "restart": Action(STREAM, {"grace_s": number(0, 3_600), "down_s": number(0, 3_600)}),
}

MATCHES: Form = {
    "route": one_of(*sorted(ROUTES)),
    "method": text(),
    "path": text(),
    "socket": one_of(*SOCKETS),
    "interaction_id": text(),
    "transfer_id": text(),
    "codec": text(),
    "sink": text(),
    "conversation_id": text(),
    "participant_id": text(),
    "state": one_of("buffering", "playing", "completed", "error"),
    "correlation_id": text(),
    "action_type": one_of(*ACTION_TYPES),
    "agent_id": text(),
    "session_id": text(),
    "execution_state": one_of(*EXECUTION_STATES),
    "language": text(),
    "sequence_number": text(),
}
COMMON: Form = {
    "action": one_of(*ACTIONS, required=True),
    "match": object_of("an object with any of " + ", ".join(MATCHES)),
    "times": _TIMES,
    "after": whole(0, 1_000_000_000),
    "probability": number(0, 1),
    "latency_ms": number(0, 3_600_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Strikes `times` occasions that `match` (None: all of them), past the first `after`, each with `probability`."""

    action: str
    match: Mapping[str, str] = field(default_factory=dict)
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def latency_s(self) -> float:
        """How long the victim waits before the action shows."""
        return float(self.options.get("latency_ms", 0)) / 1000

    def fits(self, occasion: Mapping[str, str]) -> bool:
        """Whether this fault is for `occasion`: its route takes the action and every `match` is met."""
        if occasion["route"] not in ACTIONS[self.action].routes:
            return False
        return all(occasion.get(name) == wanted for name, wanted in self.match.items())


def read_faults(given: object) -> list[Fault]:
    """One fault, a list of them, or an object with such a list under `faults`; BadInput names every problem."""
    if isinstance(given, dict) and set(given) == {"faults"}:
        given = given["faults"]
    entries: list[Any] = given if isinstance(given, list) else [given]
    numbered = len(entries) > 1
    wrong = [line for at, entry in enumerate(entries) for line in _wrong(entry, f"faults[{at}]." if numbered else "")]
    if wrong:
        raise BadInput(wrong)
    return [_fault(entry) for entry in entries]


def _wrong(entry: object, where: str) -> list[str]:
    action = entry.get("action") if isinstance(entry, dict) else None
    known = ACTIONS.get(action) if isinstance(action, str) else None
    if not isinstance(entry, dict) or known is None:
        return problems(entry, {"action": COMMON["action"]}, where)[:1]
    found = problems(entry, {**COMMON, **known.options}, where)
    match = entry.get("match", {})
    if isinstance(match, dict):
        found += problems(match, MATCHES, f"{where}match.")
        route = match.get("route")
        if isinstance(route, str) and route in ROUTES and route not in known.routes:
            usable = ", ".join(sorted(known.routes))
            found.append(f"{where}match.route: {action} cannot happen on {route}; use one of {usable}")
    return found


def _fault(entry: dict[str, Any]) -> Fault:
    times = entry.get("times", 1)
    options = {name: value for name, value in entry.items() if name == "latency_ms" or name not in COMMON}
    return Fault(
        action=entry["action"],
        match=dict(entry.get("match", {})),
        times=None if times == ALWAYS else times,
        after=entry.get("after", 0),
        probability=entry.get("probability", 1.0),
        options=options,
    )
