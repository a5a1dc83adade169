"""Metrics come from the journal and nowhere else."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.archive import Archive
from storage.journal import Journal
from tests.storage.kit import NOON, accepted, ended, record


def transfers(archive: Archive, since: str | None = None) -> dict[str, Any]:
    kinds: Any = archive.metrics(since)["kinds"]
    return dict(kinds["transfer"])


def test_nothing_recorded_is_nothing_measured(archive: Archive) -> None:
    assert archive.metrics(None) == {"since": None, "kinds": {}}


def test_counts_how_orders_ended(journal: Journal, archive: Archive) -> None:
    ends = {"r-1": "succeeded", "r-2": "failed", "r-3": "refused", "r-4": "interrupted"}
    record(journal, [accepted(request_id) for request_id in [*ends, "r-5"]])
    for request_id, status in ends.items():
        record(journal, [ended(request_id, status)])  # type: ignore[arg-type] # it is one of Status
    measured = transfers(archive)
    assert measured["total"] == 5
    assert [measured[status] for status in ends.values()] == [1, 1, 1, 1]
    assert measured["completion_rate"] == 0.25


def test_latency_is_that_of_the_orders_that_succeeded(journal: Journal, archive: Archive) -> None:
    for number in range(100):
        record(journal, [accepted(f"r-{number}"), ended(f"r-{number}", latency_ms=number + 1.0)])
    record(journal, [accepted("slow"), ended("slow", "failed", latency_ms=9e9)])
    assert transfers(archive)["latency_ms"] == {"mean": 50.5, "p50": 50.0, "p99": 99.0}


def test_where_nothing_succeeded_there_is_no_latency(journal: Journal, archive: Archive) -> None:
    record(journal, [accepted()])
    measured = transfers(archive)
    assert measured["completion_rate"] == 0.0
    assert measured["latency_ms"] == {"mean": None, "p50": None, "p99": None}


def test_dry_runs_are_not_counted(journal: Journal, archive: Archive) -> None:
    record(journal, [accepted("r-1", dry_run=True)])
    assert archive.metrics(None)["kinds"] == {}


def test_counts_from_a_moment_on(journal: Journal, archive: Archive) -> None:
    record(journal, [accepted("r-1")])
    record(journal, [accepted("r-2")], NOON + timedelta(hours=1))
    assert transfers(archive)["total"] == 2
    assert transfers(archive, "2026-01-01T12:30:00Z")["total"] == 1
    assert archive.metrics("2026-01-01T12:30:00Z")["since"] == "2026-01-01T12:30:00.000Z"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(latencies=st.lists(st.integers(1, 1000), min_size=1, max_size=30))
def test_percentiles_are_by_nearest_rank(journal: Journal, archive: Archive, latencies: list[int]) -> None:
    kind = f"k{len(latencies)}-{hash(tuple(latencies))}"
    for number, latency in enumerate(latencies):
        request_id = f"{kind}-{number}"
        record(journal, [accepted(request_id), ended(request_id, latency_ms=float(latency))])
    everything: Any = archive.newest("succeeded", None, 10_000)["commands"]
    ordered = sorted(command["latency_ms"] for command in everything)
    measured = transfers(archive)["latency_ms"]
    assert measured["p50"] == ordered[-(-len(ordered) * 50 // 100) - 1]
    assert measured["p99"] == ordered[-(-len(ordered) * 99 // 100) - 1]
