"""`make demo`: a tour of the gateway in two minutes' reading, against the simulated Genesys in the box.

Everything is done by `switchboardctl`, as an operator would; the tour ends with 0 only if all went as it says.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from control import demo_webhooks
from control.demo_audio import LAST_WORDS_S, free_port, listen

ROOT = Path(__file__).parent.parent
START_S = 30.0
STOP_S = 30.0
ANSWER_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One order of the tour: what is arranged with the simulator before it, and how it has to end."""

    title: str
    order: tuple[str, ...]
    ends: str
    before: tuple[str, ...] = ()
    retries: int = 0


SINKS = {"media-server": 3, "crm": 2}  # webhooks that arrive there: of each transfer, of an action's begin and end
WEBHOOKS_S = 20.0

STEPS = (
    Step(
        title="a transfer that goes through",
        order=("transfer", "start", "interaction-1", "genesys://user/agent-7"),
        ends="succeeded",
    ),
    Step(
        title="the far end does not take opus: the next codec",
        before=("faults", "add", "codec_unsupported", "--match", "codec=opus", "--times", "1"),
        order=("transfer", "start", "interaction-2", "genesys://queue/billing"),
        ends="succeeded",
    ),
    Step(
        title="an order that breaks three rules",
        order=("transfer", "start", "interaction-3", "mailto:someone", "--codec", "g729", "--audio-kbps", "300"),
        ends="refused",
    ),
    Step(
        title="an interaction that is over",
        before=("interaction", "interaction-4", "--set", "state=completed"),
        order=("transfer", "start", "interaction-4", "tel:+4930123456"),
        ends="refused",
    ),
    Step(
        title="the session breaks after the transfer, before its answer",
        before=("faults", "add", "effect_then_drop", "--match", "route=transfer", "--times", "1"),
        order=("transfer", "start", "interaction-5", "sip:desk@example.com"),
        ends="succeeded",
        retries=1,
    ),
    Step(
        title="a dry run: every gate, nothing sent",
        order=("transfer", "start", "interaction-6", "genesys://user/agent-7", "--dry-run"),
        ends="succeeded",
    ),
    Step(
        title="a prompt",
        order=("playback", "play", "interaction-7", "welcome"),
        ends="succeeded",
    ),
    Step(
        title="the same prompt, to a caller who speaks Spanish",
        before=("interaction", "interaction-8", "--set", "language=es", "--set", "service_tier=premium"),
        order=("playback", "play", "interaction-8", "welcome"),
        ends="succeeded",
    ),
    Step(
        title="a caller whose side takes no mp3: another file of the prompt",
        before=("interaction", "interaction-9", "--set", "playback_codecs=wav"),
        order=("playback", "play", "interaction-9", "welcome"),
        ends="succeeded",
    ),
    Step(
        title="audio into a live call",
        order=("barge", "inject", "call-1", "agent-1", "{cdn}/en/standard/welcome.wav", "--mute-agent"),
        ends="succeeded",
    ),
    Step(
        title="audio to somebody who has not consented",
        before=("conversation", "call-2", "--consent", "agent-2=missing"),
        order=("barge", "inject", "call-2", "agent-2", "{cdn}/en/standard/welcome.wav"),
        ends="refused",
    ),
    Step(
        title="an action of Agent Assist, of which the CRM hears",
        order=("assist", "trigger", "knowledge_search", "--query", "refund policy", "--agent", "a7", "--session", "s9"),
        ends="succeeded",
    ),
)


class Tour:
    """Runs switchboardctl, shows what it says, and keeps what did not go as it should."""

    def __init__(self, folder: Path) -> None:
        self.console = Console(width=None if sys.stdout.isatty() else 120)
        self.socket = folder / "control.sock"
        self.cdn = ""
        self.secret = demo_webhooks.new_secret()
        self.media_port = free_port()
        self.wrong: list[str] = []
        self._program = Path(sys.executable).with_name("switchboardctl")

    def run(self, *words: str) -> None:
        """One command, shown with its output."""
        self.say(f"[bold]$ switchboardctl {escape(shlex.join(words))}[/bold]")
        subprocess.run(self._command(*words), timeout=ANSWER_S, check=False)
        self.say()

    def ask(self, *words: str) -> Any:
        """What a command answers with --json."""
        command = self._command(*words, "--json")
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_S, check=False)
        return json.loads(done.stdout) if done.stdout else {}

    def say(self, words: str = "") -> None:
        """One line, out at once: the commands write to the same terminal."""
        self.console.print(words, highlight=False, soft_wrap=True)
        self.console.file.flush()

    def expect(self, held: bool, words: str) -> None:
        """Note what did not hold."""
        if not held:
            self.wrong.append(words)

    def _command(self, *words: str) -> list[str]:
        return [str(self._program), *words, "--socket", str(self.socket)]


