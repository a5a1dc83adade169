"""switchboardctl gateway …"""

from pathlib import Path
from typing import Any

import pytest

from control.server import ControlServer
from messages.gateway import Drain, ReloadSettings, Resume, SetLogLevel, ShowGateway, StopGateway
from messages.supervision import DescribeTree
from tests.control.cli.conftest import Ctl, runner
from tests.control.house import PATIENCE_S, FakeHouse

STATUS: dict[str, Any] = {
    "state": "running",
    "degraded": [],
    "version": "9.9.9",
    "pid": 77,
    "dialect": "tutorial",
    "features": ["transfer"],
    "simulator": None,
    "media": "127.0.0.1:8081",
    "audio": {"state": "ready", "workers": 2, "ready": 1},
    "started_at": "2026-01-01T00:00:00.000Z",
    "uptime_s": 61.4,
    "counts": {
        "orders": {"open": 2, "succeeded": 5},
        "sessions": {"open": 1, "lost": 0},
        "webhooks": {"waiting": 0, "dead": 0, "endpoints_disabled": 0},
        "dead_letters": 0,
    },
}
TREE = {
    "name": "root",
    "kind": "SupervisorActor",
    "state": "running",
    "incarnation": 1,
    "restarts": 0,
    "mailbox": {"depth": 0, "high_water": 4},
    "children": [
        {"name": "token", "kind": "TokenActor", "state": "running", "incarnation": 3, "restarts": 2, "mailbox": {}}
    ],
}


