"""The box's state as JSON values, for the admin door and for tests."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from simulator.assist_records import Action
from simulator.state import TABLE_PAGE, Transfer, World

MAX_PAGE = 10_000


def counts(world: World) -> dict[str, int]:
    """Every count, and the sums that a reader asks for."""
    total, ended = world.count["sessions.total"], world.count["sessions.ended"]
    subscribed = world.count["subscriptions.total"] - world.count["subscriptions.ended"]
    sums = {"sessions.now": total - ended, "transfers.known": len(world.transfers), "subscriptions.now": subscribed}
    return {**world.count, **sums, **_assist_counts(world)}


def state(world: World, offset: int = 0, limit: int = TABLE_PAGE) -> dict[str, Any]:
    """Counts, handshakes and one page of the transfers, in the order in which they were first heard of."""
    return {
        "counts": counts(world),
        "handshakes_per_s": handshakes_per_s(world),
        "busiest_second": busiest_second(list(world.handshakes_s)),
        "settings": asdict(world.settings) | {"client_secret": "***"},
        "interactions": sorted(world.interactions),
        "conversations": sorted(world.conversations),
        "webhooks": len(world.archive.webhooks),
        "sinks": {name: len(deliveries) for name, deliveries in world.deliveries.items()},
        "transfers": transfers(world, offset, limit),
        "next_offset": _next_offset(offset, limit, len(world.transfers)),
    }


def transfers(world: World, offset: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
    """One page of the per-id table, or all of it."""
    rows = list(world.transfers.values())[offset : None if limit is None else offset + limit]
    return [_row(transfer) for transfer in rows]


def transfer(world: World, transfer_id: str) -> dict[str, Any] | None:
    """One id with every frame heard under it; None when nothing was."""
    found = world.transfers.get(transfer_id)
    return None if found is None else asdict(found)


def plays(world: World, interaction_id: str | None = None) -> list[dict[str, Any]]:
    """Every play of one interaction, or of all, with the states that it went through; oldest first in each."""
    found = [play for name, kept in world.archive.plays.items() if interaction_id in (None, name) for play in kept]
    return [asdict(play) | {"state": play.state} for play in found]


def injections(world: World, conversation_id: str | None = None) -> list[dict[str, Any]]:
    """The audio that was put into one conversation, or into any; oldest first in each."""
    kept = world.archive.injections.items()
    return [asdict(made) for name, several in kept if conversation_id in (None, name) for made in several]


def assist(world: World, offset: int = 0, limit: int = TABLE_PAGE) -> dict[str, Any]:
    """How many actions are in flight, and one page of all that were ever heard of."""
    shown = {name.removeprefix("assist."): number for name, number in _assist_counts(world).items()}
    return {
        **shown,
        "actions": actions(world, offset=offset, limit=limit),
        "next_offset": _next_offset(offset, limit, len(world.assist.actions)),
    }


def actions(
    world: World, session_id: str | None = None, offset: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """The actions of one agent's session, or a page of all, in the order in which they were first heard of."""
    found = [made for made in world.assist.actions.values() if session_id in (None, made.session_id)]
    return [_action_row(made) for made in found[offset : None if limit is None else offset + limit]]


def action(world: World, correlation_id: str) -> dict[str, Any] | None:
    """One action with every frame that came for it; None when none did."""
    found = world.assist.actions.get(correlation_id)
    return None if found is None else asdict(found)


def sink(world: World, name: str) -> list[dict[str, Any]]:
    """What arrived at one sink, oldest first."""
    return [asdict(delivery) for delivery in world.deliveries.get(name, [])]


def handshakes_per_s(world: World) -> list[int]:
    """Handshakes begun in each second since the box started, up to the last one that had any."""
    seconds = Counter(int(at_s) for at_s in world.handshakes_s)
    return [seconds[second] for second in range(max(seconds, default=-1) + 1)]


def busiest_second(handshakes_s: list[float]) -> int:
    """The most handshakes in any window of one second, wherever it begins."""
    most = first = 0
    for last, at_s in enumerate(handshakes_s):
        while at_s - handshakes_s[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def _next_offset(offset: int, limit: int, total: int) -> int | None:
    return offset + limit if offset + limit < total else None


def _assist_counts(world: World) -> dict[str, int]:
    book = world.assist
    return {
        "assist.known": len(book.actions),
        "assist.in_flight": book.in_flight,
        "assist.most_in_flight": book.most_in_flight,
    }


def _action_row(made: Action) -> dict[str, Any]:
    return {
        "correlation_id": made.correlation_id,
        "action_type": made.action_type,
        "agent_id": made.agent_id,
        "session_id": made.session_id,
        "frames": len(made.frames),
        "effects": made.effects,
        "outcomes": [frame.outcome for frame in made.frames],
        "seqs": [frame.seq for frame in made.frames],
        "sockets": [frame.socket for frame in made.frames],
        "answer": made.answer,
    }


def _row(transfer: Transfer) -> dict[str, Any]:
    return {
        "id": transfer.id,
        "interaction_id": transfer.interaction_id,
        "destination_uri": transfer.destination_uri,
        "frames": len(transfer.frames),
        "effects": transfer.effects,
        "codecs": [frame.codec for frame in transfer.frames],
        "outcomes": [frame.outcome for frame in transfer.frames],
        "sessions": [frame.session for frame in transfer.frames],
        "answer": transfer.answer,
    }
