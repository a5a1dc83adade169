"""Doors that actors are handed and that need the tree: sessions that come and go."""

from collections.abc import Callable

from actors.directory import Directory
from actors.seat import Seat
from actors.session import SessionActor
from messages.base import Recipient
from messages.sessions import SessionPlan
from messages.supervision import StartChild, StopChild
from supervisors.specs import TRANSIENT, ChildSpec

PREFIX = "session."


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
        for name in self._directory.names():
            if name.startswith(PREFIX + prefix):
                self._supervisor().tell(StopChild(name=name))

    def _supervisor(self) -> Recipient:
        return self._directory.address("sessions")
