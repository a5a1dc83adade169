"""Doors that actors are handed and that need the tree: sessions that come and go."""

from collections.abc import Callable

from actors.address import Address
from actors.directory import Directory
from actors.seat import Seat
from actors.session import SessionActor
from messages.base import Recipient
from messages.sessions import SessionPlan
from messages.supervision import StartChild, StopChild
from supervisors.specs import TRANSIENT, ChildSpec

PREFIX = "session."


def sessions(directory: Directory, prefix: str = "") -> tuple[Address, ...]:
    """Those whose name begins with `prefix`, whether their actors are up or not."""
    found = (directory.find(name) for name in directory.names() if name.startswith(PREFIX + prefix))
    return tuple(address for address in found if address is not None)


class DynamicSessions:
    """Sessions under the supervisor `sessions`, started and stopped by whoever needs one for a while."""

    def __init__(self, directory: Directory, make: Callable[[Seat, SessionPlan], SessionActor]) -> None:
        self._directory, self._make = directory, make

    def open(self, plan: SessionPlan) -> Recipient:
        """Start a session for `plan`; its address, at which it will read once it is up."""
        name = PREFIX + plan.name
        spec = ChildSpec(name=name, start=lambda seat: self._make(seat, plan), restart=TRANSIENT)
        address = self._directory.address(name)
        self._supervisor().tell(StartChild(spec=spec))
        return address

    def close(self, name: str) -> None:
        """End the session `name` for good."""
        self._supervisor().tell(StopChild(name=PREFIX + name))

    def close_all(self, prefix: str) -> None:
        """End every session whose name begins with `prefix`."""
        for session in sessions(self._directory, prefix):
            self._supervisor().tell(StopChild(name=session.name))

    def _supervisor(self) -> Recipient:
        return self._directory.address("sessions")
