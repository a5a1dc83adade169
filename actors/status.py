"""gateway.status as of the steward's last event, for any thread to read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actors.tally import DRAINING, READY
from messages.base import Json
from messages.gateway import Nameplate, State
from messages.webhooks import OutboxCounted


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A notice: what was counted does not change any more; the rest may be asked in any thread.

    `monotonic` in seconds; `outbox` is None while the journal is away; `troubles` say why the gateway is not quite
    well, one line each.
    """

    nameplate: Nameplate
    state: Callable[[], State]
    monotonic: Callable[[], float]
    dead_letters: Callable[[], int]
    outbox: Callable[[], OutboxCounted | None]
    counts: Mapping[str, Json]
    audio: Mapping[str, Json] | None
    troubles: tuple[str, ...]

    def __call__(self) -> dict[str, Json]:
        """The shape of gateway.status."""
        plate = self.nameplate
        return {
            "state": self.state(),
            "degraded": list(self.troubles),
            "version": plate.version,
            "pid": plate.pid,
            "dialect": plate.dialect,
            "features": list(plate.features),
            "simulator": plate.simulator_url,
            "media": plate.media_address,
            "audio": self._audio(),
            "started_at": plate.started_at,
            "uptime_s": round(self.monotonic() - plate.started_s, 3),
            "counts": {**self.counts, "dead_letters": self.dead_letters(), "webhooks": self._webhooks()},
        }

    def _audio(self) -> Json:
        """A gateway that takes no orders takes no calls, though its workers still have some."""
        if self.audio is None:
            return None
        leaves = self.state() in {"draining", "stopping"} and self.audio["state"] == READY
        return {**self.audio, "state": DRAINING, "ready": 0} if leaves else dict(self.audio)

    def _webhooks(self) -> Json:
        counted = self.outbox()
        if counted is None:
            return None
        return {"waiting": counted.waiting, "dead": counted.dead, "endpoints_disabled": counted.endpoints_disabled}
