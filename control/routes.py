"""Every method of the control socket, one row each. Pure; a new kind of order is one more row of ORDERS."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from control.answers import SESSION, covered, described, done, found, in_utc, on_record, restarted, silent_session
from control.params import (
    AuditParams,
    CommandParams,
    CommandsParams,
    DrainParams,
    EventsParams,
    ExportParams,
    LimitParams,
    LogLevelParams,
    MetricsParams,
    NamedParams,
    Nothing,
    PromptsParams,
    RestartParams,
)
from control.patience import ARCHIVE_S, DRAIN_S, LIST_S, REFRESH_S, RESTART_S, VERIFY_S
from control.route import Ask, AskAll, Asking, Discover, Give, Listen, Route
from control.stream_routes import STREAMS
from control.webhook_routes import WEBHOOKS
from control.wire import METHOD_NOT_FOUND, RpcError
from messages.archive import ExportAudit, FindCommand, ListCommands, MeasureOrders, QueryAudit, VerifyAudit
from messages.assists import LimitAssists, TriggerAssist
from messages.barges import InjectBarge
from messages.base import Json
from messages.gateway import Drain, ReloadSettings, Resume, SetLogLevel, ShowGateway, StopGateway
from messages.playbacks import PlayPrompt
from messages.prompts import CheckPrompts
from messages.rest import ShowBudget
from messages.sessions import CloseSession, ReconnectSession, ShowSession
from messages.supervision import Describe, DescribeTree, RestartChild
from messages.tokens import RefreshToken, ShowToken
from messages.transfers import StartTransfer


def to(name: str) -> Callable[[Any], tuple[str, ...]]:
    """Always the actor of this name."""
    return lambda _params: (name,)


def by_name(params: NamedParams) -> tuple[str, ...]:
    """The actor that the parameters name."""
    return (params.name,)


def session(params: NamedParams) -> tuple[str, ...]:
    """The session that the parameters name, as session.list or as the tree names it."""
    return (SESSION + params.name.removeprefix(SESSION),)


def say(message: object) -> Callable[[Any, Asking], object]:
    """Always this message."""
    return lambda _params, _asking: message


def within(seconds: float) -> Callable[[Any], float]:
    """Always this patience."""
    return lambda _params: seconds


def records(params: AuditParams, _asking: Asking) -> QueryAudit:
    """audit.query."""
    return QueryAudit(
        interaction_id=params.interaction_id, kind=params.kind, since=in_utc(params.since), limit=params.limit
    )


def commands(params: CommandsParams, _asking: Asking) -> ListCommands:
    """command.list."""
    return ListCommands(status=params.status, kind=params.kind, limit=params.limit)


def prompts(params: PromptsParams, _asking: Asking) -> CheckPrompts:
    """prompts.check."""
    return CheckPrompts(
        keys=params.keys,
        languages=params.languages,
        tiers=params.tiers,
        codecs=params.codecs,
        level=params.level,
        within_s=params.within_s,
    )


def log_level(params: LogLevelParams, _asking: Asking) -> SetLogLevel:
    """gateway.log_level."""
    return SetLogLevel(level=params.level, module=params.module, for_s=params.for_s)


GATEWAY: tuple[Route, ...] = (
    Ask(
        method="gateway.status",
        role="viewer",
        params=Nothing,
        summary="State, dialect, uptime, features and counts",
        actors=to("gateway"),
        message=say(ShowGateway()),
        urgent=True,
        noticed=True,
    ),
    Ask(
        method="gateway.tree",
        role="viewer",
        params=Nothing,
        summary="The supervision tree with mailbox depths and restarts",
        actors=to("root"),
        message=say(DescribeTree()),
        urgent=True,
    ),
    Ask(
        method="gateway.drain",
        role="admin",
        params=DrainParams,
        summary="Take no more orders and wait for the open ones; `cancel` interrupts those left when the time is up",
        actors=to("gateway"),
        message=lambda params, _asking: Drain(timeout_s=params.timeout_s, cancel=params.cancel),
        patience_s=lambda params: params.timeout_s + DRAIN_S,
    ),
    Ask(
        method="gateway.resume",
        role="admin",
        params=Nothing,
        summary="Take a drain back: take orders again",
        actors=to("gateway"),
        message=say(Resume()),
    ),
    Ask(
        method="gateway.stop",
        role="admin",
        params=Nothing,
        summary="End the process in good order",
        actors=to("gateway"),
        message=say(StopGateway()),
        urgent=True,
    ),
    Ask(
        method="gateway.reload",
        role="admin",
        params=Nothing,
        summary="Read the settings again; tells what changed and what needs a restart",
        actors=to("gateway"),
        message=say(ReloadSettings()),
    ),
    Ask(
        method="gateway.log_level",
        role="admin",
        params=LogLevelParams,
        summary="Log more or less, everywhere or in one module, for good or for a while",
        actors=to("gateway"),
        message=log_level,
    ),
)

ACTORS: tuple[Route, ...] = (
    Ask(
        method="actor.show",
        role="viewer",
        params=NamedParams,
        summary="One actor: its kind, incarnation, backlog and own facts",
        actors=by_name,
        message=say(Describe()),
        answer=described,
        urgent=True,
    ),
    Ask(
        method="actor.restart",
        role="admin",
        params=RestartParams,
        summary="Stop one actor and let its supervisor start the next incarnation",
        actors=to("root"),
        message=lambda params, _asking: RestartChild(name=params.name, reason=params.reason),
        answer=restarted,
        patience_s=within(RESTART_S),
        urgent=True,
    ),
    AskAll(
        method="session.list",
        role="viewer",
        params=Nothing,
        summary="Every WebSocket session: state, TLS, reconnects, last error",
        prefix=SESSION,
        message=ShowSession(),
        silent=silent_session,
        answer=lambda rows: {"sessions": rows},
        patience_s=LIST_S,
    ),
    Ask(
        method="session.restart",
        role="operator",
        params=RestartParams,
        summary="Close one session and connect it anew; also wakes a closed one",
        actors=session,
        message=lambda params, _asking: ReconnectSession(reason=params.reason or "asked by an operator"),
        answer=done,
    ),
    Ask(
        method="session.close",
        role="operator",
        params=RestartParams,
        summary="Close one session until it is restarted",
        actors=session,
        message=say(CloseSession()),
        answer=done,
    ),
    Ask(
        method="token.status",
        role="viewer",
        params=Nothing,
        summary="State, expiry and scopes of the access token; never the token",
        actors=to("token"),
        message=say(ShowToken()),
    ),
    Ask(
        method="token.refresh",
        role="operator",
        params=Nothing,
        summary="Fetch a new access token now",
        actors=to("token"),
        message=say(RefreshToken()),
        patience_s=within(REFRESH_S),
    ),
    Ask(
        method="budget.show",
        role="viewer",
        params=Nothing,
        summary="The rate budget: allowed, used, reset, queue by priority",
        actors=to("rest"),
        message=say(ShowBudget()),
    ),
)

ORDERS: tuple[Route, ...] = (
    Give(
        method="transfer.start",
        role="operator",
        params=StartTransfer,
        summary="Move one interaction's media to another destination",
        actor="transfer",
    ),
    Give(
        method="playback.play",
        role="operator",
        params=PlayPrompt,
        summary="Play a prompt into an interaction, in its language, tier and codec",
        actor="playback",
    ),
    Give(
        method="barge.inject",
        role="operator",
        params=InjectBarge,
        summary="Play an audio file to a participant of a call who has consented",
        actor="barge",
    ),
)

ASSIST: tuple[Route, ...] = (
    Give(
        method="assist.trigger",
        role="operator",
        params=TriggerAssist,
        summary="Have Agent Assist carry out one action",
        actor="assist",
    ),
    Ask(
        method="assist.limit",
        role="operator",
        params=LimitParams,
        summary="Have at most so many actions at the same time, until the next start",
        actors=to("assist"),
        message=lambda params, _asking: LimitAssists(max_in_flight=params.max_in_flight),
    ),
)

PROMPTS: tuple[Route, ...] = (
    Ask(
        method="prompts.check",
        role="viewer",
        params=PromptsParams,
        summary="Which prompts are there: prompt by language by tier by codec, what is missing, what is too loud",
        actors=to("prompts"),
        message=prompts,
        answer=covered,
        patience_s=lambda params: params.within_s + LIST_S,
    ),
)

RECORD: tuple[Route, ...] = (
    Ask(
        method="command.show",
        role="viewer",
        params=CommandParams,
        summary="One order, open or ended, by its request_id",
        actors=to("archive"),
        message=lambda params, _asking: FindCommand(request_id=params.request_id),
        answer=found,
        patience_s=within(ARCHIVE_S),
    ),
    Ask(
        method="command.list",
        role="viewer",
        params=CommandsParams,
        summary="Orders, newest first",
        actors=to("archive"),
        message=commands,
        answer=on_record,
        patience_s=within(ARCHIVE_S),
    ),
    Ask(
        method="audit.query",
        role="viewer",
        params=AuditParams,
        summary="Records of the audit chain",
        actors=to("archive"),
        message=records,
        answer=on_record,
        patience_s=within(ARCHIVE_S),
    ),
    Ask(
        method="audit.metrics",
        role="viewer",
        params=MetricsParams,
        summary="Per kind of order: ends, completion rate, latency",
        actors=to("archive"),
        message=lambda params, _asking: MeasureOrders(since=in_utc(params.since)),
        answer=on_record,
        patience_s=within(ARCHIVE_S),
    ),
    Ask(
        method="audit.verify",
        role="viewer",
        params=Nothing,
        summary="Walk the whole chain and find the first damaged record",
        actors=to("archive"),
        message=say(VerifyAudit()),
        answer=on_record,
        patience_s=within(VERIFY_S),
    ),
    Ask(
        method="audit.export",
        role="admin",
        params=ExportParams,
        summary="Write the chain as JSON lines to a file on the gateway's machine",
        actors=to("archive"),
        message=lambda params, asking: ExportAudit(path=params.path or asking.export_path),
        answer=on_record,
        patience_s=within(VERIFY_S),
    ),
    Listen(
        method="events.subscribe",
        role="viewer",
        params=EventsParams,
        summary="Events as notifications on this connection; a second call replaces the first",
    ),
    Discover(method="rpc.discover", role="viewer", params=Nothing, summary="This document (OpenRPC)"),
)

ROUTES: Mapping[str, Route] = {
    route.method: route for route in (*GATEWAY, *ACTORS, *ORDERS, *ASSIST, *PROMPTS, *WEBHOOKS, *STREAMS, *RECORD)
}


def find_route(method: str, routes: Mapping[str, Route] = ROUTES) -> Route:
    """The row of `method`; RpcError that names the nearest ones when there is none."""
    route = routes.get(method)
    if route is not None:
        return route
    near: list[Json] = list(get_close_matches(method, routes, n=3))
    data: Json = {"did_you_mean": near, "remedy": "rpc.discover (`switchboardctl rpc methods`) lists every method"}
    raise RpcError(METHOD_NOT_FOUND, f"there is no method {method!r}"[:200], data)
