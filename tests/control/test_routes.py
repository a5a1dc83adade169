"""The table of methods: complete, each asking the right actor the right question, refusing what does not fit."""

from collections.abc import Mapping
from typing import Any

import pytest

from control.params import NamedParams
from control.route import Ask, Asking, Give, read_params
from control.routes import ROUTES, find_route, session
from control.wire import INVALID_PARAMS, METHOD_NOT_FOUND, RpcError
from messages.archive import ExportAudit, FindCommand, ListCommands, MeasureOrders, QueryAudit, VerifyAudit
from messages.barges import InjectBarge, StreamMatrix
from messages.gateway import Drain, ReloadSettings, Resume, SetLogLevel, ShowGateway, StopGateway
from messages.orders import Order, Peer
from messages.prompts import CheckPrompts
from messages.rest import ShowBudget
from messages.sessions import CloseSession, ReconnectSession
from messages.supervision import (
    Describe,
    DescribeTree,
    RestartChild,
)
from messages.tokens import RefreshToken, ShowToken
from messages.webhooks import FindWebhook, ListWebhooks, RedeliverWebhook, SwitchEndpoint
from tests.control.house import fields_of

ASKING = Asking(peer=Peer(role="admin"), export_path="/data/audit.jsonl")

DESIGNED = [
    "gateway.status",
    "gateway.tree",
    "gateway.drain",
    "gateway.stop",
    "gateway.reload",
    "gateway.log_level",
    "actor.show",
    "actor.restart",
    "session.list",
    "session.restart",
    "session.close",
    "token.status",
    "token.refresh",
    "transfer.start",
    "playback.play",
    "barge.inject",
    "stream.list",
    "stream.show",
    "command.show",
    "command.list",
    "webhook.list",
    "webhook.redeliver",
    "budget.show",
    "audit.query",
    "audit.metrics",
    "audit.verify",
    "audit.export",
    "events.subscribe",
    "rpc.discover",
]

QUESTIONS: list[tuple[str, Mapping[str, Any], str, object]] = [
    ("gateway.status", {}, "gateway", ShowGateway()),
    ("gateway.tree", {}, "root", DescribeTree()),
    ("gateway.drain", {}, "gateway", Drain(timeout_s=30.0)),
    ("gateway.drain", {"timeout_s": 5, "cancel": True}, "gateway", Drain(timeout_s=5.0, cancel=True)),
    ("gateway.resume", {}, "gateway", Resume()),
    ("gateway.stop", {}, "gateway", StopGateway()),
    ("gateway.reload", {}, "gateway", ReloadSettings()),
    ("gateway.log_level", {"level": "DEBUG"}, "gateway", SetLogLevel(level="DEBUG")),
    (
        "gateway.log_level",
        {"level": "INFO", "module": "actors.rest", "for_s": 60},
        "gateway",
        SetLogLevel(level="INFO", module="actors.rest", for_s=60.0),
    ),
    ("actor.show", {"name": "token"}, "token", Describe()),
    ("actor.restart", {"name": "token"}, "root", RestartChild(name="token")),
    ("actor.restart", {"name": "rest", "reason": "stuck"}, "root", RestartChild(name="rest", reason="stuck")),
    ("session.restart", {"name": "transfer"}, "session.transfer", ReconnectSession(reason="asked by an operator")),
    ("session.restart", {"name": "a", "reason": "odd"}, "session.a", ReconnectSession(reason="odd")),
    ("session.close", {"name": "session.transfer"}, "session.transfer", CloseSession()),
    ("token.status", {}, "token", ShowToken()),
    ("token.refresh", {}, "token", RefreshToken()),
    ("budget.show", {}, "rest", ShowBudget()),
    (
        "prompts.check",
        {"keys": ["welcome"]},
        "prompts",
        CheckPrompts(keys=("welcome",), languages=("en",), tiers=("standard", "premium"), codecs=("mp3",)),
    ),
    (
        "prompts.check",
        {"keys": ["a"], "languages": ["es"], "tiers": ["premium"], "codecs": ["wav"], "level": "full", "within_s": 5},
        "prompts",
        CheckPrompts(keys=("a",), languages=("es",), tiers=("premium",), codecs=("wav",), level="full", within_s=5.0),
    ),
    ("command.show", {"request_id": "r-1"}, "archive", FindCommand(request_id="r-1")),
    ("command.list", {}, "archive", ListCommands()),
    (
        "command.list",
        {"status": "failed", "kind": "transfer", "limit": 5},
        "archive",
        ListCommands(status="failed", kind="transfer", limit=5),
    ),
    ("audit.query", {}, "archive", QueryAudit()),
    (
        "audit.query",
        {"interaction_id": "i", "kind": "transfer", "since": "2026-01-01T01:00:00+01:00", "limit": 7},
        "archive",
        QueryAudit(interaction_id="i", kind="transfer", since="2026-01-01T00:00:00.000Z", limit=7),
    ),
    ("webhook.list", {}, "archive", ListWebhooks()),
    ("webhook.list", {"status": "dead", "limit": 5}, "archive", ListWebhooks(status="dead", limit=5)),
    ("webhook.show", {"id": "w-1"}, "archive", FindWebhook(webhook_id="w-1")),
    ("webhook.redeliver", {"id": "w-1"}, "audit", RedeliverWebhook(webhook_id="w-1", peer=ASKING.peer)),
    (
        "webhook.disable",
        {"url": "https://h/", "reason": "why"},
        "audit",
        SwitchEndpoint(url="https://h/", enabled=False, peer=ASKING.peer, reason="why"),
    ),
    (
        "webhook.enable",
        {"url": "https://h/"},
        "audit",
        SwitchEndpoint(url="https://h/", enabled=True, peer=ASKING.peer),
    ),
    ("audit.metrics", {}, "archive", MeasureOrders()),
    ("audit.metrics", {"since": "2026-01-01T00:00:00Z"}, "archive", MeasureOrders(since="2026-01-01T00:00:00.000Z")),
    ("audit.verify", {}, "archive", VerifyAudit()),
    ("audit.export", {}, "archive", ExportAudit(path="/data/audit.jsonl")),
    ("audit.export", {"path": "/tmp/a.jsonl"}, "archive", ExportAudit(path="/tmp/a.jsonl")),
]

