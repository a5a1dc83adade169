"""PlaybackActor: looks who listens, checks the file, subscribes, plays, and follows the prompt to its end."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, assert_never

from loguru import logger

from actors.base import Seat
from actors.feeds import Feed, Feeds, SessionsDoor
from actors.orders import Journal, OrderActor
from actors.playback_case import ASKED, DOUBT, LAST_LOOK_S, LATE, LOOK_S, PlaybackCase, PlaybackTimes, Stage
from genesys.dialect import PlaybackDialect
from genesys.verdicts import Verdict
from messages.audio import AudioInspected, InspectAudio, Level
from messages.base import Json, Recipient
from messages.journal import OpenOrders, OrderRecorded, ProgressRecorded, PublishEvent, RecordProgress
from messages.orders import CancelOrders, DeadlinePassed, Reason, Status, Submit
from messages.playbacks import (
    EventsIdle,
    EventsSubscribed,
    PlaybackOverdue,
    PlaybackPending,
    PlaybackProgress,
    PlayPrompt,
    SubscriptionRefused,
    SubscriptionSettled,
    ToPlaybacks,
)
from messages.rest import Call, CallAnswered, HttpRequest, Priority
from messages.sessions import (
    FramesArrived,
    FrameSent,
    FrameUnsent,
    SessionInvalid,
    SessionLost,
    SessionOpened,
    SessionValid,
)
from rules.audio import INSPECTOR_SPARE_S, chosen, uninspected
from rules.audio_urls import without_query
from rules.catalogue import reason
from rules.playback import ENDED, advance, objections, play_failed, subscription_refused, unheard
from rules.playback_tally import PlaybackTally
from rules.prompts import prompt_url


class PlaybackActor(OrderActor[ToPlaybacks, PlaybackCase]):
    """One event session an interaction; an event that may be of one playback or another is read back, not guessed."""

    kind: ClassVar[str] = PlayPrompt.kind
    case_type = PlaybackCase

    def __init__(
        self,
        seat: Seat,
        *,
        journal: Journal,
        rest: Recipient,
        sessions: SessionsDoor,
        inspectors: Sequence[Recipient],
        dialect: PlaybackDialect,
        cdn_base: str,
        level: Level,
        times: PlaybackTimes,
    ) -> None:
        super().__init__(seat, journal=journal)
        self._rest, self._inspectors, self._dialect = rest, inspectors, dialect
        self._cdn_base, self._level, self._times = cdn_base, level, times
        self._feeds = Feeds(sessions, dialect, seat.address, mark=f"{seat.incarnation}")
        self._by_call: dict[str, PlaybackCase] = {}
        self._looks: dict[str, Feed] = {}
        self._tally = PlaybackTally()
        self._unmatched = 0

    def started(self) -> None:
        self._feeds.close_all()
        super().started()

    def objections(self, order: PlayPrompt) -> tuple[Reason, ...]:
        missing = () if self._cdn_base else (reason("SB-119"),)
        return (*objections(order), *missing)

    def facts(self) -> Mapping[str, Json]:
        return {
            "open_orders": len(self.cases),
            "event_sessions": len(self._feeds),
            "unmatched_frames": self._unmatched,
            **self._tally.facts(),
        }

    def carry_out(self, case: PlaybackCase, steps: tuple[str, ...] = ()) -> None:
        if ASKED in steps:  # it may have been played; which of the interaction's playbacks it is went with the crash
            why = reason("SB-501")
            self.end(case, "interrupted", why.message, why)
        else:
            self._look(case, "listener", "steer")

    def work(self, message: ToPlaybacks) -> None:
        match message:
            case FramesArrived():
                self._hear(message)
            case CallAnswered():
                self._answered(message)
            case AudioInspected():
                self._inspected(message)
            case ProgressRecorded():
                self._recorded_asking(message.request_id)
            case SessionOpened():
                self._feeds.went_up(message.session, message.connection)
            case SessionLost():
                self._session_down(self._feeds.went_down(message.session, str(message.connection)))
            case FrameUnsent():
                self._session_down(self._feeds.went_down(message.session, message.frame_id))
            case FrameSent():
                self._asked_for_events(self._feeds.subscribed_on(message.session, message.frame_id))
            case SessionValid() | SessionInvalid():
                pass  # nobody here asks for validations
            case SubscriptionSettled():
                self._subscribed(message.interaction_id)
            case EventsIdle():
                self._feeds.close_idle(message.interaction_id)
            case PlaybackOverdue():
                self._overdue(message.request_id)
            case Submit() | OrderRecorded() | OpenOrders() | DeadlinePassed() | CancelOrders():
                raise TypeError("taken by OrderActor")
            case _:
                assert_never(message)

    def closed(self, case: PlaybackCase) -> None:
        for call_id in case.calls:
            self._by_call.pop(call_id, None)
        self.cancel(f"overdue-{case.request_id}")
        self.cancel(f"inspect-{case.request_id}")
        interaction_id = case.order.interaction_id
        feed = self._feeds.of(interaction_id)
        if feed is not None and case.asked_at_s is not None:
            feed.note_end(case.url, heard=case.end_heard)
        if self._feeds.leave(interaction_id, case.request_id):
            self.after(self._times.idle_s, EventsIdle(interaction_id=interaction_id), f"idle-{interaction_id}")

    def timed_out(self, case: PlaybackCase) -> Reason:
        told = f"{case.order.deadline_s:g} s were over while waiting for {case.stage.value}"
        return reason(LATE.get(case.stage, "SB-301"), told)

    def extra(self, case: PlaybackCase) -> Mapping[str, Json]:
        return case.told(self.world.monotonic())

    # --- who listens, and to what ------------------------------------------------------------------------------

    def _look(self, case: PlaybackCase, purpose: str, priority: Priority) -> None:
        self._call(case, purpose, self._dialect.interaction_request(case.order.interaction_id), priority)

    def _call(self, case: PlaybackCase, purpose: str, request: HttpRequest, priority: Priority) -> None:
        call_id = self._tell_rest(request, priority, case.deadline_at_s)
        case.calls[call_id] = purpose
        self._by_call[call_id] = case

    def _tell_rest(self, request: HttpRequest, priority: Priority, until_s: float) -> str:
        call_id = self.world.new_id()
        call = Call(call_id=call_id, request=request, priority=priority, deadline_s=until_s, reply_to=self.address)
        self._rest.tell(call)
        return call_id

    def _answered(self, answered: CallAnswered) -> None:
        if (feed := self._looks.pop(answered.call_id, None)) is not None:
            return self._looked(feed, answered)
        case = self._by_call.pop(answered.call_id, None)
        if case is None:
            return None
        match case.calls.pop(answered.call_id):
            case "listener":
                return self._heard_of_listener(case, answered)
            case "play":
                return self._heard_of_play(case, answered)
            case purpose:
                return self._read_back(case, answered, purpose)

    def _heard_of_listener(self, case: PlaybackCase, answered: CallAnswered) -> None:
        found = self._dialect.read_listener(case.order.interaction_id, answered)
        if isinstance(found, Verdict):
            self._end_by(case, found)
            return
        case.listener = found
        case.url = prompt_url(self._cdn_base, found, case.order.prompt_key)
        case.earlier = found.played.count(case.url)
        if not self._inspectors:
            self._subscribe(case)
            return
        case.stage = Stage.INSPECTING
        until_s = min(case.deadline_at_s, self.world.monotonic() + self._times.inspect_s)
        chosen(case.url, self._inspectors).tell(
            InspectAudio(
                inspection_id=case.request_id,
                url=case.url,
                level=self._level,
                deadline_s=until_s,
                reply_to=self.address,
            )
        )
        silence = uninspected(case.request_id)  # an inspector that crashes on a file answers nobody
        self.after(self._times.inspect_s + INSPECTOR_SPARE_S, silence, f"inspect-{case.request_id}")

    def _inspected(self, inspected: AudioInspected) -> None:
        case = self.cases.get(inspected.inspection_id)
        if case is None or case.stage is not Stage.INSPECTING:
            return
        self.cancel(f"inspect-{case.request_id}")
        case.warnings += [f"{warning.code} {warning.message}" for warning in inspected.warnings]
        if inspected.refusals:
            self.end(case, "refused", inspected.refusals[0].message, *inspected.refusals)
        else:
            self._subscribe(case)

    def _end_by(self, case: PlaybackCase, verdict: Verdict) -> None:
        status: Status = "refused" if verdict.status == "refused" else "failed"
        self.end(case, status, verdict.reasons[0].message, *verdict.reasons)

    # --- the event session -------------------------------------------------------------------------------------

    def _subscribe(self, case: PlaybackCase) -> None:
        if case.order.dry_run:
            self.end(case, "succeeded", f"dry run: every gate passed, {without_query(case.url)} was not played")
            return
        self.cancel(f"idle-{case.order.interaction_id}")
        self._go_on(case, self._feeds.join(case.order.interaction_id, case.request_id))

    def _go_on(self, case: PlaybackCase, feed: Feed) -> None:
        """Only while events are sure to be heard: first on record, then out."""
        if not feed.ready:
            case.stage = Stage.SUBSCRIBING
            self._feeds.subscribe(feed)  # where the last subscription was refused
        elif case.on_record:
            self._ask_to_play(case, feed)
        else:
            self._record_asking(case)

    def _asked_for_events(self, feed: Feed | None) -> None:
        if feed is not None:
            settled = SubscriptionSettled(interaction_id=feed.interaction_id)
            self.after(self._times.acknowledge_s, settled, f"subscribed-{feed.interaction_id}")

    def _session_down(self, feed: Feed | None) -> None:
        if feed is not None:
            self.cancel(f"subscribed-{feed.interaction_id}")

    def _subscribed(self, interaction_id: str) -> None:
        feed = self._feeds.of(interaction_id)
        if feed is None or not feed.asked:
            return
        self.cancel(f"subscribed-{interaction_id}")
        feed.asked, feed.ready = False, True
        for case in self._users(feed):
            if case.stage is Stage.SUBSCRIBING:
                self._go_on(case, feed)
            elif case.asked_at_s is not None:  # events may have been lost with the last connection
                self._look_all(feed)

    def _users(self, feed: Feed) -> list[PlaybackCase]:
        return [case for case in self.cases.values() if case.request_id in feed.users]

    def _hear(self, message: FramesArrived) -> None:
        feed = self._feeds.named(message.session)
        if feed is None:
            return
        for frame in message.frames:
            match self._dialect.read_event(frame):
                case PlaybackProgress() as told:
                    self._progressed(feed, told)
                case EventsSubscribed():
                    self._subscribed(feed.interaction_id)
                case SubscriptionRefused(detail=detail):
                    self._refused(feed, detail)
                case None:
                    self._unmatched += 1

    def _refused(self, feed: Feed, detail: str) -> None:
        """Whoever comes next subscribes anew; what is being played is read back in the end."""
        self.cancel(f"subscribed-{feed.interaction_id}")
        feed.asked, feed.ready = False, False
        logger.warning("event session {} was told an error: {}", feed.name, detail)
        for case in self._users(feed):
            if case.stage is Stage.SUBSCRIBING:
                why = subscription_refused(detail)
                self.end(case, "failed", why.message, why)

    # --- the prompt --------------------------------------------------------------------------------------------

    def _record_asking(self, case: PlaybackCase) -> None:
        """What is not idempotent is on record before it leaves: after a crash nobody asks twice."""
        case.stage = Stage.RECORDING
        data = case.named()
        self.journal.tell(RecordProgress(request_id=case.request_id, step=ASKED, data=data, reply_to=self.address))

    def _recorded_asking(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        feed = self._feeds.of(case.order.interaction_id) if case is not None else None
        if case is not None and feed is not None and case.stage is Stage.RECORDING:
            case.on_record = True
            self._go_on(case, feed)

    def _ask_to_play(self, case: PlaybackCase, feed: Feed) -> None:
        case.stage, case.asked_at_s = Stage.ASKING, self.world.monotonic()
        case.earlier = feed.take_place(case.url, case.earlier)
        self._call(case, "play", self._dialect.play_request(case.order, case.url, case.effect_id), "steer")

    def _heard_of_play(self, case: PlaybackCase, answered: CallAnswered) -> None:
        verdict = self._dialect.read_play(answered)
        case.retries = max(0, answered.attempts - 1)
        doubtful = any(why.code == DOUBT for why in verdict.reasons)
        if verdict.status != "passed" and not doubtful:
            self._not_taken(case)
            case.asked_at_s = None
            self._end_by(case, verdict)
            return
        case.stage = Stage.PLAYING
        left_s = case.deadline_at_s - self.world.monotonic() - LAST_LOOK_S
        case.last_look = case.order.timeout_s <= left_s
        overdue = PlaybackOverdue(request_id=case.request_id)
        self.after(min(case.order.timeout_s, left_s), overdue, f"overdue-{case.request_id}")
        if doubtful and case.phase == "asked":
            case.doubt = verdict.reasons[0]
            self._look(case, "doubt", "steer")

    def _not_taken(self, case: PlaybackCase) -> None:
        feed = self._feeds.of(case.order.interaction_id)
        if feed is not None:
            feed.places[case.url] -= 1

    def _progressed(self, feed: Feed, told: PlaybackProgress) -> None:
        same = [case for case in self._users(feed) if case.url == told.url and case.asked_at_s is not None]
        if not same or told.interaction_id not in (None, feed.interaction_id):
            self._unmatched += 1
        elif len(same) == 1 and feed.is_surely_of(same[0].phase, told):
            same[0].end_heard = told.state in ENDED
            self._move(same[0], told)
        else:
            self._look_all(feed)

    def _move(self, case: PlaybackCase, told: PlaybackProgress) -> None:
        phase = advance(case.phase, told.state)
        case.doubt = None
        if phase == case.phase:
            return
        case.phase = phase
        if phase == "playing" and case.playing_at_s is None:
            case.playing_at_s = self.world.monotonic()
        self.journal.tell(PublishEvent(kind=f"playback.{phase}", data=case.named()))
        if phase in ENDED:
            self._finish(case, told)

    def _finish(self, case: PlaybackCase, told: PlaybackProgress) -> None:
        now_s = self.world.monotonic()
        self._tally = self._tally.with_end(
            ok=case.phase == "completed",
            to_end_ms=case.since_asked_ms(now_s) or 0.0,
            to_playing_ms=case.since_asked_ms(case.playing_at_s),
        )
        if case.phase == "completed":
            self.end(case, "succeeded", f"played {without_query(case.url)}")
        else:
            why = play_failed(told)
            self.end(case, "failed", why.message, why)

    # --- what cannot be heard is read back -----------------------------------------------------------------------

    def _overdue(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is not None and case.stage is Stage.PLAYING:
            self._look(case, "last look" if case.last_look else "state", "read")

    def _look_all(self, feed: Feed) -> None:
        """Read back all that the interaction plays, by one look-up at a time however many events ask for it."""
        if feed.wants_look():
            request = self._dialect.interaction_request(feed.interaction_id)
            self._looks[self._tell_rest(request, "read", self.world.monotonic() + LOOK_S)] = feed

    def _looked(self, feed: Feed, answered: CallAnswered) -> None:
        again = feed.looked()
        for case in self._users(feed):
            if case.asked_at_s is not None:
                self._read_back(case, answered, "state")
        if again and feed.users:
            self._look_all(feed)

    def _read_back(self, case: PlaybackCase, answered: CallAnswered, purpose: str) -> None:
        found = self._dialect.read_playback(answered, case.url, case.earlier)
        if isinstance(found, PlaybackProgress):
            self._move(case, found)
        elif isinstance(found, PlaybackPending):
            case.doubt = None  # it was taken: its events will come
        if case.over:
            return
        if found is None and case.doubt is not None and purpose != "state":  # that may have been asked before it
            self._not_taken(case)
            self.end(case, "failed", case.doubt.message, case.doubt)
        elif purpose == "last look":
            status, why = unheard(case.order, case.phase, found.reasons[0] if isinstance(found, Verdict) else None)
            self.end(case, status, why.message, why)
        elif isinstance(found, Verdict):
            logger.warning("the state of playback {} could not be read back", case.request_id)
