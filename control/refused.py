"""Strangers at the door: on record, but not as often as they knock."""

from control.peers import Credentials
from messages.base import Json
from messages.journal import RecordNote

ONE_NOTE_PER_S = 60.0  # and user: whoever may connect must not be able to fill the record


class RefusedPeers:
    """Counts refusals by user; a note for the first, and then at most one a minute with what came since."""

    def __init__(self) -> None:
        self.total = 0
        self._since: dict[int, int] = {}
        self._noted_at_s: dict[int, float] = {}

    def note(self, who: Credentials, now_s: float) -> RecordNote | None:
        """What to put on record of this refusal, if anything."""
        self.total += 1
        self._since[who.uid] = self._since.get(who.uid, 0) + 1
        if now_s - self._noted_at_s.get(who.uid, -ONE_NOTE_PER_S) < ONE_NOTE_PER_S:
            return None
        self._noted_at_s[who.uid] = now_s
        data: dict[str, Json] = {"pid": who.pid, "uid": who.uid, "gid": who.gid, "attempts": self._since.pop(who.uid)}
        return RecordNote(kind="peer.refused", subject=f"uid {who.uid}", data=data)