MATRIX = {"agent_mute": True, "caller_mute": False, "normalize_level": True}
BARGE: dict[str, Any] = {
    "conversation_id": "c",
    "participant_id": "p",
    "audio_url": "https://cdn.example/a.wav",
    "stream_matrix": MATRIX,
    "max_duration_ms": 1500,
}

MISFITS: list[tuple[str, Mapping[str, Any], str]] = [
    ("gateway.status", {"verbose": True}, "verbose"),
    ("gateway.drain", {"timeout_s": -1}, "timeout_s"),
    ("gateway.drain", {"timeout_s": "5"}, "timeout_s"),
    ("gateway.drain", {"cancel": 1}, "cancel"),
    ("gateway.log_level", {}, "level"),
    ("gateway.log_level", {"level": "LOUD"}, "level"),
    ("gateway.log_level", {"level": "INFO", "for_s": 0}, "for_s"),
    ("actor.show", {}, "name"),
    ("actor.show", {"name": ""}, "name"),
    ("session.close", {"name": None}, "name"),
    ("command.show", {"request_id": 5}, "request_id"),
    ("command.list", {"status": "lost"}, "status"),
    ("command.list", {"kind": "transfers"}, "kind"),
    ("command.list", {"limit": True}, "limit"),
    ("command.list", {"limit": 1e3}, "limit"),
    ("webhook.list", {"status": "lost"}, "status"),
    ("webhook.list", {"limit": 10_001}, "limit"),
    ("webhook.redeliver", {}, "id"),
    ("webhook.disable", {"url": ""}, "url"),
    ("audit.query", {"limit": 0}, "limit"),
    ("audit.query", {"since": "yesterday"}, "since"),
    ("audit.query", {"since": "2026-01-01T00:00:00"}, "since"),
    ("audit.export", {"path": "here.jsonl"}, "path"),
    ("events.subscribe", {"kinds": "all"}, "kinds"),
    ("events.subscribe", {"since_seq": -1}, "since_seq"),
    ("transfer.start", {"destination_uri": "tel:1"}, "interaction_id"),
    (
        "transfer.start",
        {"interaction_id": "i", "destination_uri": "tel:1", "media_matrix": {"audio": {"bit_depth": "16"}}},
        "media_matrix.audio.bit_depth",
    ),
    ("playback.play", {"interaction_id": "i"}, "prompt_key"),
    ("playback.play", {"interaction_id": "i", "prompt_key": "p", "volume": "1"}, "volume"),
    ("playback.play", {"interaction_id": "i", "prompt_key": "p", "url": "https://x"}, "url"),
    ("barge.inject", BARGE | {"max_duration_ms": 1.5}, "max_duration_ms"),
    ("barge.inject", BARGE | {"stream_matrix": MATRIX | {"agent_mute": 1}}, "stream_matrix.agent_mute"),
    ("barge.inject", BARGE | {"stream_matrix": {**MATRIX, "loud": True}}, "stream_matrix.loud"),
    ("barge.inject", {key: BARGE[key] for key in BARGE if key != "audio_url"}, "audio_url"),
    ("prompts.check", {}, "keys"),
    ("prompts.check", {"keys": []}, "keys"),
    ("prompts.check", {"keys": ["a"], "tiers": ["gold"]}, "tiers.0"),
    ("prompts.check", {"keys": ["a"], "level": "loud"}, "level"),
    ("prompts.check", {"keys": ["a"], "within_s": 601}, "within_s"),
]