def test_a_healthy_gateway_is_exit_code_0(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["gateway"].answers[ShowGateway] = STATUS
    ran = ctl("gateway", "status")
    assert ran.code == 0
    assert ran.lines[0] == "✔ switchboard 9.9.9 is running (pid 77)"
    assert "orders        2 open, 5 succeeded" in ran.lines
    assert "audio port    127.0.0.1:8081" in ran.lines
    assert "calls' audio  ready: 1 of 2 workers take calls" in ran.lines
    assert "up since      2026-01-01T00:00:00.000Z (1 min 1 s)" in ran.lines


@pytest.mark.parametrize(
    ("webhooks", "words"),
    [
        ({"waiting": 0, "dead": 0, "endpoints_disabled": 0}, None),
        ({"waiting": 3, "dead": 2, "endpoints_disabled": 1}, "3 waiting, 2 dead, 1 disabled endpoint"),
        ({"waiting": 3, "dead": 0, "endpoints_disabled": 2}, "3 waiting, 2 disabled endpoints"),
        (None, None),
    ],
)
def test_webhooks_are_shown_where_some_have_not_arrived(
    house: FakeHouse, ctl: Ctl, webhooks: dict[str, int] | None, words: str | None
) -> None:
    house.actors["gateway"].answers[ShowGateway] = STATUS | {"counts": STATUS["counts"] | {"webhooks": webhooks}}
    ran = ctl("gateway", "status")
    assert ran.code == 0
    assert [line for line in ran.lines if "webhooks" in line] == ([f"webhooks      {words}"] if words else [])


def test_a_gateway_of_an_older_version_is_told_without_what_it_does_not_count(house: FakeHouse, ctl: Ctl) -> None:
    counts = {name: number for name, number in STATUS["counts"].items() if name != "webhooks"}
    house.actors["gateway"].answers[ShowGateway] = STATUS | {"counts": counts}
    assert ctl("gateway", "status").code == 0


@pytest.mark.parametrize("change", [{"state": "draining"}, {"degraded": ["session transfer is lost: reset"]}])
def test_anything_else_is_exit_code_3(house: FakeHouse, ctl: Ctl, change: dict[str, object]) -> None:
    house.actors["gateway"].answers[ShowGateway] = STATUS | change
    ran = ctl("gateway", "status")
    assert ran.code == 3
    assert ran.lines[0].startswith(f"✘ switchboard 9.9.9 is {change.get('state', 'running but degraded')} (pid")
    assert ("✘ session transfer is lost: reset" in ran.lines) is ("degraded" in change)


def test_the_tree_is_a_table_with_its_branches_indented(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["root"].answers[DescribeTree] = TREE
    ran = ctl("gateway", "tree")
    assert [line.split("\t")[:5] for line in ran.lines[1:]] == [
        ["root", "running", "1", "0", "0"],
        ["  token", "running", "3", "2", ""],
    ]


def test_a_drain_says_what_is_left(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["gateway"].answers[Drain] = {"drained": False, "open": 3, "audio_workers": 2, "state": "draining"}
    ran = ctl("gateway", "drain", "--timeout", "2", "--cancel")
    assert (ran.code, ran.lines) == (1, ["✘ 3 orders are still open, 2 audio workers still have calls"])
    assert house.actors["gateway"].hears() == Drain(timeout_s=2.0, cancel=True)


def test_a_drain_without_audio_workers_tells_of_orders_only(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["gateway"].answers[Drain] = {"drained": False, "open": 3, "state": "draining"}
    assert ctl("gateway", "drain").lines == ["✘ 3 orders are still open"]


def test_a_drain_that_another_operator_took_back_says_so(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["gateway"].answers[Drain] = {"drained": False, "open": 0, "audio_workers": 0, "state": "running"}
    ran = ctl("gateway", "drain")
    assert (ran.code, ran.lines) == (1, ["✘ the drain was taken back: orders are taken again"])


def test_a_drain_that_is_done_is_exit_code_0(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["gateway"].answers[Drain] = {"drained": True, "open": 0, "audio_workers": 0, "state": "draining"}
    assert ctl("gateway", "drain").code == 0


def test_the_short_verbs_are_done_and_said(house: FakeHouse, ctl: Ctl) -> None:
    answers = house.actors["gateway"].answers
    answers[Resume], answers[StopGateway] = {"state": "running"}, {"stopping": True}
    assert ctl("gateway", "resume").lines == ["✔ the gateway is running"]
    assert ctl("gateway", "stop").lines == ["✔ the gateway is stopping"]


def test_a_reload_says_what_is_in_force_and_what_needs_a_restart(house: FakeHouse, ctl: Ctl) -> None:
    answer = {"changed": ["log.level"], "needs_restart": ["data_dir"], "problems": []}
    house.actors["gateway"].answers[ReloadSettings] = answer
    ran = ctl("gateway", "reload")
    assert ran.code == 0
    assert ran.lines == [
        "✔ the settings were read; in force now: log.level",
        "  → restart the gateway for: data_dir",
    ]


def test_settings_that_are_wrong_are_exit_code_78(house: FakeHouse, ctl: Ctl) -> None:
    answer = {"changed": [], "needs_restart": [], "problems": ["LOUD is no level"]}
    house.actors["gateway"].answers[ReloadSettings] = answer
    ran = ctl("gateway", "reload")
    assert (ran.code, ran.lines) == (78, ["✘ LOUD is no level"])


def test_a_log_level_may_be_typed_small_and_for_a_while(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["gateway"].answers[SetLogLevel] = {"level": "DEBUG"}
    ran = ctl("gateway", "log-level", "debug", "--module", "actors.rest", "--for", "60")
    assert (ran.code, ran.lines) == (0, ["✔ actors.rest logs from DEBUG on for 60 s"])
    assert house.actors["gateway"].hears() == SetLogLevel(level="DEBUG", module="actors.rest", for_s=60.0)


def test_a_level_that_is_none_is_a_usage_error_with_the_choice(ctl: Ctl) -> None:
    ran = ctl("gateway", "log-level", "loud")
    assert ran.code == 2
    assert "'WARNING'" in ran.err


def test_no_gateway_is_exit_code_4(ctl: Ctl, tmp_path: Path) -> None:
    ran = ctl("gateway", "status", at=tmp_path / "nothing.sock")
    assert ran.code == 4
    assert "there is no gateway at" in ran.err
    assert "--socket" in ran.err


def test_an_unreachable_gateway_is_told_in_json_too(ctl: Ctl, tmp_path: Path) -> None:
    ran = ctl("gateway", "status", "--json", at=tmp_path / "nothing.sock")
    assert ran.code == 4
    assert "there is no gateway" in ran.json["error"]["message"]


def test_the_option_says_where_before_the_environment_does(ctl: Ctl, tmp_path: Path) -> None:
    assert ctl("gateway", "status", "--socket", str(tmp_path / "nothing.sock")).code == 4


def test_an_actor_that_cannot_answer_is_unavailable(house: FakeHouse, ctl: Ctl) -> None:
    del house.actors["gateway"]
    ran = ctl("gateway", "status")
    assert ran.code == 69
    assert "the actor gateway is not running" in ran.err


def test_a_viewer_may_look_but_not_stop(house: FakeHouse) -> None:
    house.actors["gateway"].answers[ShowGateway] = STATUS
    server = house.server(role="viewer")
    server.start()
    ctl = runner(house.claim.path)
    assert ctl("gateway", "status").code == 0
    ran = ctl("gateway", "stop")
    assert ran.code == 77
    assert "needs the role admin" in ran.err
    server.stop(PATIENCE_S)


def test_a_stranger_is_not_permitted(house: FakeHouse) -> None:
    server = house.server(role=None)
    server.start()
    ran = runner(house.claim.path)("gateway", "status")
    assert ran.code == 77
    assert "SWITCHBOARD_CONTROL__VIEWERS" in ran.err
    server.stop(PATIENCE_S)


def test_a_gateway_that_goes_while_it_is_asked_is_unreachable(house: FakeHouse, door: ControlServer, ctl: Ctl) -> None:
    def leave(_message: object) -> object:
        door.failed(ZeroDivisionError("the door falls"))
        return {"late": True}

    house.actors["gateway"].answers[ShowGateway] = leave
    assert ctl("gateway", "status").code == 4
    assert isinstance(house.deaths.get(timeout=PATIENCE_S), ZeroDivisionError)
