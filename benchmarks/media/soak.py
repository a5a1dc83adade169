"""Calls that come and go for minutes: whether memory or descriptors grow."""

import time
from collections.abc import Sequence
from statistics import linear_regression

from benchmarks.media import gateways
from benchmarks.media.gateways import KEY, Gateway
from benchmarks.media.rig import Rig, cores
from benchmarks.table import show
from media.native.load import native as compiled

EVERY_S = 2.0
CALLS = 500
CALL_S = 20  # on average, half to one and a half of it
SETTLED = 0.25  # the first quarter is not looked at: pools and caches fill


def soak(seconds: float) -> None:
    """500 calls in real time, each replaced when it ends: a line through memory and descriptors over time.

    With the compiled kernel where there is one, as a gateway would.
    """
    core, rig_core = cores()
    native = compiled() is not None
    arguments = ("--real-time", "--calls", str(CALLS), "--ramp", "200", "--call-seconds", str(CALL_S))
    with (
        Rig("--key", KEY, "--seconds", str(seconds), *arguments, core=rig_core) as rig,
        gateways.plane("lean", core, native=native)(rig.sink_port) as gateway,
    ):
        rig.begin(gateway.port)
        rig.hear("up")
        rig.hear("measuring")
        samples = _sample(gateway, seconds)
        measured = rig.hear("measured", within_s=60)
        done = rig.hear("done")
    late = samples[int(len(samples) * SETTLED) :]
    minutes = [moment / 60 for moment, _, _ in late]
    rss = linear_regression(minutes, [float(kb) for _, kb, _ in late])
    fds = linear_regression(minutes, [float(count) for _, _, count in late])
    show(
        f"soak: {CALLS} calls coming and going for {seconds:g} s, {CALL_S} s each on average, "
        f"read by {'the compiled kernel' if native else 'Python'}",
        ("calls ended", "frames", "lost", "p99 ms", "MB at start", "MB at end", "KB/min", "fds at end", "fds/min"),
        [
            (
                done["ended"],
                done["sent"],
                done["sent"] - done["frames"],
                measured["latency_ms"]["p99"],
                late[0][1] / 1024,
                late[-1][1] / 1024,
                rss.slope,
                late[-1][2],
                fds.slope,
            )
        ],
    )


def _sample(gateway: Gateway, seconds: float) -> Sequence[tuple[float, int, int]]:
    """Moment in s, memory in KB, descriptors."""
    began, samples = time.monotonic(), []
    while (elapsed_s := time.monotonic() - began) < seconds - EVERY_S:
        samples.append((elapsed_s, gateway.rss_kb(), gateway.fds()))
        time.sleep(EVERY_S)
    return samples
