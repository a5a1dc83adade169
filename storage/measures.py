"""Metrics counted from the journal, in SQL, so that a million orders need no memory of ours."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true

from messages.base import Json
from storage.schema import commands

ENDS = ("succeeded", "failed", "refused", "interrupted")
PERCENTILES = {"p50": 0.50, "p99": 0.99}


def measure(connection: Connection, since: str | None) -> dict[str, Json]:
    """Per kind: how many orders, how they ended, and the latency of those that succeeded; `since` as recorded.

    `completion_rate` is succeeded / ended, 0.0 while none has ended.
    """
    lately = true() if since is None else commands.c.accepted_at >= since
    counted = select(commands.c.kind, commands.c.status, func.count()).where(lately)
    counts: dict[str, dict[str, int]] = {}
    for kind, status, number in connection.execute(counted.group_by(commands.c.kind, commands.c.status)):
        counts.setdefault(kind, {})[status] = number
    return {kind: _kind(connection, kind, counts[kind], lately) for kind in sorted(counts)}


def _kind(connection: Connection, kind: str, counts: dict[str, int], lately: ColumnElement[bool]) -> dict[str, Json]:
    ended = sum(counts.get(status, 0) for status in ENDS)
    succeeded = counts.get("succeeded", 0)
    good = lately & (commands.c.kind == kind) & (commands.c.status == "succeeded")
    return {
        "total": sum(counts.values()),
        **{status: counts.get(status, 0) for status in ENDS},
        "completion_rate": succeeded / ended if ended else 0.0,
        "latency_ms": _latency(connection, good, succeeded),
    }


def _latency(connection: Connection, good: ColumnElement[bool], number: int) -> dict[str, Json]:
    """Mean and nearest-rank percentiles, null where nothing succeeded."""
    if number == 0:
        return {"mean": None, **dict.fromkeys(PERCENTILES)}
    mean: Any = connection.execute(select(func.avg(commands.c.latency_ms)).where(good)).scalar()
    sorted_ones = select(commands.c.latency_ms).where(good).order_by(commands.c.latency_ms).limit(1)
    found: dict[str, Json] = {"mean": round(float(mean), 3)}
    for name, share in PERCENTILES.items():
        rank = max(0, -int(-share * number // 1) - 1)
        found[name] = connection.execute(sorted_ones.offset(rank)).scalar()
    return found
