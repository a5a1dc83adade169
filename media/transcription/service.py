"""The transcription service at its several addresses: which is used, which are healthy."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from loguru import logger

from media.transcription.credentials import tls_context
from media.transcription.door import StreamEnd, TranscriptionTransport
from media.transcription.health import HealthCheck
from media.transcription.lean.transport import LeanTransport, split_address
from media.transcription.status import Status
from media.transcription.timers import Timer, Timers
from messages.media import ServicePlan
from rules.failover import choose


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFacts:
    """One address; `why` it is not healthy, empty when it is or nobody knows yet."""

    address: str
    in_use: bool
    connected: bool
    healthy: bool
    why: str = ""


def transport_maker(plan: ServicePlan) -> Callable[[str], TranscriptionTransport]:
    """Makes the plan's kind of transport for an address, on the running loop.

    Raises ValueError for an address that is none, OSError or ssl.SSLError when the plan's TLS files cannot be read.
    """
    for address in plan.addresses:
        split_address(address)
    if plan.transport == "grpcio":
        from media.transcription.reference import ReferenceTransport, channel_credentials  # not needed, not loaded

        credentials = channel_credentials(plan)
        return lambda address: ReferenceTransport(address, plan, credentials)
    context = tls_context(plan)
    return lambda address: LeanTransport(address, plan, context)


class Service:
    """Streams go to the first healthy address; one that fails is left until a health check finds it well again.

    Streams that are open stay where they are. Every address is asked every `health_every_s`.
    """

    def __init__(self, plan: ServicePlan, make: Callable[[str], TranscriptionTransport], timers: Timers) -> None:
        if not plan.addresses:
            raise ValueError("no address of a transcription service is given: set TRANSCRIPTION_GRPC_ADDR")
        self._plan = plan
        self._timers = timers
        self._transports = tuple(make(address) for address in plan.addresses)
        self._failed_at: list[float | None] = [None] * len(plan.addresses)
        self._why = [""] * len(plan.addresses)
        self._checks: dict[int, HealthCheck] = {}
        self._timer: Timer | None = None
        self._used = self._told_used = 0

    def start(self) -> None:
        """Begin to ask how the addresses are."""
        for index, transport in enumerate(self._transports):
            if index not in self._checks:
                told = partial(self._told, index)
                self._checks[index] = HealthCheck(transport, deadline_s=self._plan.connect_s, told=told)
        self._timer = self._timers.call_later(self._plan.health_every_s, self.start)

    async def close(self) -> None:
        """End all streams and leave."""
        if self._timer is not None:
            self._timer.cancel()
        for check in self._checks.values():
            check.abort()
        for transport in self._transports:
            await transport.close()

    def transport(self) -> TranscriptionTransport:
        """The way to the address in use."""
        return self._transports[self._used]

    def ended(self, transport: TranscriptionTransport, end: StreamEnd) -> None:
        """A stream that ended with UNAVAILABLE speaks against its address."""
        if end.code is Status.UNAVAILABLE:
            self._fail(self._transports.index(transport), end.message)

    def facts(self) -> tuple[AddressFacts, ...]:
        """All addresses, in the operator's order."""
        return tuple(
            AddressFacts(
                address=address,
                in_use=index == self._used,
                connected=self._transports[index].ready,
                healthy=self._failed_at[index] is None,
                why=self._why[index],
            )
            for index, address in enumerate(self._plan.addresses)
        )

    def trouble(self) -> str:
        """Why no address is well; empty while one is, or nobody knows yet."""
        if None in self._failed_at:
            return ""
        return "; ".join(f"{facts.address}: {facts.why or 'no reason given'}" for facts in self.facts())

    def _told(self, index: int, why: str) -> None:
        del self._checks[index]
        if why:
            self._fail(index, why)
            return
        self._failed_at[index] = None
        self._why[index] = ""
        self._choose()

    def _fail(self, index: int, why: str) -> None:
        self._failed_at[index] = self._timers.time()
        self._why[index] = why
        self._choose()

    def _choose(self) -> None:
        """Where none is well they take turns, with every try of every call: that is nothing to tell."""
        self._used = choose(self._failed_at)
        if self._used != self._told_used and self._failed_at[self._used] is None:
            addresses = self._plan.addresses
            logger.info("transcription service: {} instead of {}", addresses[self._used], addresses[self._told_used])
            self._told_used = self._used
