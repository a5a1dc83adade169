"""What a supervisor tells the log and the journal; of a message never more than its type."""

from loguru import logger

from messages.base import Json, Recipient
from messages.journal import PublishEvent


class Chronicle:
    """One supervisor's pen. What befalls the journal itself is only logged: telling it would be a loop."""

    def __init__(self, supervisor: str, journal: Recipient) -> None:
        self._supervisor = supervisor
        self._journal = journal

    def crashed(self, child: str, incarnation: int, error: str, message: str) -> None:
        """An incarnation ended by an exception, with a message of this type in hand."""
        logger.warning("{}#{} crashed on {}: {}", child, incarnation, message, error)
        data: dict[str, Json] = {"incarnation": incarnation, "error": error, "message": message}
        self._publish("actor.crashed", child, data)

    def ended(self, child: str, incarnation: int) -> None:
        """An incarnation ended normally, unasked."""
        logger.debug("{}#{} ended", child, incarnation)

    def restarted(self, child: str, incarnation: int, restarts: int) -> None:
        """The next incarnation is up."""
        logger.info("{}#{} is up, restart number {}", child, incarnation, restarts)
        self._publish("actor.restarted", child, {"incarnation": incarnation, "restarts": restarts})

    def asked(self, child: str, reason: str) -> None:
        """Somebody wants it restarted."""
        logger.info("{} restarts {} on request: {}", self._supervisor, child, reason or "no reason given")

    def escalated(self, child: str, why: str) -> None:
        """`child` stays down: it was given up, or is this supervisor, which fails towards its own superior."""
        logger.error("{}: {}", self._supervisor, why)
        self._publish("actor.escalated", child, {"why": why})

    def abandoned(self, child: str, incarnation: int, patience_s: float, stack: str) -> None:
        """An incarnation neither started nor stopped in its time and was cut off; `stack` is where it hangs."""
        logger.error(
            "{}#{} is abandoned after {:g} s; its thread:\n{}", child, incarnation, patience_s, stack or "none"
        )

    def _publish(self, kind: str, child: str, data: dict[str, Json]) -> None:
        if child != self._journal.name:
            self._journal.tell(PublishEvent(kind=kind, data={"name": child, "supervisor": self._supervisor, **data}))
