"""One measurement: a rig, a gateway, and what both say of the seconds that count."""

from dataclasses import dataclass

from benchmarks.media.gateways import KEY, Gateway, Starter
from benchmarks.media.rig import Event, Rig, cores


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of the time between the rig's `measuring` and `measured`; `lost` of the whole run."""

    frames_per_s: float
    us_a_frame: float  # the gateway's CPU
    busy: float  # cores that the gateway used
    rig_busy: float
    rss_kb: int
    up: Event
    measured: Event
    done: Event
    gateway: Gateway

    @property
    def lost(self) -> int:
        """Frames that were sent and never reached the service."""
        return int(self.done["sent"]) - int(self.done["frames"])

    @property
    def latency_ms(self) -> Event:
        """p50, p99, p999 and max: from when a frame was due to when the service had it."""
        latency: Event = self.measured["latency_ms"]
        return latency


def measure(start: Starter, *arguments: str, seconds: float = 2.0) -> Measured:
    """Run the rig with these arguments against what `start` starts; the rig has the last core to itself."""
    with (
        Rig("--key", KEY, "--seconds", str(seconds), *arguments, core=cores()[1]) as rig,
        start(rig.sink_port) as gateway,
    ):
        rig.begin(gateway.port)
        up = rig.hear("up")
        before, cpu_s = rig.hear("measuring"), gateway.cpu_s()
        after = rig.hear("measured", within_s=seconds + 60)
        cpu_s, rss_kb = gateway.cpu_s() - cpu_s, gateway.rss_kb()
        done = rig.hear("done")
    took_s, frames = after["clock_s"] - before["clock_s"], after["frames"] - before["frames"]
    return Measured(
        frames_per_s=frames / took_s,
        us_a_frame=cpu_s / max(1, frames) * 1e6,
        busy=cpu_s / took_s,
        rig_busy=(after["cpu_s"] - before["cpu_s"]) / took_s,
        rss_kb=rss_kb,
        up=up,
        measured=after,
        done=done,
        gateway=gateway,
    )
