"""Closed loop: as many frames as a gateway takes, with a few of every call on their way; and what the rig can do."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

import orjson

from benchmarks.media import build, gateways
from benchmarks.media.gateways import Starter
from benchmarks.media.rig import Rig, RigFailed, cores
from benchmarks.media.runs import Measured, measure
from benchmarks.media.shares import limited
from benchmarks.table import middle, show

ROUNDS = 7
SECONDS = 1.0
SHARE = 0.3  # of a core: of the rest the rig needs 0.6 for two workers
CALLS = ("--calls", "200", "--warm", "0.3")
BASELINE, PEER, GRPCIO, LEAN, LEAN_AUDIOHOOK, NATIVE, NATIVE_AUDIOHOOK = (
    "websockets + grpc.aio (baseline)",
    "Go: gorilla + grpc-go",
    "plane, grpcio",
    "plane, lean",
    "plane, lean, AudioHook",
    "plane, lean, native",
    "plane, lean, native, AudioHook",
)


def limits() -> None:
    """The callers against one who only reads, the sink against one who only sends: each alone on its core."""
    gateway_core, _ = cores()
    load, sink = _load_alone(gateway_core), _sink_alone(gateway_core)
    show(
        "the rig alone, on one core",
        ("callers, frames/s", "sink, chunks/s", "both on one core, frames/s"),
        [(load, sink, 1 / (1 / load + 1 / sink))],
    )


def closed() -> None:
    """All gateways in turns, several rounds, the ratios within each round."""
    starters = _starters()
    rounds = [
        {name: measure(start, *CALLS, *more, seconds=SECONDS) for name, (start, more) in starters.items()}
        for _ in range(ROUNDS)
    ]
    show(
        f"closed loop, 200 calls, 20 ms of PCMU a frame, gateway on one core: medians of {ROUNDS} rounds (min–max)",
        ("gateway", "frames/s", "us CPU/frame", "x baseline", "x Go", "less CPU than Go", "rig busy", "lost"),
        [_row(name, rounds) for name in starters],
    )


def _starters() -> Mapping[str, tuple[Starter, Sequence[str]]]:
    """What can be measured here, each tried once; what cannot is said."""
    core, _ = cores()
    tried: dict[str, tuple[Callable[[int], Starter], Sequence[str]]] = {
        BASELINE: (gateways.baseline, ()),
        PEER: (gateways.peer, ()),
        GRPCIO: (lambda core: gateways.plane("grpcio", core), ()),
        LEAN: (lambda core: gateways.plane("lean", core), ()),
        LEAN_AUDIOHOOK: (lambda core: gateways.plane("lean", core), ("--audiohook",)),
        NATIVE: (lambda core: gateways.plane("lean", core, native=True), ()),
        NATIVE_AUDIOHOOK: (lambda core: gateways.plane("lean", core, native=True), ("--audiohook",)),
    }
    starters = {}
    for name, (make, more) in tried.items():
        try:
            starter = make(core)
            measure(starter, "--calls", "1", "--warm", "0", *more, seconds=0.1)
        except (build.NotAtHand, RigFailed) as why:
            print(f"\nwithout {name}: {why}")
        else:
            starters[name] = (starter, more)
    return starters


Figure = Callable[[Measured], float]


def _speed(run: Measured) -> float:
    return run.frames_per_s


def _row(name: str, rounds: Sequence[Mapping[str, Measured]]) -> Sequence[object]:
    runs = [measured[name] for measured in rounds]
    version = runs[0].gateway.version
    return (
        f"{name} {version}".rstrip(),
        middle([run.frames_per_s for run in runs]),
        middle([run.us_a_frame for run in runs]),
        _ratio(name, BASELINE, rounds),
        _ratio(name, PEER, rounds),
        _ratio(PEER, name, rounds, lambda run: run.us_a_frame),
        middle([run.rig_busy for run in runs]),
        sum(run.lost for run in runs),
    )


def _ratio(name: str, other: str, rounds: Sequence[Mapping[str, Measured]], of: Figure = _speed) -> str:
    if not {name, other} <= rounds[0].keys():
        return "absent"
    ratios = [of(measured[name]) / of(measured[other]) for measured in rounds]
    return _range(ratios)


def _range(ratios: Sequence[float]) -> str:
    return f"{middle(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def _load_alone(core: int) -> float:
    child = subprocess.Popen([str(build.probe()), "drain"], stdout=subprocess.PIPE)
    try:
        os.sched_setaffinity(child.pid, {core})
        assert child.stdout is not None
        port = orjson.loads(child.stdout.readline())["port"]
        with child.stdout, Rig("--no-sink", *CALLS, "--seconds", "1.5", core=cores()[1]) as rig:
            rig.begin(port)
            rig.hear("up")
            before, after = rig.hear("measuring"), rig.hear("measured")
            return float((after["sent"] - before["sent"]) / (after["clock_s"] - before["clock_s"]))
    finally:
        child.kill()
        child.wait()


def _sink_alone(core: int) -> float:
    with Rig("--no-load", core=cores()[1]) as rig:
        command = ["taskset", "-c", str(core), str(build.probe()), "blast", str(rig.sink_port), "1.5"]
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=30)
        took_s = time.perf_counter() - began
        return float(rig.stop()["chunks"] / took_s)


def workers() -> None:
    """One worker against two, a core for each; of the one that the second shares with the rig both have enough."""
    gateway_core, rig_core = cores()
    second = _second(gateway_core, rig_core)
    share = SHARE if second == rig_core else None
    try:
        one = limited(gateways.plane("lean", gateway_core), share)
        two = limited(gateways.plane("lean", gateway_core, second), share)
    except build.NotAtHand as why:
        print(f"\nwithout one worker against two: {why}")
        return
    rounds = [tuple(measure(start, *CALLS, seconds=SECONDS) for start in (one, two)) for _ in range(ROUNDS)]
    show(
        f"one worker and two, each with {'a core' if share is None else f'{share:g} of a core'}",
        ("workers", "frames/s", "x one", "us CPU/frame", "cores used", "rig busy"),
        [_workers_row(number, rounds) for number in (1, 2)],
    )


def _second(gateway_core: int, rig_core: int) -> int:
    return next((core for core in sorted(os.sched_getaffinity(0)) if core not in (gateway_core, rig_core)), rig_core)


def _workers_row(number: int, rounds: Sequence[Sequence[Measured]]) -> Sequence[object]:
    runs = [measured[number - 1] for measured in rounds]
    return (
        number,
        middle([run.frames_per_s for run in runs]),
        _range([run.frames_per_s / measured[0].frames_per_s for run, measured in zip(runs, rounds, strict=True)]),
        middle([run.us_a_frame for run in runs]),
        middle([run.busy for run in runs]),
        middle([run.rig_busy for run in runs]),
    )
