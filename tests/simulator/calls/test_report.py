import pytest

from simulator.calls.report import (
    COMPLETED,
    DROPPED,
    LOST,
    REFUSED,
    VIOLATIONS_KEPT,
    CallRow,
    Report,
    SessionRow,
    lines,
    rows,
    spread,
    spread_of_counts,
    summary,
)


def test_a_spread_is_the_median_the_99th_percentile_and_the_most() -> None:
    assert spread([]) is None
    assert spread([float(value) for value in range(1, 101)]) == {"p50": 51.0, "p99": 100.0, "max": 100.0}
    assert spread_of_counts({}) is None
    assert spread_of_counts({0: 990, 3: 9, 40: 1}) == {"p50": 0, "p99": 0, "max": 40}


@pytest.mark.parametrize(("outcome", "failed"), [(COMPLETED, False), (DROPPED, False), (LOST, True), (REFUSED, True)])
def test_a_run_fails_with_a_call(outcome: str, failed: bool) -> None:
    assert Report(calls=[CallRow("c", "f", outcome=outcome)]).failed is failed


def test_a_run_fails_with_a_violation_and_keeps_only_so_many() -> None:
    report = Report()
    for number in range(VIOLATIONS_KEPT + 5):
        report.violated(f"violation {number}")
    assert report.failed
    assert report.violations["other violations"] == 5


def test_the_summary_counts_and_can_be_read() -> None:
    calls = [
        CallRow("c-1", "a.wav", COMPLETED, close_code=1000, frames=100, opened_ms=2.0, transcripts=["hello"]),
        CallRow("c-2", "a.wav", LOST, "the server closed with 1011", 1011, frames=50, opened_ms=4.0),
    ]
    told = summary(Report(calls=calls, size_bytes=24_000, most_open=2), {0: 149, 7: 1}, 3.0)
    assert (told["completed"], told["lost"], told["frames"], told["frames_per_s"]) == (1, 1, 150, 50)
    assert told["close_codes"] == {"1000": 1, "1011": 1}
    page = "\n".join(lines(told))
    assert "1 × the server closed with 1011" in page
    assert "7 ms at most" in page


def test_what_there_was_none_of_is_left_out() -> None:
    told = summary(Report(calls=[CallRow("c-1", "a.wav", REFUSED, "no")]), {}, 0.5)
    assert lines(told) == [
        "1 call in 0.5 s, at most 0 at once: 0 completed, 1 refused, 0 lost, 0 dropped on purpose",
        "0 frames (0 a second), 0 bytes, 0 transcripts came back",
        "1 × no",
    ]


def test_a_call_tells_of_its_sessions() -> None:
    one, other = SessionRow(id="s-1", ends=160, frames=1), SessionRow(id="s-2", begins=80, discarded=[(80, 80)])
    report = Report(calls=[CallRow("c-1", "a.wav", COMPLETED, sessions=[one, other])])
    told = summary(report, {}, 1.0)
    assert told["reconnects"] == 1
    assert "1 session opened anew" in lines(told)
    assert rows(report)[0]["sessions"] == [
        {"id": "s-1", "begins": 0, "ends": 160, "frames": 1, "discarded": []},
        {"id": "s-2", "begins": 80, "ends": 0, "frames": 0, "discarded": [(80, 80)]},
    ]
