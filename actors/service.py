"""ServiceActor: keeps something alive that needs a thread of its own: the I/O thread, a door's server."""

from collections.abc import Callable, Mapping
from typing import NoReturn, Protocol

from actors.base import GatewayActor, Seat
from messages.base import Json
from messages.services import ServiceDied

OnDeath = Callable[[BaseException], None]


class Service(Protocol):
    """Something with a thread. A service that has died is over; a new one is made in its place."""

    def start(self) -> None:
        """Start the thread; raises what keeps it from starting."""

    def stop(self, timeout_s: float) -> object:
        """End it in good order, by force after `timeout_s`."""

    def facts(self) -> Mapping[str, Json]:
        """What `actor.show` tells of it."""


class ServiceDiedError(RuntimeError):
    """The thread ended; the incarnation that kept it ends with it, and the next one makes a new service."""


class ServiceActor(GatewayActor[ServiceDied]):
    """Makes the service when it starts, stops it when told to, and crashes when it dies."""

    def __init__(self, seat: Seat, make: Callable[[OnDeath], Service], stop_s: float = 3.0) -> None:
        super().__init__(seat)
        self._make, self._stop_s = make, stop_s
        self._service: Service | None = None

    def started(self) -> None:
        self._service = self._make(self._died)
        self._service.start()

    def handle(self, message: ServiceDied) -> NoReturn:
        raise ServiceDiedError(message.error)

    def stopped(self) -> None:
        if self._service is not None:
            self._service.stop(self._stop_s)

    def release(self) -> None:
        if self._service is not None:
            self._service.stop(0.0)

    def facts(self) -> Mapping[str, Json]:
        return self._service.facts() if self._service is not None else {}

    def _died(self, error: BaseException) -> None:
        self.address.urge(ServiceDied(error=f"{type(error).__name__}: {error}"))
