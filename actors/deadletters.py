"""What can no longer be delivered: counted, logged with restraint, and an order among it gets its outcome."""

import threading
from collections import Counter
from collections.abc import Callable

from loguru import logger

from messages.base import Recipient
from messages.journal import RecordAccepted
from messages.orders import Outcome, Submit
from messages.streams import StreamClosed
from messages.supervision import FromActor, Internal
from rules.catalogue import reason

LOGGED = 10  # dead letters logged one by one; then silence for MUTE_S. Source: Pekko's dead-letter logging
MUTE_S = 300.0


class DeadLetters:
    """The office every mailbox reports to; any thread may call it."""

    def __init__(self, journal: Recipient, monotonic: Callable[[], float]) -> None:
        self.counts: Counter[str] = Counter()
        self._journal = journal
        self._monotonic = monotonic
        self._logged = 0
        self._muted_until_s = float("-inf")
        self._counting = threading.Lock()

    def __call__(self, receiver: str, message: object, why: str) -> None:
        """Take one message that `receiver` will never handle.

        What actors tell themselves, and the end of a stream whose session is gone, are missed by nobody.
        """
        if message is None or isinstance(message, Internal | FromActor | StreamClosed):
            return
        with self._counting:
            self.counts[receiver] += 1
            self._log(receiver, message, why)
        if isinstance(message, Submit) and receiver != self._journal.name:
            self._journal.tell(interrupted(message, why))

    def total(self) -> int:
        """How many since the start."""
        return sum(self.counts.values())

    def _log(self, receiver: str, message: object, why: str) -> None:
        now = self._monotonic()
        if now < self._muted_until_s:
            return
        logger.warning("dead letter for {}: {}: {}", receiver, type(message).__name__, why)
        self._logged += 1
        if self._logged % LOGGED == 0:
            self._muted_until_s = now + MUTE_S
            logger.warning("{} dead letters logged; the next {} s are only counted", LOGGED, int(MUTE_S))


def interrupted(submit: Submit, why: str) -> RecordAccepted:
    """The record that ends an order nobody handled; where it is already on record, it changes nothing."""
    order = submit.order
    because = reason("SB-503", f"the order reached nobody who could carry it out: {why}")
    outcome = Outcome(
        request_id=order.request_id, kind=order.kind, status="interrupted", detail=because.message, reasons=(because,)
    )
    return RecordAccepted(order=order, peer=submit.peer, effect_id=order.request_id, reply_to=Nobody(), outcome=outcome)


class Nobody:
    """A recipient for answers that nobody waits for."""

    name = "nobody"

    def tell(self, message: object) -> None:
        """Let it go."""
