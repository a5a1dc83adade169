"""The tour's spoken calls: a simulated Genesys calls over both protocols, and the words are told beside the sentences.

What is said are the sentences in simulator/audio/calls, by speech synthesis. What is heard comes from a small real
recogniser in the box (PocketSphinx), whose vocabulary are these sentences: see docs/simulator.md.
"""

import json
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from rich.table import Table

ROOT = Path(__file__).parent.parent
SPOKEN = ROOT / "simulator" / "audio" / "calls"
KEY = "simulator-media-key"
START_S = 30.0
LAST_WORDS_S = 60.0  # a quarter of a second a sentence where nothing else runs
CALLS_S = 60.0  # both runs of six calls take eight
PROTOCOLS = ("tutorial", "audiohook")
MISHAPS = ("--gaps", "0.01", "--silence", "3")  # who speaks waits a while before hanging up
ENOUGH = 0.5  # of a sentence's words
MOST_MISSED = 3  # of the twelve sentences


class Guide(Protocol):
    """What this needs of the tour."""

    def run(self, *words: str) -> None: ...

    def ask(self, *words: str) -> Any: ...

    def say(self, words: str = "") -> None: ...

    def expect(self, held: bool, words: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One call that has ended, as the caller and as the gateway knows it."""

    protocol: str
    sentence: str
    heard: str
    language: str
    frames: int
    gaps: int

    @property
    def understood(self) -> bool:
        """Whether enough of the words came through."""
        said = words(self.sentence)
        return len(said & words(self.heard)) >= ENOUGH * len(said)


def words(text: str) -> set[str]:
    """Small letters, without punctuation."""
    return set(re.sub(r"[^\w\s-]", "", text.lower()).split())


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def listen(guide: Guide, port: int) -> Table:
    """Place the calls and follow them; the table of what was said and heard."""
    _wait_for_worker(guide, port)
    running = [_calls(guide, protocol, port) for protocol in PROTOCOLS]
    reports = [_ended(guide, protocol, child) for protocol, child in zip(PROTOCOLS, running, strict=True)]
    spoken = [
        _spoken(guide, protocol, call)
        for protocol, report in zip(PROTOCOLS, reports, strict=True)
        for call in report.get("each", [])
    ]
    guide.expect(
        len(spoken) == 2 * len(list(SPOKEN.glob("*.wav"))), "not every sentence was spoken over both protocols"
    )
    if find_spec("pocketsphinx") is None:
        guide.say("PocketSphinx is not installed, so chunks are counted and no words are heard")
    else:
        missed = sum(not call.understood for call in spoken)
        guide.expect(missed <= MOST_MISSED, f"{missed} of {len(spoken)} sentences were not understood")
    guide.run("sim", "heard")
    return _table(spoken)


def _wait_for_worker(guide: Guide, port: int) -> None:
    """Until calls are taken there, or START_S are over."""
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        try:
            socket.create_connection(("127.0.0.1", port), START_S).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    guide.expect(False, f"no audio worker takes calls on port {port}")


def _calls(guide: Guide, protocol: str, port: int) -> "subprocess.Popen[str]":
    options = ["--url", f"ws://127.0.0.1:{port}", "--protocol", protocol, "--key", KEY, *MISHAPS]
    command = ["-m", "simulator.calls", *options, "--calls", str(len(list(SPOKEN.glob("*.wav"))))]
    guide.say(f"[bold]$ python {' '.join(command)}[/bold]")
    return subprocess.Popen([sys.executable, *command, "--json"], stdout=subprocess.PIPE, text=True, cwd=ROOT)


def _ended(guide: Guide, protocol: str, child: "subprocess.Popen[str]") -> dict[str, Any]:
    told, _ = child.communicate(timeout=CALLS_S)
    report: dict[str, Any] = json.loads(told) if told else {}
    opened = report.get("opened_ms") or {}
    guide.say(
        f"{protocol}: {report.get('completed')} of {report.get('calls')} calls completed, "
        f"{report.get('frames')} frames, "
        f"opened after {opened.get('p50')} ms (median), violations of the protocol: {len(report.get('violations', {}))}"
    )
    guide.expect(child.returncode == 0, f"calls over {protocol} did not go as they should: {report.get('why')}")
    return report


def _spoken(guide: Guide, protocol: str, call: dict[str, Any]) -> Spoken:
    shown = _heard_out(guide, call["conversation_id"])
    return Spoken(
        protocol=protocol,
        sentence=(SPOKEN / call["file"]).with_suffix(".txt").read_text(encoding="utf-8").strip(),
        heard=" ".join(line["text"] for line in shown.get("tail", []) if line["text"]),
        language=f"{shown.get('language')} {shown.get('language_confidence', 0.0):.2f}",
        frames=shown.get("frames", 0),
        gaps=shown.get("gaps", 0),
    )


def _heard_out(guide: Guide, conversation_id: str) -> dict[str, Any]:
    """The stream once its last result has come: the recogniser takes its time where the machine is busy."""
    deadline_s = time.monotonic() + LAST_WORDS_S
    while True:
        shown: dict[str, Any] = guide.ask("stream", "show", conversation_id)
        if shown.get("state") == "ended" or time.monotonic() >= deadline_s:
            return shown
        time.sleep(0.2)


def _table(spoken: list[Spoken]) -> Table:
    table = Table("protocol", "what was said", "what was heard", "language", "frames", "gaps")
    for call in spoken:
        table.add_row(call.protocol, call.sentence, call.heard, call.language, str(call.frames), str(call.gaps))
    return table
