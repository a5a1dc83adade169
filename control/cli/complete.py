"""Completion of what lives in the gateway right now; silent when it cannot be asked."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import typer

from control.cli.places import socket_path

COMPLETE_S = 1.0
LEVELS = ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL")
STATUSES = ("accepted", "succeeded", "failed", "refused", "interrupted")
EVENTS = (
    "session.opened",
    "session.lost",
    "session.restarted",
    "session.closed",
    "order.accepted",
    "order.ended",
    "playback.buffering",
    "playback.playing",
    "playback.completed",
    "playback.error",
    "stream.opened",
    "stream.gap",
    "stream.language",
    "stream.transcript",
    "stream.closed",
    "media.ready",
    "media.lost",
    "media.drained",
    "media.unserved",
    "media.served",
    "token.refreshed",
    "token.missing",
    "webhook.delivered",
    "webhook.dead",
    "webhook.redelivered",
    "webhook.hastened",
    "webhook.disabled",
    "webhook.enabled",
    "actor.crashed",
    "actor.restarted",
    "actor.escalated",
)


def ask(context: typer.Context, method: str, **params: Any) -> Mapping[str, Any]:
    """The gateway's answer, or an empty one."""
    from control.client import Client, Refused, TimedOut, Unreachable

    path = socket_path(context.params.get("socket"), os.environ, os.getuid(), Path.exists)
    try:
        with Client(path, COMPLETE_S) as client:
            answer: Mapping[str, Any] = client.call(method, params)
            return answer
    except (Unreachable, Refused, TimedOut):
        return {}


def starting_with(incomplete: str, words: Iterable[str]) -> list[str]:
    """Those of `words` that begin as typed."""
    return [word for word in words if word.startswith(incomplete)]


def actors(context: typer.Context, incomplete: str) -> list[str]:
    """Names on the tree."""
    return starting_with(incomplete, names_in(ask(context, "gateway.tree")))


def names_in(node: Mapping[str, Any]) -> list[str]:
    """The names of a tree's node and of all below it."""
    own = [node["name"]] if "name" in node else []
    return own + [name for child in node.get("children", ()) for name in names_in(child)]


def sessions(context: typer.Context, incomplete: str) -> list[str]:
    """Names of sessions."""
    return starting_with(incomplete, (row["name"] for row in ask(context, "session.list").get("sessions", ())))


def orders(context: typer.Context, incomplete: str) -> list[str]:
    """The ids of the newest orders."""
    newest = ask(context, "command.list", limit=100).get("commands", ())
    return starting_with(incomplete, (order["request_id"] for order in newest))


def methods(context: typer.Context, incomplete: str) -> list[str]:
    """Every method."""
    return starting_with(incomplete, (row["name"] for row in ask(context, "rpc.discover").get("methods", ())))


def levels(incomplete: str) -> list[str]:
    """Log levels."""
    return starting_with(incomplete.upper(), LEVELS)


def statuses(incomplete: str) -> list[str]:
    """How an order may stand."""
    return starting_with(incomplete, STATUSES)


def events(incomplete: str) -> list[str]:
    """Kinds of events."""
    return starting_with(incomplete, EVENTS)
