"""What a run of calls came to: counted while it goes on, told at its end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

VIOLATIONS_KEPT = 1_000  # different ones; more are counted together
COMPLETED, REFUSED, LOST, DROPPED = "completed", "refused", "lost", "dropped"
"""Ended as it should; not let in; ended by the server or by time; broken by us on purpose."""


@dataclass(slots=True)
class CallRow:
    """One call. `why`: what the server said or did when it did not end well; `transcripts` as they came back."""

    conversation_id: str
    file: str
    outcome: str = LOST
    why: str = ""
    close_code: int | None = None
    frames: int = 0
    opened_ms: float | None = None
    transcripts: list[str] = field(default_factory=list)
    sessions: list["SessionRow"] = field(default_factory=list)


@dataclass(slots=True)
class SessionRow:
    """One AudioHook session of a call, in samples: its position in `open` and at its end, and what it told as lost."""

    id: str
    begins: int = 0
    ends: int = 0
    frames: int = 0
    discarded: list[tuple[int, int]] = field(default_factory=list)  # start, and how many


@dataclass(slots=True)
class Report:
    calls: list[CallRow] = field(default_factory=list)
    violations: Counter[str] = field(default_factory=Counter)
    size_bytes: int = 0
    most_open: int = 0
    open_now: int = 0

    def violated(self, what: str) -> None:
        known = what in self.violations or len(self.violations) < VIOLATIONS_KEPT
        self.violations[what if known else "other violations"] += 1

    def opened(self) -> None:
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)

    def ended(self) -> None:
        self.open_now -= 1

    @property
    def failed(self) -> bool:
        """Whether anything was not as it should be."""
        return bool(self.violations) or any(call.outcome in (LOST, REFUSED) for call in self.calls)


def summary(report: Report, late_ms: Mapping[int, int], seconds: float) -> dict[str, Any]:
    """The whole report as JSON; times in milliseconds. `late_ms`: frames by how late they were sent."""
    calls = report.calls
    frames = sum(call.frames for call in calls)
    opened = sorted(call.opened_ms for call in calls if call.opened_ms is not None)
    return {
        "seconds": round(seconds, 3),
        "calls": len(calls),
        **{outcome: sum(call.outcome == outcome for call in calls) for outcome in (COMPLETED, REFUSED, LOST, DROPPED)},
        "most_open": report.most_open,
        "frames": frames,
        "frames_per_s": round(frames / seconds) if seconds else 0,
        "bytes": report.size_bytes,
        "transcripts": sum(len(call.transcripts) for call in calls),
        "opened_ms": spread(opened),
        "late_ms": spread_of_counts(late_ms),
        "reconnects": sum(max(0, len(call.sessions) - 1) for call in calls),
        "close_codes": dict(Counter(str(call.close_code) for call in calls if call.close_code is not None)),
        "why": dict(Counter(call.why for call in calls if call.why).most_common(20)),
        "violations": dict(report.violations.most_common()),
    }


def rows(report: Report) -> list[dict[str, Any]]:
    """Each call as JSON."""
    return [
        {
            "conversation_id": call.conversation_id,
            "file": call.file,
            "outcome": call.outcome,
            "why": call.why,
            "close_code": call.close_code,
            "frames": call.frames,
            "opened_ms": call.opened_ms,
            "transcripts": call.transcripts,
            "sessions": [asdict(session) for session in call.sessions],
        }
        for call in report.calls
    ]


def spread(ordered: Sequence[float]) -> dict[str, float] | None:
    """Median, 99th percentile and the most of values in order; None without any."""
    if not ordered:
        return None
    return {"p50": _at(ordered, 0.5), "p99": _at(ordered, 0.99), "max": round(ordered[-1], 2)}


def spread_of_counts(counts: Mapping[int, int]) -> dict[str, float] | None:
    """The same of values that are counted."""
    total, seen = sum(counts.values()), 0
    if not total:
        return None
    told: dict[str, float] = {}
    for value in sorted(counts):
        seen += counts[value]
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            if seen >= share * total:
                told.setdefault(name, value)
    return {**told, "max": max(counts)}


def lines(told: Mapping[str, Any]) -> list[str]:
    """The summary for a reader."""
    shown = [
        f"{_counted(told['calls'], 'call')} in {told['seconds']} s, at most {told['most_open']} at once: "
        f"{told[COMPLETED]} completed, {told[REFUSED]} refused, {told[LOST]} lost, {told[DROPPED]} dropped on purpose",
        f"{_counted(told['frames'], 'frame')} ({told['frames_per_s']} a second), {told['bytes']} bytes, "
        f"{_counted(told['transcripts'], 'transcript')} came back",
    ]
    if told["opened_ms"] is not None:
        shown.append(f"opened after    {_shown(told['opened_ms'])}")
    if told["late_ms"] is not None:
        late = _shown(told["late_ms"])
        shown.append(f"frames sent late by {late}  (of this generator: large means that it was the limit)")
    shown += [f"{_counted(told['reconnects'], 'session')} opened anew"] if told["reconnects"] else []
    shown += [f"close code {code}: {count}" for code, count in told["close_codes"].items()]
    shown += [f"{count} × {why}" for why, count in told["why"].items()]
    shown += [f"violation, {count} ×: {what}" for what, count in told["violations"].items()]
    return shown


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _shown(spread_: Mapping[str, float]) -> str:
    return f"{spread_['p50']:g} ms median, {spread_['p99']:g} ms p99, {spread_['max']:g} ms at most"


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
