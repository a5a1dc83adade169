"""A gateway as operators run it, `python run.py` in a process of its own, against a simulator in this one."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

from simulator.server import Simulator
from simulator.surroundings import environment
from tests.trips.wire import PATIENCE_S, Wire

ROOT = Path(__file__).parents[2]
FAST = {"answer_latency_ms": 0, "rate_allowed": 1_000_000}
LIFTED = {"SWITCHBOARD_REST__REQUESTS_PER_MIN": "1000000"}
DESTINATION = "genesys://user/agent-7"
SINK = "media-server"
ALL = 10_000  # rows; the most that one answer holds


class Output(threading.Thread):
    """Everything a process writes to one of its pipes; `await_line` waits for words in it."""

    def __init__(self, pipe: IO[str]) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self._lines: list[str] = []
        self._over = False
        self._news = threading.Condition()
        self.start()

    def run(self) -> None:
        for line in self._pipe:
            self._take(line)
        with self._news:
            self._over = True
            self._news.notify_all()

    @property
    def text(self) -> str:
        """What was written so far."""
        with self._news:
            return "".join(self._lines)

    def await_line(self, words: str) -> None:
        """Return once a line with `words` was written; fails when the pipe ends before."""
        with self._news:
            self._news.wait_for(lambda: self._over or self._has(words), PATIENCE_S)
            assert self._has(words), f"no line with {words!r} in:\n{''.join(self._lines)}"

    def _has(self, words: str) -> bool:
        return any(words in line for line in self._lines)

    def _take(self, line: str) -> None:
        with self._news:
            self._lines.append(line)
            self._news.notify_all()


class Process:
    """One child process; it leads a process group of its own, by which what it leaves behind is found."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._child = subprocess.Popen(
            [sys.executable, *arguments],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._child.stderr is not None
        self.log = Output(self._child.stderr)

    @property
    def pid(self) -> int:
        return self._child.pid

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._child.send_signal(number)

    def code(self) -> int:
        """Wait for its end; the exit code."""
        code = self._child.wait(PATIENCE_S)
        self.log.join(PATIENCE_S)
        return code

    def left_something_running(self) -> bool:
        """Whether a process that it started is still there after its end."""
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self) -> None:
        """Whatever happened: it is gone afterwards."""
        if self._child.poll() is None:
            self._child.kill()
        self.code()
        assert self._child.stderr is not None
        self._child.stderr.close()


class House:
    """A data directory, a simulated Genesys, and whichever gateway runs there now."""

    def __init__(self, folder: Path, genesys: Simulator, **settings: object) -> None:
        self.folder = folder
        self.genesys = genesys
        self.socket = folder / "control.sock"
        self.environment = {**surroundings(folder), **towards(genesys), **LIFTED, **named(settings)}
        self._processes: list[Process] = []
        self._wires: list[Wire] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for wire in self._wires:
            wire.close()
        for process in self._processes:
            process.end()

    def launch(self, *arguments: str, **changes: str | None) -> Process:
        """Start a gateway and wait for nothing; `changes` are of its environment, None unsets."""
        changed = {**self.environment, **changes}
        environment = {name: value for name, value in changed.items() if value is not None}
        process = Process([str(ROOT / "run.py"), *arguments], environment, self.folder)
        self._processes.append(process)
        return process

    def open(self) -> Self:
        """Start a gateway and wait until its session with Genesys is open."""
        self.launch().log.await_line("ready")
        with self.wire() as wire:
            wire.call("events.subscribe", kinds=["session.opened", "session.restarted"])
            while wire.call("actor.show", name="session.transfer")["facts"]["state"] != "open":
                wire.event()
        return self

    @property
    def process(self) -> Process:
        """The gateway that was started last."""
        return self._processes[-1]

    def wire(self) -> Wire:
        """A new connection to it."""
        wire = Wire(self.socket)
        self._wires.append(wire)
        return wire

    def kill(self) -> None:
        """`kill -9`."""
        self.process.signal(9)
        assert self.process.code() == -9

    def terminate(self) -> None:
        """SIGTERM, once."""
        self.process.signal(15)

    # --- what Genesys saw --------------------------------------------------------------------------------------

    def seen(self, interaction_id: str) -> list[dict[str, Any]]:
        """Genesys's row for each transfer id under which it heard of the interaction."""
        return [row for row in self.genesys.transfers() if row["interaction_id"] == interaction_id]

    def frames(self, interaction_id: str) -> list[dict[str, Any]]:
        """Every frame for the interaction, all of which carried one id."""
        (row,) = self.seen(interaction_id)
        transfer = self.genesys.transfer(row["id"])
        assert transfer is not None
        frames: list[dict[str, Any]] = transfer["frames"]
        return frames

    def callbacks(self, interaction_id: str) -> list[dict[str, Any]]:
        """What the media server was told of the interaction."""
        return [sent for sent in self.genesys.sink(SINK) if sent["body"]["interaction_id"] == interaction_id]

    def await_genesys(self, name: str, number: int) -> None:
        """Until Genesys has counted `number` of `name` (docs/simulator.md)."""
        self.genesys.wait_for(lambda world: world.count[name] >= number, PATIENCE_S)


