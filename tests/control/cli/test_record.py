"""switchboardctl audit …, events …"""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from control.cli import build
from control.cli.record import heard
from control.client import Refused, TimedOut
from messages.archive import ExportAudit, MeasureOrders, QueryAudit, VerifyAudit
from messages.journal import Subscribe, Subscribed
from tests.control.cli.conftest import Ctl
from tests.control.house import PATIENCE_S, FakeHouse

MEASURED = {
    "since": None,
    "kinds": {
        "transfer": {
            "total": 4,
            "succeeded": 3,
            "failed": 1,
            "refused": 0,
            "interrupted": 0,
            "completion_rate": 0.75,
            "latency_ms": {"mean": 20.5, "p50": 19.0, "p99": 40.0},
        }
    },
}
SOUND = {"ok": True, "records": 12, "first_bad": None, "head": "ab12"}
DAMAGED = {"ok": False, "records": 12, "first_bad": {"seq": 7, "damage": "changed"}, "head": "ab12"}


def test_queries_records(house: FakeHouse, ctl: Ctl) -> None:
    record = {"seq": 1, "at": "now", "kind": "transfer.ended", "request_id": "r"}
    whole = {**record, "peer": {"uid": 1000}, "data": {"attempt": 1, "codec": "opus"}}
    house.actors["archive"].answers[QueryAudit] = {"records": [whole]}
    ran = ctl("audit", "query", "--interaction", "i-1", "--since", "2026-01-01T00:00:00Z", "--limit", "5")
    assert ran.lines[1].split("\t") == ["1", "now", "transfer.ended", "", "r", "1000", "attempt=1 codec=opus"]
    asked = house.actors["archive"].hears()
    assert asked == QueryAudit(interaction_id="i-1", since="2026-01-01T00:00:00.000Z", limit=5)


def test_a_records_data_is_told_in_brief(house: FakeHouse, ctl: Ctl) -> None:
    long, ended = {"order": "x" * 500}, {"detail": "transferred", "status": "succeeded"}
    house.actors["archive"].answers[QueryAudit] = {"records": [{"data": long}, {"data": ended}]}
    first, second = (line.rsplit("\t", 1)[1] for line in ctl("audit", "query").lines[1:])
    assert (len(first), first[-1]) == (101, "…")
    assert second == "transferred"


@pytest.mark.parametrize("since", ["yesterday", "2026-01-31", "2026-01-31T12:00:00"])
def test_a_time_that_is_none_is_a_usage_error(ctl: Ctl, since: str) -> None:
    ran = ctl("audit", "query", "--since", since)
    assert ran.code == 2
    assert "since: is no RFC 3339 time with its offset, e.g. 2026-01-31T12:00:00Z" in ran.err


