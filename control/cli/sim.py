"""switchboardctl sim …: the simulator in the box, over HTTP, at the URL that gateway.status tells."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control.cli import exits, show
from control.cli.line import Line, value_of
from control.cli.nouns import group
from control.cli.verbs import verb

ANSWER_S = 10.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")
DELIVERIES = (
    *show.columns("seq"),
    ("webhook id", show.key("headers.webhook-id")),
    *show.columns("status"),
    ("body", show.key("raw")),
)
LANES = show.columns(
    "conversation_id", "participant_id", "distinct", "missing", "replayed", "doubled", "acknowledged", "streams"
)
FAULTS = show.columns("id", "action", "match", "times", "after", "struck")

if TYPE_CHECKING:
    from ssl import SSLContext

Url = Annotated[str | None, typer.Option("--url", help="The simulator itself, where no gateway runs beside it.")]
Action = Annotated[str, typer.Argument(metavar="ACTION", help="latency, status, codec_unsupported, abort, silence …")]
Match = Annotated[list[str] | None, typer.Option("--match", metavar="KEY=VALUE", help="Where it strikes; repeatable.")]
Options = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="The action's own options.")]
Times = Annotated[str | None, typer.Option("--times", help='How often, or "always".')]
After = Annotated[int | None, typer.Option("--after", min=0, help="Let this many pass first.")]
FaultId = Annotated[str | None, typer.Argument(metavar="ID", help="One fault; all of them without it.")]
Sessions = Annotated[int | None, typer.Option("--count", min=1, help="The oldest of them; all without it.")]
Sink = Annotated[str, typer.Argument(metavar="NAME", help="crm, media-server or qa where the gateway simulates.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Its id.")]
Facts = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One fact; repeatable.")]
Consent = Annotated[
    list[str] | None,
    typer.Option("--consent", metavar="PARTICIPANT=VALUE", help="true, false or missing; repeatable."),
]
Heard = Annotated[str | None, typer.Argument(metavar="CONVERSATION", help="One conversation; all without it.")]
Grace = Annotated[float, typer.Option("--grace-s", min=0, help="How long streams may go on.")]
Down = Annotated[float, typer.Option("--down-s", min=0, help="How long connections are refused.")]
Code = Annotated[int | None, typer.Option("--code", help="Close code; without it the connections are reset.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its noun."""
    noun = nouns["sim"]
    verb(noun, "state", "sim state")(state)
    verb(noun, "sink", "sim sink crm", "sim sink media-server --json")(show_sink)
    verb(noun, "drop-sessions", "sim drop-sessions", "sim drop-sessions --count 3 --code 1008")(drop_sessions)
    verb(
        noun,
        "interaction",
        "sim interaction call-7 --set language=es --set service_tier=premium",
        "sim interaction call-8 --set state=completed",
    )(describe_interaction)
    verb(
        noun,
        "conversation",
        "sim conversation call-7 --consent agent-1=missing",
        "sim conversation call-8 --set state=terminated",
    )(describe_conversation)
    verb(noun, "heard", "sim heard", "sim heard call-7")(show_heard)
    verb(
        noun,
        "restart-transcription",
        "sim restart-transcription --grace-s 5",
        "sim restart-transcription --down-s 2",
    )(restart_transcription)
    faults = group(noun, "faults", "Faults that are armed.")
    verb(faults, "list", "sim faults list")(list_faults)
    verb(
        faults,
        "add",
        "sim faults add codec_unsupported --times 1",
        "sim faults add status --match route=interaction --set status=503 --set retry_after=2",
        "sim faults add latency --set latency_ms=800 --times always",
        "sim faults add grpc_status --match route=chunk --set code=UNAVAILABLE --after 100",
    )(add_fault)
    verb(faults, "clear", "sim faults clear", "sim faults clear f1")(clear_faults)


def state(line: Line, url: Url = None) -> None:
    """Show what the simulator counted, and the settings it runs with."""
    line.show(_ask(line, url, "GET", "state"), _draw_state)


def show_sink(line: Line, sink: Sink, url: Url = None) -> None:
    """Show the webhooks that arrived at one sink, oldest first; --json has their headers too."""
    arrived = _ask(line, url, "GET", f"sink/{sink}")
    line.show(arrived, lambda answer: show.table(answer["deliveries"], DELIVERIES, "nothing arrived there"))


def list_faults(line: Line, url: Url = None) -> None:
    """List the faults that are armed."""
    listed = _ask(line, url, "GET", "faults")
    line.show(listed, lambda answer: show.table(answer["faults"], FAULTS, "no faults are armed"))


