"""Audio that Genesys loses and pauses: where in the stream it is missing is known to the sample."""

import subprocess
import sys

import orjson

from tests.trips.house import ROOT
from tests.trips.studio import KEY, studios
from tests.trips.wire import PATIENCE_S

SCRIPT = "sent 7, lost 2, sent 6, paused 11, held 4, sent 2, lost 1, sent 3, paused 5"
FRAMES, SAMPLES = 50, 136  # of a call; of a frame, which is 17 ms
MISSING = [(7, 1), (8, 1), (15, 11), (32, 1), (36, 5)]  # first frame and number of frames of each hole


def test_every_hole_is_told_where_it_is_and_both_sides_agree_on_the_position() -> None:
    with studios() as studio:
        where = ("--url", f"ws://{studio.address}", "--protocol", "audiohook", "--key", KEY)
        how = ("--script", SCRIPT, "--frame-ms", "17", "--duration", str(FRAMES * 0.017), "--json")
        words = [sys.executable, "-m", "simulator.calls", *where, *how]
        called = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=PATIENCE_S)
        assert called.returncode == 0, called.stdout.decode() + called.stderr.decode()
        (call,) = orjson.loads(called.stdout)["each"]
        shown = studio.until(call["conversation_id"], lambda shown: shown["state"] == "ended")
        sent = FRAMES - sum(frames for _, frames in MISSING)
        assert (call["frames"], shown["frames"], shown["gaps"], shown["dropped"]) == (sent, sent, len(MISSING), 0)
        holes = [entry for entry in shown["timeline"] if entry["what"] == "discarded"]
        bounds = [(hole["expected"], hole["got"]) for hole in holes if "expected" in hole]
        assert bounds == [(start * SAMPLES, (start + frames) * SAMPLES) for start, frames in MISSING]
        spans = [(samples(hole["start"]), samples(hole["discarded"])) for hole in holes if "start" in hole]
        assert spans == [(start * SAMPLES, frames * SAMPLES) for start, frames in MISSING]
        assert "positions" not in {entry["what"] for entry in shown["timeline"]}, "no position disagreed with ours"


def samples(duration: str) -> float:
    """Of a duration of AudioHook, at 8 kHz."""
    return round(float(duration.removeprefix("PT").removesuffix("S")) * 8_000, 6)