@pytest.mark.parametrize("method", DESIGNED)
def test_every_method_of_the_design_is_there(method: str) -> None:
    assert find_route(method).method == method


@pytest.mark.parametrize(("method", "params", "actor", "message"), QUESTIONS)
def test_each_question_goes_to_its_actor(method: str, params: Mapping[str, Any], actor: str, message: object) -> None:
    route = find_route(method)
    assert isinstance(route, Ask)
    read = read_params(route, params)
    assert route.actors(read) == (actor,)
    assert route.message(read, ASKING) == message


@pytest.mark.parametrize(("method", "params", "field"), MISFITS)
def test_what_does_not_fit_is_named(method: str, params: Mapping[str, Any], field: str) -> None:
    with pytest.raises(RpcError) as caught:
        read_params(find_route(method), params)
    assert caught.value.code == INVALID_PARAMS
    assert list(fields_of(caught.value.as_json())) == [field]


def test_an_order_is_read_into_its_message() -> None:
    for route in ROUTES.values():
        if isinstance(route, Give):
            assert issubclass(route.params, Order)
            assert route.role == "operator"


def test_an_order_that_fits_is_the_message_its_actor_takes() -> None:
    route = find_route("barge.inject")
    assert isinstance(route, Give)
    assert read_params(route, {**BARGE, "request_id": "r"}) == InjectBarge(
        request_id="r",
        conversation_id="c",
        participant_id="p",
        audio_url="https://cdn.example/a.wav",
        stream_matrix=StreamMatrix(agent_mute=True, caller_mute=False, normalize_level=True),
        max_duration_ms=1500,
    )


@pytest.mark.parametrize(
    ("method", "actor"), [("transfer.start", "transfer"), ("playback.play", "playback"), ("barge.inject", "barge")]
)
def test_each_order_goes_to_its_actor(method: str, actor: str) -> None:
    route = find_route(method)
    assert isinstance(route, Give)
    assert route.actor == actor


def test_whatever_changes_something_goes_on_record() -> None:
    noted = {method for method, route in ROUTES.items() if route.noted}
    assert noted == {
        "gateway.drain",
        "gateway.resume",
        "gateway.stop",
        "gateway.reload",
        "gateway.log_level",
        "actor.restart",
        "session.restart",
        "session.close",
        "token.refresh",
        "assist.limit",
        "stream.play",
        "stream.interrupt",
        "stream.disconnect",
        "webhook.redeliver",
        "webhook.disable",
        "webhook.enable",
        "audit.export",
    }


def test_an_unknown_method_is_not_echoed_at_length() -> None:
    with pytest.raises(RpcError) as caught:
        find_route("x" * 10_000)
    assert caught.value.code == METHOD_NOT_FOUND
    assert len(caught.value.message) <= 200


def test_a_session_may_be_named_as_the_list_or_as_the_tree_names_it() -> None:
    assert session(NamedParams(name="transfer")) == session(NamedParams(name="session.transfer"))