def test_measures_orders(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[MeasureOrders] = MEASURED
    assert ctl("audit", "metrics").lines[1].replace("\t", " ") == "transfer 4 3 1 0 0 75.0% 20.5 19.0 40.0"


def test_a_sound_chain_is_exit_code_0(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[VerifyAudit] = SOUND
    ran = ctl("audit", "verify")
    assert (ran.code, ran.lines) == (0, ["✔ 12 records, every one as it was written; head ab12"])


def test_a_damaged_chain_is_exit_code_1_and_says_where(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[VerifyAudit] = DAMAGED
    ran = ctl("audit", "verify")
    assert (ran.code, ran.lines[0]) == (1, "✘ record 7 is changed; 12 records were read")
    assert "how far an earlier export agrees" in ran.lines[1]


def test_a_file_that_is_no_chain_from_its_first_record_on_is_asked_about(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[VerifyAudit] = DAMAGED | {"first_bad": {"seq": 1, "damage": "changed"}}
    assert "did `audit export` write it?" in ctl("audit", "verify").out


@pytest.mark.parametrize("again", ["", "watch --count 1"])
def test_an_export_is_verified_without_any_gateway(tmp_path: Path, again: str) -> None:
    export = tmp_path / "audit.jsonl"
    export.write_text("")
    seen: list[Path] = []

    def verifier(path: Path) -> dict[str, object]:
        seen.append(path)
        return DAMAGED

    result = CliRunner().invoke(build(verifier), [*again.split(), "audit", "verify", "--file", str(export)])
    assert (result.exit_code, seen) == (1, [export])
    assert "record 7 is changed" in result.stdout


def test_an_export_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    export = tmp_path / "audit.jsonl"
    export.write_text("")

    def verifier(path: Path) -> dict[str, object]:
        raise OSError("the disk is gone")

    result = CliRunner().invoke(build(verifier), ["audit", "verify", "--file", str(export)])
    assert result.exit_code == 1
    assert "the disk is gone" in result.stderr


def test_without_its_verifier_an_export_cannot_be_checked(ctl: Ctl, tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").write_text("")
    assert ctl("audit", "verify", "--file", str(tmp_path / "audit.jsonl")).code == 69


def test_exports_to_an_absolute_path(house: FakeHouse, ctl: Ctl, tmp_path: Path) -> None:
    house.actors["archive"].answers[ExportAudit] = lambda asked: {"path": asked.path, "records": 3, "head": "ab"}
    assert ctl("audit", "export", str(tmp_path / "a.jsonl")).lines == [f"✔ 3 records written to {tmp_path}/a.jsonl"]
    assert ctl("audit", "export").lines == ["✔ 3 records written to /data/audit-now.jsonl"]


def test_tails_events_until_told_enough(house: FakeHouse, ctl: Ctl) -> None:
    def publish() -> None:
        house.journal.subscribed.get(timeout=PATIENCE_S)  # the door's own
        asked = house.journal.subscribed.get(timeout=PATIENCE_S)
        assert (asked.kinds, asked.since_seq) == (("order.ended", "session.lost"), 3)
        house.journal.publish("session.lost", session="transfer", code=1006)
        house.journal.publish("order.ended", request_id="r")

    publisher = threading.Thread(target=publish)
    publisher.start()
    ran = ctl("events", "tail", "--kind", "order.ended", "--kind", "session.lost", "--since-seq", "3", "--count", "2")
    publisher.join(PATIENCE_S)
    assert ran.lines == [
        "1 2026-01-01T00:00:00.000Z session.lost session=transfer code=1006",
        "2 2026-01-01T00:00:00.000Z order.ended request_id=r",
    ]


def test_a_tail_that_hears_nothing_in_time_ends_with_124(ctl: Ctl) -> None:
    assert ctl("events", "tail", "--wait", "0.05").code == 124


class Silence:
    """A line whose gateway tells nothing for a while, then one event; `status` is what it says when it is asked."""

    def __init__(self, status: Exception) -> None:
        self._status, self.asked = status, list[str]()

    def client(self) -> "Silence":
        return self

    def follow(self, _ours: object, _look_s: float) -> Iterator[dict[str, int] | None]:
        return iter((None, {"seq": 1}))

    def call(self, method: str) -> None:
        self.asked.append(method)
        raise self._status


def test_a_tail_outlives_a_silence_in_which_the_gateway_answers_whatever_it_is() -> None:
    line = Silence(Refused({"code": -32603, "message": "the actor gateway is not running"}))
    assert list(heard(line)) == [{"seq": 1}]  # type: ignore[arg-type] # of the same shape
    assert line.asked == ["gateway.status"]


def test_a_tail_ends_with_a_gateway_that_hangs() -> None:
    with pytest.raises(TimedOut):
        list(heard(Silence(TimedOut("hangs", "kill it"))))  # type: ignore[arg-type] # of the same shape


@pytest.mark.parametrize(("asked", "held", "told"), [(3, 9, "… the events from 4 to 9"), (3, 3, ""), (9, 2, "")])
def test_a_tail_tells_which_events_are_no_longer_on_record(
    house: FakeHouse, ctl: Ctl, asked: int, held: int, told: str
) -> None:
    house.journal.answers[Subscribe] = Subscribed(since_seq=held)
    ran = ctl("events", "tail", "--json", "--since-seq", str(asked), "--wait", "0.05")
    assert ("no longer on record" in ran.err, told in ran.err) == (bool(told), True)


def test_an_event_that_there_is_none_of_is_not_waited_for(ctl: Ctl) -> None:
    ran = ctl("events", "tail", "--kind", "order.end")
    assert ran.code == 2
    assert "no event is called 'order.end'" in ran.err
    assert "did you mean order.ended" in ran.err
