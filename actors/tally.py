"""What is open and how the rest ended, counted from events; the steward's memory, and nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from messages.base import Json
from rules.sessions import Phase

OPEN = Phase.OPEN.value
VALID = "valid"  # state of token.status
READY, DOWN, STARTING, DRAINING, DRAINED = "ready", "down", "starting", "draining", "drained"  # of audio workers
OF_ALL = (READY, DOWN, STARTING, DRAINING)  # what is told of them all is the first that one of them is, else DRAINED
ENDS = ("succeeded", "failed", "refused", "interrupted")


class Tally:
    """Orders by id and ends by status since the start of the incarnation; sessions and audio workers by name.

    `knows_all` turns True once the orders that were open before the first event are in.
    """

    OF_ORDERS: ClassVar[tuple[str, ...]] = ("order.accepted", "order.ended")
    KINDS: ClassVar[tuple[str, ...]] = (
        *OF_ORDERS,
        "session.opened",
        "session.restarted",
        "session.lost",
        "session.closed",
        "token.refreshed",
        "token.missing",
        "media.ready",
        "media.lost",
        "media.drained",
        "media.unserved",
        "media.served",
    )

    def __init__(self, workers: Iterable[str] = ()) -> None:
        self.knows_all = False
        self._open: set[str] = set()
        self._ended_early: set[str] = set()
        self._ends: Counter[str] = Counter()
        self._sessions: dict[str, str] = {}
        self._audio = dict.fromkeys(workers, STARTING)
        self._workers: dict[str, str] = {}
        self._unserved: dict[str, str] = {}
        self._no_token = ""

    def count(self, kind: str, data: Mapping[str, Json]) -> None:
        """Take one event; of a kind that is not in KINDS, nothing."""
        match kind:
            case "order.accepted":
                self._open.add(str(data.get("request_id")))
            case "order.ended":
                self._end(str(data.get("request_id")), str(data.get("status")))
            case "session.opened" | "session.restarted":
                self._sessions[str(data.get("session"))] = ""
            case "session.closed":
                self._sessions.pop(str(data.get("session")), None)
            case "media.ready":
                self._worker(str(data.get("worker")), READY)
            case "media.drained":
                self._worker(str(data.get("worker")), DRAINED)
            case "media.lost":
                self._worker(str(data.get("worker")), DOWN, str(data.get("why") or "no reason given"))
            case "media.unserved":
                self._unserved[str(data.get("worker"))] = str(data.get("why"))
            case "media.served":
                self._unserved.pop(str(data.get("worker")), None)
            case "token.refreshed":
                self._no_token = ""
            case "token.missing":
                self._no_token = str(data.get("why") or "no reason given")
            case "session.lost":
                why = data.get("reason") or data.get("code")
                self._sessions[str(data.get("session"))] = str(why or "no reason given")

    def take_open_orders(self, listed: Mapping[str, Json]) -> None:
        """Add what the archive held as open, less what has ended while it was being read."""
        commands = listed.get("commands")
        if isinstance(commands, list | tuple):
            ids = {str(command.get("request_id")) for command in commands if isinstance(command, Mapping)}
            self._open |= ids - self._ended_early
        self._ended_early.clear()
        self.knows_all = True

    def take_session(self, shown: Mapping[str, Json]) -> None:
        """Count a session as it stands; one that is still on its way for the first time is neither open nor lost."""
        name, trouble = str(shown.get("name")), shown.get("last_error")
        if shown.get("state") == OPEN:
            self._sessions[name] = ""
        elif trouble:
            self._sessions[name] = str(trouble)

    def take_token(self, shown: Mapping[str, Json]) -> None:
        """The token as it stands; one that is fetched for the first time is no trouble."""
        self._no_token = "" if shown.get("state") == VALID else str(shown.get("last_error") or "")

    def take_worker(self, name: str, facts: Mapping[str, Json] | None) -> None:
        """How an audio worker stands; one whose actor does not answer is not running."""
        if facts is None:
            self._worker(name, DOWN, "its actor does not answer; see gateway tree")
            return
        self._worker(name, str(facts.get("state")))
        if facts.get("unserved"):
            self._unserved[name] = str(facts["unserved"])

    def open_orders(self) -> int:
        """How many orders have no end yet."""
        return len(self._open)

    def counts(self) -> dict[str, Json]:
        """The `counts` of gateway.status."""
        lost = sum(1 for trouble in self._sessions.values() if trouble)
        return {
            "orders": {"open": self.open_orders(), **{status: self._ends[status] for status in ENDS}},
            "sessions": {"open": len(self._sessions) - lost, "lost": lost},
        }

    def audio(self) -> dict[str, Json] | None:
        """The `audio` of gateway.status: whether calls are taken, by how many of the workers; None without any."""
        states = Counter(self._audio.values())
        state = next((each for each in OF_ALL if states[each]), DRAINED)
        return {"state": state, "workers": states.total(), "ready": states[READY]} if states else None

    def troubles(self) -> Iterator[str]:
        """Why the gateway is not quite well, one line each; nothing when it is."""
        if self._no_token:
            yield f"there is no access token: {self._no_token}"
        for name, trouble in sorted(self._sessions.items()):
            if trouble:
                yield f"session {name} is lost: {trouble}"
        for name, trouble in sorted(self._workers.items()):
            if trouble:
                yield f"audio worker {name} is down: {trouble}"
        for name, trouble in sorted(self._unserved.items()):
            yield f"audio worker {name} has no transcription service: {trouble}"

    def _worker(self, name: str, state: str, trouble: str = "") -> None:
        """A process that has just begun or ended knows nothing of the service."""
        self._audio[name] = state
        self._workers[name] = trouble
        self._unserved.pop(name, None)

    def _end(self, request_id: str, status: str) -> None:
        self._open.discard(request_id)
        self._ends[status] += 1
        if not self.knows_all:
            self._ended_early.add(request_id)
