import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator.__main__ import main, parser
from simulator.forms import BadInput
from simulator.running import read_file, read_settings

HOME = Path(__file__).parents[2]


@contextmanager
def running(*arguments: str, **options: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "simulator", *arguments]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HOME, **options)  # type: ignore[call-overload]
    with child:
        try:
            yield child
        finally:
            child.kill()


def ready(child: subprocess.Popen[str]) -> dict[str, Any]:
    assert child.stdout is not None
    line: dict[str, Any] = json.loads(child.stdout.readline())
    return line


def test_one_line_says_where_it_is() -> None:
    with running() as child:
        told = ready(child)
        assert told["pid"] == child.pid
        assert requests.get(f"{told['url']}/sim/state", timeout=10).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(number: signal.Signals) -> None:
    with running() as child:
        ready(child)
        child.send_signal(number)
        assert child.wait(10) == 0


def test_the_end_of_stdin_ends_it_when_asked() -> None:
    with running("--stop-on-eof") as child:
        ready(child)
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(10) == 0


def test_the_ready_line_goes_to_a_descriptor_too() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader) as told, running("--ready-fd", str(writer), pass_fds=[writer]) as child:
        os.close(writer)
        assert json.loads(told.read()) == ready(child)


def test_faults_settings_and_strictness_come_from_the_command_line(tmp_path: Path) -> None:
    script = tmp_path / "faults.toml"
    script.write_text('[[faults]]\naction = "status"\nstatus = 418\nmatch = { route = "sink" }\n')
    with running("--faults", str(script), "--strict", "--set", "token_lifetime_s=7", "--seed", "3") as child:
        url = ready(child)["url"]
        state = requests.get(f"{url}/sim/state", timeout=10).json()
        assert (state["settings"]["strict"], state["settings"]["token_lifetime_s"]) == (True, 7)
        assert requests.post(f"{url}/sim/sink/x", timeout=10).status_code == 418


def test_a_taken_port_is_a_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 71
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err


def test_every_problem_of_a_fault_file_is_told_before_it_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "faults.json"
    script.write_text('[{"action": "nap"}, {"action": "close", "code": 1005}]')
    assert main(["--faults", str(script)]) == 78
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all(line.startswith("simulator: faults[") for line in told)


@pytest.mark.parametrize(("name", "text"), [("f.json", "{"), ("f.toml", "x ="), ("f.json", "7"), ("f.json", "{}")])
def test_a_file_that_holds_no_faults_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match="--faults"):
        read_file(tmp_path / name)


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read_file(tmp_path / "none.json")


def test_faults_may_be_a_list_or_under_a_name(tmp_path: Path) -> None:
    for text in ('[{"action": "abort"}]', '{"faults": [{"action": "abort"}]}'):
        (tmp_path / "f.json").write_text(text)
        assert read_file(tmp_path / "f.json") == [{"action": "abort"}]


def test_a_setting_is_json_or_else_a_text() -> None:
    given = ["answer_latency_ms=50", "client_id=me", 'supported_codecs=["opus"]', "strict=true"]
    assert read_settings(given) == {
        "answer_latency_ms": 50,
        "client_id": "me",
        "supported_codecs": ["opus"],
        "strict": True,
    }
    with pytest.raises(BadInput, match="NAME=JSON"):
        read_settings(["strict"])


def test_every_option_is_explained() -> None:
    assert all(action.help for action in parser()._actions)