def add_fault(
    line: Line,
    action: Action,
    match: Match = None,
    option: Options = None,
    times: Times = None,
    after: After = None,
    url: Url = None,
) -> None:
    """Arm one fault; see docs/simulator.md for every action and what it takes."""
    fault: dict[str, Any] = {"action": action, **_typed(line, "--set", option)}
    if match:
        fault["match"] = _typed(line, "--match", match)
    if times is not None:
        fault["times"] = value_of(times)
    if after is not None:
        fault["after"] = after
    added = _ask(line, url, "POST", "faults", fault)
    line.show(added, lambda answer: show.done(f"armed: {', '.join(answer['ids'])}"))


def clear_faults(line: Line, fault: FaultId = None, url: Url = None) -> None:
    """Disarm one fault, or all."""
    removed = _ask(line, url, "DELETE", "faults" if fault is None else f"faults/{fault}")
    line.show(removed, lambda answer: show.done(f"{answer['removed']} faults disarmed"))


def describe_interaction(line: Line, interaction: Id, facts: Facts = None, url: Url = None) -> None:
    """Say what the simulator tells of one interaction: state, language, service_tier, playback_codecs …"""
    _ask(line, url, "PUT", f"interactions/{interaction}", _typed(line, "--set", facts))
    line.show({"interaction": interaction}, lambda _: show.done(f"interaction {interaction} is described"))


def describe_conversation(
    line: Line, conversation: Id, facts: Facts = None, consent: Consent = None, url: Url = None
) -> None:
    """Say what the simulator tells of one conversation: its state, and who consents."""
    told: dict[str, Any] = dict(_typed(line, "--set", facts))
    if consent:
        told["participants"] = {who: {"consent": value} for who, value in line.pairs("--consent", consent).items()}
    _ask(line, url, "PUT", f"conversations/{conversation}", told)
    line.show({"conversation": conversation}, lambda _: show.done(f"conversation {conversation} is described"))


def drop_sessions(line: Line, count: Sessions = None, code: Code = None, url: Url = None) -> None:
    """Have the simulator drop WebSocket sessions, as a network or a restart over there would."""
    wish = {name: value for name, value in (("count", count), ("code", code)) if value is not None}
    dropped = _ask(line, url, "POST", "sessions/drop", wish if code is not None else {**wish, "abort": True})
    line.show(dropped, lambda answer: show.done(f"{answer['dropped']} sessions dropped"))


def show_heard(line: Line, conversation: Heard = None, url: Url = None) -> None:
    """Show what the simulator's transcription service heard of each call: what is missing, replayed, doubled."""
    lanes = _ask(line, url, "GET", "lanes" if conversation is None else f"lanes/{conversation}")
    line.show(lanes, lambda answer: show.table(answer["lanes"], LANES, "no audio has been heard"))


def restart_transcription(line: Line, grace_s: Grace = 0.0, down_s: Down = 0.0, url: Url = None) -> None:
    """Have the simulator's transcription service restart: GOAWAY, and for some time perhaps nobody there."""
    told = _ask(line, url, "POST", "transcription/restart", {"grace_s": grace_s, "down_s": down_s})
    line.show(told, lambda _: show.done("the transcription service restarts"))


def _ask(line: Line, url: str | None, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    from urllib.error import HTTPError, URLError  # with TLS and all behind it: 20 ms of every start if it were above
    from urllib.parse import quote
    from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

    base = url or line.call("gateway.status")["simulator"]
    if not base:
        line.fail(exits.UNAVAILABLE, "this gateway runs against a real Genesys, not against the simulator")
    data = None if body is None else json.dumps(body).encode()
    target = f"{base.rstrip('/')}/sim/{quote(path)}"
    request = Request(target, data, {"Content-Type": "application/json"}, method=method)
    try:
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=_context(base)))
        with opener.open(request, timeout=ANSWER_S) as answer:
            return json.load(answer)
    except HTTPError as error:
        with error:
            problems = json.loads(error.read()).get("problems", [])
        line.fail(exits.USAGE, f"the simulator refused ({error.code})", {"remedy": "; ".join(problems)})
    except (URLError, TimeoutError, ConnectionError) as error:
        line.fail(exits.UNREACHABLE, f"the simulator at {base} does not answer: {getattr(error, 'reason', error)}")


def _context(url: str) -> "SSLContext":
    """Whom to trust: everybody on this machine's loopback, where the box makes its own certificate at each start."""
    import ssl
    from urllib.parse import urlsplit

    context = ssl.create_default_context()
    if urlsplit(url).hostname in LOOPBACK:  # nothing secret is sent there, and the admin door answers to nobody else
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _typed(line: Line, option: str, given: list[str] | None) -> dict[str, Any]:
    return {name: value_of(text) for name, text in line.pairs(option, given).items()}


def _draw_state(answer: Mapping[str, Any]) -> None:
    for part in ("counts", "settings"):
        show.fields((f"{part}.{name}", value) for name, value in answer[part].items())
    show.fields([("interactions", len(answer["interactions"])), ("faults", len(answer["faults"]))])
