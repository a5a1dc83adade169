"""AuditActor: writes the journal; the first up and the last down."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol, assert_never

from loguru import logger

from actors.base import GatewayActor, Seat
from actors.subscriptions import Subscriptions
from messages.base import Json, Recipient
from messages.journal import (
    CatchUp,
    Changes,
    ClaimLasting,
    ClaimOpenOrders,
    CommitGroup,
    DeliveriesWaiting,
    DueDeliveries,
    EventPublished,
    Group,
    HastenDeliveries,
    Lasting,
    OpenOrder,
    OpenOrders,
    PublishEvent,
    Questions,
    RecordAccepted,
    RecordAttempt,
    Recorded,
    RecordEnded,
    RecordNote,
    RecordProgress,
    StillLasting,
    Subscribe,
    Subscribed,
    TakeDeliveries,
    ToAudit,
    Unreadable,
    Unsubscribe,
)
from messages.orders import Outcome
from messages.webhooks import OutboxCounted, RedeliverWebhook, SwitchEndpoint, WebhookAnswer
from rules.catalogue import reason

GROUP_MESSAGES = 2_000  # the most in one transaction: some 40 ms of writing
LINGER_S = 0.01  # for what nobody waits for to go with the next group instead of in one of its own
SEVERAL = 4  # messages in a group: they are not one caller's alone
RESTS = 2.0  # times as long as that group took
LONGEST_REST_S = 0.005
PAGE_EVENTS = 500  # told to a lagging subscriber before others get their turn


class JournalDoor(Protocol):
    """The store behind AuditActor; storage.journal.Journal says what each does. Any error but TypeError is fatal."""

    def enter(self, message: Recorded) -> None: ...

    def seal(self, now: datetime) -> Group: ...

    def commit(self) -> None: ...

    def holds(self, group: Group) -> bool: ...

    def open_orders(self, kind: str, now: datetime) -> tuple[tuple[OpenOrder, ...], tuple[Unreadable, ...]]: ...

    def lasting(self, kind: str) -> tuple[Lasting, ...]: ...

    def due_deliveries(self, asked: TakeDeliveries) -> DueDeliveries: ...

    def forgotten_event(self) -> int: ...

    def events_after(self, seq: int, limit: int) -> tuple[EventPublished, ...]: ...

    @property
    def last_event(self) -> int: ...

    @property
    def outbox(self) -> OutboxCounted: ...

    def close(self) -> None: ...


class Desk:
    """What AuditActor has in hand; handed from incarnation to incarnation, so that a crash loses nothing of it.

    `sealed` is the group that `gathered` became and whose commit has not returned: it may be durable or not.
    """

    def __init__(self) -> None:
        self.gathered: list[Recorded] = []
        self.sealed: Group | None = None
        self.questions: list[Questions] = []
        self.subscriptions = Subscriptions()


class AuditActor(GatewayActor[ToAudit]):
    """Commits in groups: one transaction and one fsync for all that waits, and only then the replies.

    What cannot be written crashes it. The next incarnation opens a fresh journal, finds on the desk what was not
    acknowledged, looks whether it became durable after all, and commits it if not. Nothing is acknowledged twice.
    """

    def __init__(self, seat: Seat, *, open_journal: Callable[[], JournalDoor], desk: Desk, webhooks: Recipient) -> None:
        super().__init__(seat)
        self._open_journal = open_journal
        self._desk = desk
        self._webhooks = webhooks
        self._journal: JournalDoor | None = None
        self._asked: CommitGroup | None = None  # waits in the mailbox; those of dead incarnations do not count
        self._rests_until_s = 0.0
        self._groups = self._messages = self._misfits = 0

    @property
    def journal(self) -> JournalDoor:
        """The open journal; there is none before `started`."""
        if self._journal is None:
            raise RuntimeError("the journal is not open")
        return self._journal

    def started(self) -> None:
        self._journal = self._open_journal()
        desk = self._desk
        if desk.sealed is not None and self.journal.holds(desk.sealed):
            self._conclude(desk.sealed)
        for message in desk.gathered:
            self.journal.enter(message)
        self._commit()
        self._catch_up()
        self._post_outbox()

    def handle(self, message: ToAudit) -> WebhookAnswer | Subscribed | None:
        match message:
            case RedeliverWebhook() | SwitchEndpoint():
                return self._change(message)
            case RecordAccepted() | RecordProgress() | RecordEnded() | RecordNote() | PublishEvent():
                self._gather(message)
            case RecordAttempt() | HastenDeliveries():
                self._gather(message)
            case CommitGroup():
                self._commit_if_all_gathered(message)
            case Subscribe():
                return self._subscribe(message)
            case Unsubscribe():
                self._desk.subscriptions.remove(message.subscriber)
            case ClaimOpenOrders() | ClaimLasting() | TakeDeliveries():
                self._desk.questions.append(message)
                self._commit()
            case CatchUp():
                self._catch_up()
            case _:
                assert_never(message)
        return None

    def stopped(self) -> None:
        """Also what still waits is written: nobody comes after the journal."""
        while (envelope := self.address.mailbox.get_nowait()) is not None:
            answer = self.on_receive(envelope.message)
            if envelope.reply_to is not None:
                envelope.reply_to.set(answer)
        if self._journal is not None:
            self._commit()
        self.release()

    def release(self) -> None:
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close()

    def facts(self) -> Mapping[str, Json]:
        return {
            "groups": self._groups,
            "messages": self._messages,
            "misfits": self._misfits,
            "subscribers": len(self._desk.subscriptions),
            "last_event": self._journal.last_event if self._journal else None,
        }

    # --- groups ----------------------------------------------------------------------------------------------

    def _change(self, message: Changes) -> WebhookAnswer:
        """Make it durable with all that was gathered before it; its answer."""
        self.journal.enter(message)
        self._desk.gathered.append(message)
        return self._seal_and_commit().answers[-1]

    def _gather(self, message: Recorded) -> None:
        self.journal.enter(message)
        gathered = self._desk.gathered
        gathered.append(message)
        if len(gathered) == GROUP_MESSAGES:
            self.address.urge(CommitGroup(at_once=True))
        elif _may_linger(message):
            self._linger()
        elif self._asked is None:
            self._ask()

    def _linger(self) -> None:
        if self._asked is None and not self.awaits("linger"):
            self.after(LINGER_S, CommitGroup(at_once=True), key="linger")

    def _ask(self) -> None:
        """Come back to what was gathered once all that waits now has joined it."""
        self._asked = CommitGroup()
        self.address.tell_elapsed(self._asked)

    def _commit_if_all_gathered(self, asked: CommitGroup) -> None:
        if asked.at_once:
            self._commit()
        elif asked is self._asked:
            self._asked = None
            if not self.address.mailbox.idle():
                self._ask()
            elif (wait_s := self._rests_until_s - self.world.monotonic()) > 0:
                self.after(wait_s, CommitGroup(at_once=True), key="linger")
            else:
                self._commit()

    def _commit(self) -> None:
        """Make what was gathered durable, tell of it, then answer what was asked behind it."""
        desk = self._desk
        if desk.gathered:
            self._seal_and_commit()
        while desk.questions:
            self._answer(desk.questions[0])
            del desk.questions[0]

    def _seal_and_commit(self) -> Group:
        began_s, messages = self.world.monotonic(), len(self._desk.gathered)
        self._desk.sealed = group = self.journal.seal(self.world.utc_now())
        self.journal.commit()
        ended_s = self.world.monotonic()
        self._rests_until_s = ended_s + _rest_s(messages, ended_s - began_s)
        self._conclude(group)
        return group

    def _conclude(self, group: Group) -> None:
        """`group` is durable: let go of it, then tell everybody concerned."""
        desk = self._desk
        self._groups += 1
        self._messages += len(desk.gathered)
        desk.gathered, desk.sealed = [], None
        self._post_outbox()
        for recipient, recorded in group.recorded:
            recipient.tell(recorded)
        desk.subscriptions.publish(group.events, group.event_before)
        for switched in group.endpoints:
            self._webhooks.tell(switched)
        if group.deliveries:
            self._webhooks.tell(DeliveriesWaiting(count=group.deliveries, urls=group.urls))
        for misfit in group.misfits:
            self._misfits += 1
            logger.warning("refused to record: {}", misfit)
        for rest in group.rest:
            self.address.tell_elapsed(rest)

    def _post_outbox(self) -> None:
        """For whoever tells how the gateway is: nobody need ask for it, or count rows."""
        counted = self.journal.outbox
        self.post(lambda: counted)

    # --- questions -------------------------------------------------------------------------------------------

    def _answer(self, question: Questions) -> None:
        match question:
            case TakeDeliveries():
                question.reply_to.tell(self.journal.due_deliveries(question))
            case ClaimLasting():
                lasting = self.journal.lasting(question.kind)
                question.reply_to.tell(StillLasting(kind=question.kind, lasting=lasting))
            case ClaimOpenOrders():
                orders, unreadable = self.journal.open_orders(question.kind, self.world.utc_now())
                for order in unreadable:
                    self._gather(_given_up(order, question.kind))
                question.reply_to.tell(OpenOrders(kind=question.kind, orders=orders))
            case _:
                assert_never(question)

    # --- subscribers -----------------------------------------------------------------------------------------

    def _subscribe(self, wish: Subscribe) -> Subscribed:
        if wish.since_seq is not None:
            wish = replace(wish, since_seq=max(wish.since_seq, self.journal.forgotten_event()))
        held = self._desk.subscriptions.add(wish, self.journal.last_event)
        self._catch_up_later()
        return held

    def _catch_up(self) -> None:
        """Tell each who lags a page, and come back for the next."""
        last = self.journal.last_event
        for subscription in self._desk.subscriptions.lagging(last):
            subscription.tell(self.journal.events_after(subscription.heard, PAGE_EVENTS), last)
        self._catch_up_later()

    def _catch_up_later(self) -> None:
        if self._desk.subscriptions.lagging(self.journal.last_event):
            self.after(0.0, CatchUp(), key="catch-up")


def _rest_s(messages: int, took_s: float) -> float:
    """For more to join the next group, after one of `messages`; a caller alone waits for nobody.

    A group costs as much as four orders in it, whatever its size.
    """
    return min(RESTS * took_s, LONGEST_REST_S) if messages >= SEVERAL else 0.0


def _may_linger(message: Recorded) -> bool:
    """Whether nobody waits for it: a step that is not answered, or how a try of a webhook went."""
    return isinstance(message, RecordAttempt) or (isinstance(message, RecordProgress) and message.reply_to is None)


def _given_up(order: Unreadable, kind: str) -> RecordEnded:
    why = reason("SB-505", f"the order on record cannot be read by this version: {order.why}")
    return RecordEnded(
        outcome=Outcome(
            request_id=order.request_id, kind=kind, status="interrupted", detail=why.message, reasons=(why,)
        )
    )
