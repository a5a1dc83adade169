"""Which event sockets want to hear of which interaction. Source: contracts 2, step 5."""

from simulator.forms import BadInput, Field, Form, object_of, one_of, problems, read_json, text
from simulator.sessions import Session
from simulator.state import World

EVENT = "media.playback.state"
_FRAME: Form = {
    "action": one_of("subscribe", required=True),
    "eventTypes": Field(f"a list with {EVENT}", lambda given: given == [EVENT], required=True),
    "filters": object_of("an object with interactionId", required=True),
}
_FILTERS: Form = {"interactionId": text(required=True)}


class Subscriptions:
    """An interaction's subscribers are found at once, however many sockets are open."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions: dict[str, dict[int, Session]] = {}
        self._wanted: dict[int, set[str]] = {}

    def add(self, session: Session, interaction_id: str) -> None:
        """From now on; what was told before is lost to this session. Subscribing again changes nothing."""
        wanted = self._wanted.setdefault(session.id, set())
        if interaction_id in wanted:
            return
        wanted.add(interaction_id)
        self._sessions.setdefault(interaction_id, {})[session.id] = session
        self._world.tally("subscriptions.total")

    def forget(self, session: Session) -> None:
        """The session has ended, and with it all that it wanted to hear."""
        wanted = self._wanted.pop(session.id, set())
        for interaction_id in wanted:
            of_one = self._sessions[interaction_id]
            del of_one[session.id]
            if not of_one:
                del self._sessions[interaction_id]
        if wanted:
            self._world.tally("subscriptions.ended", len(wanted))

    def of(self, interaction_id: str) -> list[Session]:
        """The sessions that shall hear of this interaction, the oldest subscription first."""
        return list(self._sessions.get(interaction_id, {}).values())


def read_subscription(raw: bytes) -> str:
    """The interaction that a subscribe frame asks for; BadInput names every field that is not as it must be."""
    given = read_json(raw)
    wrong = problems(given, _FRAME)
    if isinstance(given, dict) and isinstance(given.get("filters"), dict):
        wrong += problems(given["filters"], _FILTERS, "filters.")
    if wrong:
        raise BadInput(wrong)
    return str(given["filters"]["interactionId"])
