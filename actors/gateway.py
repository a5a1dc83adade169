"""StewardActor, named `gateway` on the tree: answers for the gateway as a whole, and takes it out of service."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol, assert_never

import pykka

from actors.address import Address
from actors.base import ActorFailed, GatewayActor, Seat
from actors.mailbox import MailboxFull
from actors.reply import Reply
from actors.status import Status
from actors.tally import Tally
from messages.archive import ListCommands
from messages.base import Json, Recipient
from messages.gateway import (
    Drain,
    DrainOverdue,
    ListOpenOrders,
    LogLevel,
    LogLevelOver,
    Nameplate,
    OpenOrdersListed,
    ReloadSettings,
    Resume,
    SessionShown,
    SetLogLevel,
    ShowGateway,
    State,
    StopGateway,
    SubscribeAgain,
    SubscriptionAnswered,
    ToGateway,
    TokenShown,
    WorkerShown,
)
from messages.journal import EventPublished, Subscribe
from messages.media_workers import DrainMedia, MediaDrained, ResumeMedia
from messages.orders import CancelOrders
from messages.sessions import ShowSession
from messages.supervision import Describe, Description
from messages.tokens import ShowToken
from messages.webhooks import OutboxCounted

MOST_OPEN = 100_000  # open orders read from the archive at the start
ASK_AGAIN_S = 1.0
CANCEL_S = 5.0  # for interrupted orders to be on record, before a drain that cancels gives up


class Process(Protocol):
    """The process around the actors; its state outlives any incarnation of this actor, and the doors read it too."""

    def state(self) -> State:
        """What the process is doing."""

    def drain(self, on: bool) -> None:
        """Refuse new orders from now on, or take them again."""

    def stop(self) -> None:
        """Begin to end the process, and return at once."""

    def reload(self) -> Mapping[str, Json]:
        """Read the settings again; what changed, what needs a restart, what was wrong."""

    def set_log_level(self, level: LogLevel, module: str | None) -> None:
        """Log from `level` on."""

    def reset_log_level(self, module: str | None) -> None:
        """Log as the settings say."""


class StewardActor(GatewayActor[ToGateway]):
    """Counts what the journal tells, answers gateway.status from it, and waits with whoever drains."""

    def __init__(
        self,
        seat: Seat,
        *,
        nameplate: Nameplate,
        process: Process,
        journal: Address,
        archive: Address,
        token: Address,
        sessions: Callable[[], tuple[Address, ...]],
        workers: tuple[Recipient, ...],
        dead_letters: Callable[[], int],
        media: tuple[Address, ...] = (),
        media_drain_s: float = 0.0,
    ) -> None:
        super().__init__(seat)
        self._nameplate = nameplate
        self._process = process
        self._journal = journal
        self._archive = archive
        self._token = token
        self._sessions = sessions
        self._workers = workers
        self._dead_letters = dead_letters
        self._media, self._media_drain_s = media, media_drain_s
        self._with_calls: set[str] = set()
        self._tally = Tally(worker.name for worker in media)
        self._audio: Mapping[str, Json] | None = None  # as orders come and go these two stay as they are
        self._troubles: tuple[str, ...] = ()
        self._drains: dict[int, Reply] = {}
        self._drain_number = 0

    def started(self) -> None:
        self._post_status()
        self._subscribe()

    def handle(self, message: ToGateway) -> Any:
        match message:
            case EventPublished():
                return self._count(message)
            case SubscribeAgain():
                return self._subscribe()
            case SubscriptionAnswered():
                return self._look_around(message)
            case ShowGateway():
                return self._status()()
            case Drain():
                return self._begin_drain(message)
            case DrainOverdue():
                return self._drain_overdue(message)
            case Resume():
                return self._resume()
            case StopGateway():
                return self._stop_process()
            case ReloadSettings():
                return self._process.reload()
            case SetLogLevel():
                return self._set_log_level(message)
            case LogLevelOver():
                return self._process.reset_log_level(message.module)
            case OpenOrdersListed():
                return self._take_open_orders(message)
            case SessionShown():
                return self._take_session(message)
            case TokenShown():
                return self._take_token(message)
            case WorkerShown():
                return self._take_worker(message)
            case ListOpenOrders():
                return self._list_open_orders()
            case MediaDrained():
                return self._media_drained(message.worker)
            case _:
                assert_never(message)

    def facts(self) -> Mapping[str, Json]:
        return {"state": self._process.state(), "orders_open": self._tally.open_orders(), "drains": len(self._drains)}

    # --- counting --------------------------------------------------------------------------------------------

    def _count(self, event: EventPublished) -> None:
        self._tally.count(event.kind, event.data)
        if event.kind in Tally.OF_ORDERS:
            self.post(self._status())
        else:
            self._post_status()
        self._end_drains_if_idle()

    def _subscribe(self) -> None:
        asked = self._journal.request(Subscribe(subscriber=self.address, kinds=Tally.KINDS))
        self._hear(asked, lambda answer: SubscriptionAnswered(held=answer is not None))

    def _look_around(self, subscription: SubscriptionAnswered) -> None:
        """How everything stood before; only once what changes meanwhile is told, else that would never be known."""
        if not subscription.held:
            self.after(ASK_AGAIN_S, SubscribeAgain(), key="subscribe")
            return
        self._list_open_orders()
        self._look_at_sessions()
        self._look_at_token()
        self._look_at_media()

    def _list_open_orders(self) -> None:
        """What was open before this incarnation's subscription; without it a drain could end too early."""
        asked = self._archive.request(ListCommands(status="accepted", limit=MOST_OPEN))
        self._hear(asked, lambda answer: OpenOrdersListed(answer=answer))

    def _take_open_orders(self, listed: OpenOrdersListed) -> None:
        if not isinstance(listed.answer, Mapping):
            self.after(ASK_AGAIN_S, ListOpenOrders(), key="open-orders")
            return
        self._tally.take_open_orders(listed.answer)
        self._post_status()
        self._end_drains_if_idle()

    def _look_at_sessions(self) -> None:
        """How those stand that changed before the subscription; what changes after their answer is told behind it."""
        for session in self._sessions():
            self._hear(session.request(ShowSession()), lambda answer: SessionShown(answer=answer))

    def _take_session(self, shown: SessionShown) -> None:
        if isinstance(shown.answer, Mapping):  # else it crashed or ended: what becomes of it will be told
            self._tally.take_session(shown.answer)
            self._post_status()

    def _look_at_token(self) -> None:
        """A login may have been refused before the subscription, and is tried again only a minute later."""
        self._hear(self._token.request(ShowToken()), lambda answer: TokenShown(answer=answer))

    def _take_token(self, shown: TokenShown) -> None:
        if isinstance(shown.answer, Mapping):
            self._tally.take_token(shown.answer)
            self._post_status()

    def _look_at_media(self) -> None:
        """How those stand of which there was no event since the subscription.

        One may have been given up before it, or lets go of its calls for a drain that was taken back.
        """
        for worker in self._media:
            self._hear(worker.request(Describe()), partial(_worker_shown, worker.name))

    def _take_worker(self, shown: WorkerShown) -> None:
        self._tally.take_worker(shown.worker, shown.facts)
        self._post_status()

    def _hear(self, asked: Reply, told: Callable[[Any], object]) -> None:
        """Be told of the answer (None: there is none), from whichever thread has it.

        However much waits here: it is asked for once, and what it would have told would never be known.
        """
        asked.then(lambda reply: self.address.tell_elapsed(told(_answer_of(reply))))

    def _post_status(self) -> None:
        """Whoever asks how the gateway is waits for no thread but their own."""
        self._audio, self._troubles = self._tally.audio(), tuple(self._tally.troubles())
        self.post(self._status())

    def _status(self) -> Status:
        return Status(
            nameplate=self._nameplate,
            state=self._process.state,
            monotonic=self.world.monotonic,
            dead_letters=self._dead_letters,
            outbox=self._outbox,
            counts=self._tally.counts(),
            audio=self._audio,
            troubles=self._troubles,
        )

    def _outbox(self) -> OutboxCounted | None:
        counted = self._journal.notice
        return None if counted is None else counted()

    # --- out of service --------------------------------------------------------------------------------------

    def _begin_drain(self, drain: Drain) -> Reply:
        self._process.drain(True)
        self._drain_number += 1
        self._drains[self._drain_number] = reply = Reply()
        self._wait(DrainOverdue(number=self._drain_number, cancel=drain.cancel), drain.timeout_s)
        self._with_calls = {worker.name for worker in self._media}
        for worker in self._media:
            told = worker.request(DrainMedia(within_s=min(drain.timeout_s, self._media_drain_s)))
            told.then(partial(self._tell_if_gone, worker))
        self._end_drains_if_idle()
        return reply

    def _tell_if_gone(self, worker: Recipient, told: Reply) -> None:
        """A worker that was given up has no calls, and nobody there to say so; from whichever thread finds out."""
        try:
            told.get(timeout=0)
        except pykka.ActorDeadError:
            self.address.tell_elapsed(MediaDrained(worker=worker))
        except (ActorFailed, MailboxFull):
            pass  # its next incarnation tells; a worker that was told nothing has its calls yet

    def _wait(self, overdue: DrainOverdue, seconds: float) -> None:
        self.after(seconds, overdue, key=_key(overdue.number))

    def _drain_overdue(self, overdue: DrainOverdue) -> None:
        if not overdue.cancel:
            self._end_drain(overdue.number)
            return
        for worker in self._workers:
            worker.tell(CancelOrders())
        self._wait(DrainOverdue(number=overdue.number), CANCEL_S)

    def _resume(self) -> dict[str, Json]:
        self._process.drain(False)
        if self._process.state() != "stopping":
            self._with_calls = set()
            for worker in self._media:
                worker.tell(ResumeMedia())
            self._look_at_media()
        self._end_all_drains()
        return self._drain_result()

    def _end_drains_if_idle(self) -> None:
        if self._drains and self._tally.knows_all and not self._tally.open_orders() and not self._with_calls:
            self._end_all_drains()

    def _media_drained(self, worker: Recipient) -> None:
        self._with_calls.discard(worker.name)
        self._end_drains_if_idle()

    def _end_all_drains(self) -> None:
        for number in tuple(self._drains):
            self._end_drain(number)

    def _end_drain(self, number: int) -> None:
        self.cancel(_key(number))
        self._drains.pop(number).set(self._drain_result())

    def _drain_result(self) -> dict[str, Json]:
        still_open = self._tally.open_orders()
        idle = self._tally.knows_all and still_open == 0 and not self._with_calls
        drained = self._process.state() == "draining" and idle
        busy: dict[str, Json] = {"audio_workers": len(self._with_calls)} if self._media else {}
        return {"drained": drained, "open": still_open, "state": self._process.state(), **busy}

    def _stop_process(self) -> dict[str, Json]:
        self._process.stop()
        return {"stopping": True}

    def _set_log_level(self, wish: SetLogLevel) -> dict[str, Json]:
        key = f"log-level {wish.module}"
        self.cancel(key)
        self._process.set_log_level(wish.level, wish.module)
        if wish.for_s is not None:
            self.after(wish.for_s, LogLevelOver(module=wish.module), key=key)
        return {"level": wish.level, "module": wish.module, "for_s": wish.for_s}


def _key(number: int) -> str:
    return f"drain {number}"


def _worker_shown(name: str, described: Description | None) -> WorkerShown:
    return WorkerShown(worker=name, facts=None if described is None else described.facts)


def _answer_of(reply: Reply) -> Any:
    """What it answered; None when it is down, full or crashed on the question."""
    try:
        return reply.get(timeout=0)
    except (ActorFailed, MailboxFull, pykka.ActorDeadError):
        return None