@contextmanager
def gateway(folder: Path, tour: Tour) -> Iterator[None]:
    """A gateway with `--simulate`, its log in the folder; SystemExit when it does not come up."""
    log = folder / "switchboard.log"
    settings = [f"data_dir={folder}", f"control_socket={tour.socket}", f"log.file={log}", "http_listen=127.0.0.1:0"]
    settings += [f"media_listen=127.0.0.1:{tour.media_port}", f"transcription.drain_s={LAST_WORDS_S:g}"]
    command = [sys.executable, str(ROOT / "run.py"), "--simulate"]
    command += [word for setting in settings for word in ("--set", setting)]
    tour.say("[bold]$ switchboard --simulate[/bold]")
    began = time.monotonic()
    child = subprocess.Popen(command, env={**os.environ, "SWITCHBOARD_WEBHOOKS__SECRET": tour.secret})
    try:
        wait_for_session(tour, child, began)
        yield
    finally:
        child.terminate()
        tour.expect(child.wait(STOP_S) == 0, "the gateway did not stop with code 0")


def wait_for_session(tour: Tour, child: "subprocess.Popen[bytes]", began: float) -> None:
    """Until the session to Genesys is open."""
    while time.monotonic() < began + START_S and child.poll() is None:
        sessions = tour.ask("session", "list").get("sessions", [])
        if any(session["state"] == "open" for session in sessions):
            tour.say(f"ready after {time.monotonic() - began:.1f} s\n")
            tour.cdn = f"{tour.ask('gateway', 'status')['simulator']}/cdn"
            return
        time.sleep(0.1)
    raise SystemExit("the gateway did not come up; its own words are above")


def take(tour: Tour, number: int, step: Step) -> tuple[str, ...]:
    """Give one order; the row that the table shows of it."""
    tour.console.rule(f"{number}. {step.title}", align="left")
    if step.before:
        tour.run("sim", *step.before)
    request_id = f"demo-{number}"
    tour.run(*(word.format(cdn=tour.cdn) for word in step.order), "--request-id", request_id)
    if "--dry-run" in step.order:
        return (str(number), step.title, "not on record", "", "", "")
    ended = tour.ask("command", "show", request_id)
    tour.expect(ended.get("status") == step.ends, f"step {number} ended as {ended.get('status')}, not {step.ends}")
    tour.expect(ended.get("retries") == step.retries, f"step {number} took {ended.get('retries')} retries")
    codes = " ".join(reason["code"] for reason in ended.get("reasons", []))
    return (
        str(number),
        step.title,
        str(ended.get("status")),
        codes or str(ended.get("codec") or ""),
        str(ended.get("retries")),
        f"{ended.get('latency_ms', 0):.0f}",
    )


def finish(tour: Tour, rows: list[tuple[str, ...]]) -> None:
    """What happened, as one table, and the proof."""
    tour.console.rule("what happened", align="left")
    table = Table("", "order", "outcome", "codec or codes", "retries", "ms")
    for row in rows:
        table.add_row(*row)
    tour.console.print(table)
    show_webhooks(tour)
    tour.run("session", "list")
    tour.run("prompts", "check", "welcome", "loud", "--language", "en", "--language", "es", "--codec", "mp3")
    tour.run("audit", "metrics")
    tour.run("audit", "verify")
    verified = tour.ask("audit", "verify")
    tour.expect(verified.get("ok") is True, "the record does not verify")
    effects = tour.ask("sim", "state")
    tour.expect(effects.get("counts", {}).get("transfers.effected", 3) == 3, "the simulator saw other than 3 transfers")


def show_webhooks(tour: Tour) -> None:
    """What the outside was told, as it arrived there; every signature has to hold."""
    table = Table("webhook to", "told", "answered", "signature", title="webhooks that arrived", title_justify="left")
    for sink, number in SINKS.items():
        rows = demo_webhooks.rows(sink, wait_for_webhooks(tour, sink, number), tour.secret)
        tour.expect(len(rows) == number, f"{len(rows)} webhooks arrived at {sink}, not {number}")
        tour.expect(all("holds" in row for row in rows), f"a signature at {sink} is wrong")
        for row in rows:
            table.add_row(*row)
    tour.console.print(table)


def wait_for_webhooks(tour: Tour, sink: str, number: int) -> list[Any]:
    """What has arrived and was answered, once it is `number`; what there is when that takes too long."""
    until = time.monotonic() + WEBHOOKS_S
    while True:
        arrived = tour.ask("sim", "sink", sink).get("deliveries", [])
        answered = [delivery for delivery in arrived if delivery["status"] is not None]
        if len(answered) >= number or time.monotonic() > until:
            return answered
        time.sleep(0.1)


def main() -> int:
    """The tour; 0 if everything went as it says."""
    with TemporaryDirectory(prefix="switchboard-demo-") as name:
        folder = Path(name)
        tour = Tour(folder)
        with gateway(folder, tour):
            rows = [take(tour, number, step) for number, step in enumerate(STEPS, start=1)]
            tour.console.rule("spoken calls, over both protocols at once", align="left")
            tour.console.print(listen(tour, tour.media_port))
            finish(tour, rows)
    for words in tour.wrong:
        tour.console.print(f"[red]wrong:[/red] {words}")
    if not tour.wrong:
        tour.console.print("Everything went as it should. Go on with README.md, or with: switchboardctl --help")
    return 1 if tour.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