Lodge = Callable[..., House]
"""Opens a house of the test's own, with these settings."""


@contextmanager
def lodging(folder: Path, **settings: object) -> Iterator[House]:
    """A house with a simulator that answers at once; nothing is left of it afterwards."""
    with Simulator(settings=FAST) as genesys, House(folder, genesys, **settings) as house:
        yield house


def transfer(interaction_id: str, **more: Any) -> dict[str, Any]:
    """The parameters of transfer.start."""
    return {"interaction_id": interaction_id, "destination_uri": DESTINATION, **more}


def prompt(interaction_id: str, **more: Any) -> dict[str, Any]:
    """The parameters of playback.play."""
    return {"interaction_id": interaction_id, "prompt_key": "welcome", **more}


def barge(conversation_id: str, audio_url: str, **more: Any) -> dict[str, Any]:
    """The parameters of barge.inject."""
    return {
        "conversation_id": conversation_id,
        "participant_id": "customer",
        "audio_url": audio_url,
        "stream_matrix": {"agent_mute": True, "caller_mute": False, "normalize_level": True},
        "max_duration_ms": 15_000,
        **more,
    }


def codes(outcome: dict[str, Any]) -> list[str]:
    """Why an order ended as it did."""
    return [reason["code"] for reason in outcome["reasons"]]


def settle(wire: Wire) -> dict[str, dict[str, Any]]:
    """Wait until no order is open; every order on record by its id."""
    wire.call("events.subscribe", kinds=["order.ended"])
    while wire.call("command.list", status="accepted", limit=ALL)["commands"]:
        wire.event()
    return {command["request_id"]: command for command in wire.call("command.list", limit=ALL)["commands"]}


def surroundings(folder: Path) -> dict[str, str]:
    """An environment in which nothing of ours is set but the data directory, and that any HTTP port will do."""
    path = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    ours = {"SWITCHBOARD_DATA_DIR": str(folder), "SWITCHBOARD_HTTP_LISTEN": "127.0.0.1:0"}
    return {**path, "HOME": str(folder), **ours}


def towards(genesys: Simulator) -> dict[str, str]:
    """The settings that point at `genesys`, its sink for the media server included."""
    return {**environment(genesys), "MEDIA_SERVER_WEBHOOK": f"{genesys.url}/sim/sink/{SINK}"}


def named(settings: Mapping[str, object]) -> dict[str, str]:
    """`transfers__answer_timeout_s=1` by the name it has in the environment."""
    return {f"SWITCHBOARD_{name.upper()}": str(value) for name, value in settings.items()}
