"""Real time: 50 frames a second and call, on a schedule; latency, loss, memory, and how soon a call is answered."""

from collections.abc import Callable, Sequence

from benchmarks.media import build, gateways
from benchmarks.media.gateways import Starter
from benchmarks.media.rig import RigFailed, cores
from benchmarks.media.runs import Measured, measure
from benchmarks.table import show

REAL_TIME = ("--real-time", "--warm", "2")
RAMP_PER_S = 500.0
FEW, MANY = 500, 2_000
IN_TIME_MS = 20
MOST_CALLS, STEP = 3_200, 50


def real_time(calls: Sequence[int] = (1_500, 2_500), seconds: float = 8.0) -> None:
    """The plane, and the Go peer where it can be built, at several numbers of calls."""
    core, _ = cores()
    starters: dict[str, Starter] = {"plane, lean": gateways.plane("lean", core), **_optional(core)}
    rows = [
        _real_row(name, number, _lives(start, number, seconds)) for number in calls for name, start in starters.items()
    ]
    show(
        "real time, 50 frames/s a call, gateway on one core; from when a frame was due to when the service had it",
        (
            "gateway",
            "calls",
            "frames/s",
            "p50 ms",
            "p99 ms",
            "p99.9 ms",
            "max ms",
            "lost",
            "busy",
            "rig busy",
            "rig late ms",
        ),
        rows,
    )


def carried(seconds: float = 3.0) -> None:
    """The most real-time calls that each gateway carries in time: unlike a number of calls, a ratio is no machine's."""
    core, _ = cores()
    starters: dict[str, Starter] = {"plane, lean": gateways.plane("lean", core), **_optional(core)}
    starters["websockets + grpc.aio (baseline)"] = gateways.baseline(core)
    calls = {name: _most(start, seconds) for name, start in starters.items()}
    show(
        f"real-time calls carried, within {STEP}: none lost, 99 of 100 frames within {IN_TIME_MS} ms",
        ("gateway", "calls", "of the plane's"),
        [(name, most, most / calls["plane, lean"]) for name, most in calls.items()],
    )


def _most(start: Starter, seconds: float) -> int:
    """By halving, within STEP calls."""
    good, bad = 0, MOST_CALLS
    while bad - good > STEP:
        calls = (good + bad) // 2
        try:
            run = _lives(start, calls, seconds)
            in_time = run.lost == 0 and run.latency_ms["p99"] <= IN_TIME_MS
        except RigFailed:
            in_time = False
        good, bad = (calls, bad) if in_time else (good, calls)
    return good


def _optional(core: int) -> dict[str, Starter]:
    """What is there only after it was built, or with a toolchain; what cannot be had is said."""
    made: dict[str, Callable[[], Starter]] = {
        "plane, lean, native": lambda: gateways.plane("lean", core, native=True),
        "Go: gorilla + grpc-go": lambda: gateways.peer(core),
    }
    starters = {}
    for name, make in made.items():
        try:
            starters[name] = make()
        except build.NotAtHand as why:
            print(f"\nwithout {name}: {why}")
    return starters


def _lives(start: Starter, calls: int, seconds: float, *more: str) -> Measured:
    return measure(start, *REAL_TIME, "--calls", str(calls), "--ramp", str(RAMP_PER_S), *more, seconds=seconds)


def _real_row(name: str, calls: int, run: Measured) -> Sequence[object]:
    latency = run.latency_ms
    return (
        name,
        calls,
        run.frames_per_s,
        latency["p50"],
        latency["p99"],
        latency["p999"],
        latency["max"],
        run.lost,
        run.busy,
        run.rig_busy,
        run.measured["late_max_ms"],
    )


def memory() -> None:
    """What a call takes: the worker's memory with many calls less that with few."""
    core, _ = cores()
    rows = []
    for name, start, more in (
        ("plane, lean", gateways.plane("lean", core), ()),
        ("plane, lean, AudioHook", gateways.plane("lean", core), ("--audiohook",)),
    ):
        few, many = (_quiet_rss_kb(start, number, more) for number in (FEW, MANY))
        rows.append((name, few / 1024, many / 1024, (many - few) / (MANY - FEW)))
    show(
        "memory of the worker, 10 frames/s a call (more would be overload), a result every 50 frames",
        ("gateway", f"MB at {FEW} calls", f"MB at {MANY:,}", "KB a call"),
        rows,
    )


def _quiet_rss_kb(start: Starter, calls: int, more: Sequence[str]) -> int:
    return _lives(start, calls, 6.0, "--period-ms", "100", *more).rss_kb


def opened() -> None:
    """500 calls that arrive within one second, their frames from the first moment on."""
    core, _ = cores()
    rows = []
    for name, more in (("/media-api, to 101", ()), ("/audiohook, to opened", ("--audiohook",))):
        run = measure(
            gateways.plane("lean", core), "--real-time", "--calls", "500", "--ramp", "500", "--warm", "0.5", *more
        )
        told = run.up["opening_ms"]
        rows.append((name, told["p50"], told["p99"], told["max"], run.lost))
    show(
        "500 calls in one second: from connect until the call is answered",
        ("protocol", "p50 ms", "p99 ms", "max ms", "frames lost"),
        rows,
    )
