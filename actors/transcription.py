"""TranscriptionActor: one entry for each live audio stream; what befalls it goes on record, what is said does not."""

from collections.abc import Mapping
from typing import Any, assert_never

from actors.base import GatewayActor, Seat
from actors.declared_languages import DeclaredLanguages
from actors.stream_book import StreamBook, StreamEntry
from messages.base import Json, Recipient
from messages.journal import ClaimLasting, Lasting, PublishEvent, RecordNote, StillLasting
from messages.media import (
    AskBearer,
    AudioStreamClosed,
    AudioStreamGap,
    AudioStreamLanguage,
    AudioStreamNoted,
    AudioStreamOpened,
    AudioStreamsCounted,
    AudioStreamTranscript,
    BargeIntoStream,
    DisconnectStream,
    PlayIntoStream,
    TellStreams,
    WorkerDrained,
    WorkerEvent,
    WorkerLost,
    WorkerReady,
    WorkerReport,
    WorkerTold,
)
from messages.rest import CallAnswered
from messages.transcription import (
    EndStream,
    InterruptStream,
    ListStreams,
    LookUpLanguages,
    MeasureStreams,
    PlayStream,
    RetoldOverdue,
    ShowStream,
    StreamRefused,
    TellGaps,
    ToTranscription,
)
from rules.catalogue import CATALOGUE
from rules.instants import instant
from rules.playable import RATE_HZ, NotPlayable, playable

OPENED, CLOSED = "stream.opened", "stream.closed"
TELL_GAPS_EVERY_S = 1.0
LOOK_UP_S = 0.25  # for what a call declares itself to come first, and its other streams
SILENT = {
    "media-api": "the stream came in at /media-api, which carries no audio back to the call",
    "audiohook": "the session has two channels, and Genesys plays audio into those with one; with "
    "SWITCHBOARD_AUDIOHOOK__CHANNELS=customer only the customer's is taken",
}  # why nothing can be played, by protocol
RETOLD_S = 5.0  # for workers to tell of every live stream, after this actor has lost its memory
NOTHING_TOLD = WorkerReport(calls=0, frames=0, refused=0, lost_events=0, busy=0.0)


class TranscriptionActor(GatewayActor[ToTranscription]):
    """Hears from the actors of audio workers. After a crash it asks them, and the journal, what is live."""

    def __init__(
        self,
        seat: Seat,
        *,
        journal: Recipient,
        workers: tuple[Recipient, ...],
        book: StreamBook,
        languages: DeclaredLanguages,
    ) -> None:
        super().__init__(seat)
        self._languages = languages
        self._journal, self._workers, self._book = journal, workers, book
        self._reports: dict[str, WorkerReport | None] = {worker.name: None for worker in workers}
        self._to_be_retold: dict[str, Lasting] = {}
        self._strangers = 0
        self._gap_alarm_is_set = False

    def started(self) -> None:
        self._journal.tell(ClaimLasting(kind=OPENED, reply_to=self.address))

    def handle(self, message: ToTranscription) -> Any:
        match message:
            case WorkerTold():
                self._hear(message.worker, message.event)
            case WorkerLost():
                self._lose(message.worker, message.why)
            case ListStreams():
                return self._list(message.limit)
            case ShowStream():
                return self._show(message)
            case PlayStream():
                return self._play(message)
            case InterruptStream():
                return self._interrupt(message.stream_id)
            case EndStream():
                return self._end_stream(message)
            case MeasureStreams():
                return self._measure()
            case StillLasting():
                self._go_on_from(message.lasting)
            case TellGaps():
                self._tell_gaps()
            case RetoldOverdue():
                self._give_up_the_untold()
            case LookUpLanguages():
                self._languages.look()
                self._look_up_languages_later()
            case CallAnswered():
                self._languages.answered(message)
            case _:
                assert_never(message)
        return None

    def facts(self) -> dict[str, Json]:
        return {**self._book.measured(), "strangers": self._strangers, **self._languages.facts()}

    # --- what workers tell ---------------------------------------------------------------------------------------

    def _hear(self, worker: Recipient, event: WorkerEvent) -> None:
        match event:
            case AudioStreamOpened():
                self._opened(worker, event)
            case AudioStreamClosed():
                self._closed(event)
            case WorkerReport():
                self._reports[worker.name] = event
            case AudioStreamsCounted():
                for counts in event.counts:
                    self._book.count(counts)
            case WorkerReady() | WorkerDrained() | AskBearer():
                pass  # its own actor's business
            case _:
                self._befell(event)

    def _befell(self, event: AudioStreamGap | AudioStreamLanguage | AudioStreamTranscript | AudioStreamNoted) -> None:
        entry = self._book.live(event.stream_id)
        if entry is None:
            self._strangers += 1
            return
        match event:
            case AudioStreamGap():
                self._gap(entry, event)
            case AudioStreamLanguage():
                self._language(entry, event)
            case AudioStreamTranscript():
                self._transcript(entry, event)
            case AudioStreamNoted():
                entry.note(self._now(), event.what, event.data)
            case _:
                assert_never(event)

    def _opened(self, worker: Recipient, opened: AudioStreamOpened) -> None:
        entry = self._book.open(opened, worker)
        if entry is None:
            return  # told anew, or more than there may be
        entry.note(opened.opened_at, "opened", {})
        self._languages.opened(entry)
        self._look_up_languages_later()
        if self._to_be_retold.pop(opened.stream_id, None) is not None:
            entry.note(self._now(), "told anew", {})
            return
        told: dict[str, Json] = {
            "stream_id": opened.stream_id,
            "participant_id": opened.participant_id,
            "protocol": opened.protocol,
            "codec": opened.codec,
            "sample_rate_hz": opened.sample_rate_hz,
            "channel": opened.channel,
            "language": opened.language,
            "worker": worker.name,
        }
        subject = opened.conversation_id
        self._journal.tell(RecordNote(kind=OPENED, subject=subject, data=told, begins=opened.stream_id))
        self._journal.tell(PublishEvent(kind=OPENED, data={**told, "conversation_id": subject}))

    def _language(self, entry: StreamEntry, change: AudioStreamLanguage) -> None:
        told: dict[str, Json] = {
            "language": change.language,
            "before": entry.language.language,
            "confidence": change.confidence,
            "source": change.source,
            "evidence": change.evidence,
        }
        entry.language = change
        entry.note(self._now(), "language", told)
        self._tell(entry, "stream.language", told)

    def _look_up_languages_later(self) -> None:
        if self._languages.waits and not self.awaits("languages"):
            self.after(LOOK_UP_S, LookUpLanguages(), "languages")

    def _transcript(self, entry: StreamEntry, line: AudioStreamTranscript) -> None:
        entry.heard(self._now(), line)
        told: dict[str, Json] = {"sequence": line.sequence, "confidence": line.confidence, "final": line.final}
        event = PublishEvent(kind="stream.transcript", data={**entry.ids, **told}, fleeting={"text": line.text})
        self._journal.tell(event)

    # --- broken sequences ----------------------------------------------------------------------------------------

    def _gap(self, entry: StreamEntry, gap: AudioStreamGap) -> None:
        told: dict[str, Json] = {"expected": gap.expected, "got": gap.got, "count": gap.count}
        entry.note(self._now(), gap.kind, told)
        entry.event_gaps.add(gap)
        entry.record_gaps.add(gap)
        self._tell_gaps_of(entry, whatever_the_time=False)
        if self._gaps_wait(entry):
            self._tell_gaps_later()

    def _tell_gaps(self) -> None:
        self._gap_alarm_is_set = False
        waiting = [entry for entry in self._book if self._gaps_wait(entry)]
        for entry in waiting:
            self._tell_gaps_of(entry, whatever_the_time=False)
        if any(self._gaps_wait(entry) for entry in waiting):
            self._tell_gaps_later()

    def _tell_gaps_of(self, entry: StreamEntry, *, whatever_the_time: bool) -> None:
        now_s = self.world.monotonic()
        if entry.event_gaps.due(now_s) or (whatever_the_time and entry.event_gaps.waits):
            self._journal.tell(PublishEvent(kind="stream.gap", data={**entry.ids, **entry.event_gaps.take(now_s)}))
        if entry.record_gaps.due(now_s) or (whatever_the_time and entry.record_gaps.waits):
            data = {"stream_id": entry.opened.stream_id, **entry.record_gaps.take(now_s)}
            self._journal.tell(RecordNote(kind="stream.gap", subject=entry.opened.conversation_id, data=data))

    def _gaps_wait(self, entry: StreamEntry) -> bool:
        return entry.event_gaps.waits or entry.record_gaps.waits

    def _tell_gaps_later(self) -> None:
        if not self._gap_alarm_is_set:
            self._gap_alarm_is_set = True
            self.after(TELL_GAPS_EVERY_S, TellGaps(), "gaps")

    # --- ends ----------------------------------------------------------------------------------------------------

    def _closed(self, closed: AudioStreamClosed) -> None:
        entry = self._book.close(closed, self._now())
        if entry is None:
            lasting = self._to_be_retold.pop(closed.stream_id, None)
            if lasting is not None:
                self._close_on_record(lasting, closed.reason)
            else:
                self._strangers += 1
            return
        self._tell_gaps_of(entry, whatever_the_time=True)
        entry.note(self._now(), "closed", {"reason": closed.reason, "code": closed.code})
        counts = closed.counts
        told: dict[str, Json] = {
            "reason": closed.reason,
            "code": closed.code,
            "frames": counts.frames,
            "gaps": counts.gaps,
            "repeats": counts.repeats,
            "malformed": counts.malformed,
            "dropped": counts.dropped,
            "position_s": counts.position_s,
            "language": entry.language.language,
        }
        self._tell(entry, CLOSED, told, ends=closed.stream_id)

    def _lose(self, worker: Recipient, why: str) -> None:
        self._reports[worker.name] = None
        for entry in self._book.held_by(worker):
            reason = f"its audio worker {worker.name} was lost: {why}"
            closed = AudioStreamClosed(stream_id=entry.opened.stream_id, reason=reason, code=0, counts=entry.counts)
            self._closed(closed)

    # --- after a restart -----------------------------------------------------------------------------------------

    def _go_on_from(self, lasting: tuple[Lasting, ...]) -> None:
        """Streams on record without an end: after the process has started anew, nobody can hold them any more."""
        unknown = [one for one in lasting if self._book.live(one.lasting_id) is None]
        if self.seat.incarnation == 1:
            for one in unknown:
                self._close_on_record(one, "the gateway ended")
            return
        self._to_be_retold = {one.lasting_id: one for one in unknown}
        for worker in self._workers:
            worker.tell(TellStreams())
        self.after(RETOLD_S, RetoldOverdue(), "retold")

    def _give_up_the_untold(self) -> None:
        for one in self._to_be_retold.values():
            self._close_on_record(one, "it ended while the gateway lost sight of it")
        self._to_be_retold = {}

    def _close_on_record(self, one: Lasting, reason: str) -> None:
        told: dict[str, Json] = {"stream_id": one.lasting_id, "reason": reason, "code": 0}
        self._journal.tell(RecordNote(kind=CLOSED, subject=one.subject, data=told, ends=one.lasting_id))
        self._journal.tell(PublishEvent(kind=CLOSED, data={**told, "conversation_id": one.subject}))

    # --- what operators ask and want -----------------------------------------------------------------------------

    def _list(self, limit: int) -> dict[str, Json]:
        newest = list(self._book)[-limit:]
        return {"streams": [entry.row() for entry in newest], "live": len(self._book)}

    def _show(self, asked: ShowStream) -> Mapping[str, Json] | StreamRefused:
        if asked.stream_id is not None:
            entry = self._book.find(asked.stream_id)
            found = [] if entry is None else [entry]
        else:
            found = self._book.of(asked.conversation_id or "")
        if not found:
            return _refused("SB-140")
        others: list[Json] = [entry.opened.stream_id for entry in found[1:]]
        return {**found[0].shown(), "others": others}

    def _play(self, asked: PlayStream) -> Mapping[str, Json] | StreamRefused:
        entry = self._playing(asked.stream_id)
        if isinstance(entry, StreamRefused):
            return entry
        try:
            samples = playable(asked.audio, asked.format)
        except NotPlayable as why:
            return _refused("SB-143", str(why))
        entry.worker.tell(PlayIntoStream(stream_id=asked.stream_id, audio=samples))
        duration_ms = len(samples) * 1000 // RATE_HZ
        entry.note(self._now(), "play", {"duration_ms": duration_ms})
        return {"stream_id": asked.stream_id, "duration_ms": duration_ms}

    def _interrupt(self, stream_id: str) -> Mapping[str, Json] | StreamRefused:
        entry = self._playing(stream_id)
        if isinstance(entry, StreamRefused):
            return entry
        entry.worker.tell(BargeIntoStream(stream_id=stream_id))
        entry.note(self._now(), "interrupt", {})
        return {"stream_id": stream_id}

    def _end_stream(self, asked: EndStream) -> Mapping[str, Json] | StreamRefused:
        entry = self._living(asked.stream_id)
        if isinstance(entry, StreamRefused):
            return entry
        variables = dict(asked.output_variables)
        entry.worker.tell(DisconnectStream(stream_id=asked.stream_id, reason=asked.reason, output_variables=variables))
        entry.note(self._now(), "disconnect", {"reason": asked.reason})
        return {"stream_id": asked.stream_id}

    def _living(self, stream_id: str) -> StreamEntry | StreamRefused:
        entry = self._book.find(stream_id)
        if entry is None:
            return _refused("SB-140")
        if entry.closed is not None:
            return _refused("SB-141", f"the audio stream has ended: {entry.closed.reason}")
        return entry

    def _playing(self, stream_id: str) -> StreamEntry | StreamRefused:
        entry = self._living(stream_id)
        if isinstance(entry, StreamEntry) and not entry.opened.plays:
            return _refused("SB-142", SILENT[entry.opened.protocol])
        return entry

    def _measure(self) -> dict[str, Json]:
        workers: list[Json] = [_worker_row(name, report) for name, report in self._reports.items()]
        return {**self._book.measured(), "workers": workers}

    # --- the rest ------------------------------------------------------------------------------------------------

    def _tell(self, entry: StreamEntry, kind: str, told: Mapping[str, Json], ends: str = "") -> None:
        """On record, and to who looks on."""
        data = {"stream_id": entry.opened.stream_id, **told}
        self._journal.tell(RecordNote(kind=kind, subject=entry.opened.conversation_id, data=data, ends=ends))
        self._journal.tell(PublishEvent(kind=kind, data={**entry.ids, **told}))

    def _now(self) -> str:
        return instant(self.world.utc_now())


def _refused(code: str, message: str = "") -> StreamRefused:
    known = CATALOGUE[code]
    return StreamRefused(code=code, message=message or known.meaning, remedy=known.remedy)


def _worker_row(name: str, told: WorkerReport | None) -> dict[str, Json]:
    report = told or NOTHING_TOLD
    return {
        "name": name,
        "up": told is not None,
        "calls": report.calls,
        "frames": report.frames,
        "refused": report.refused,
        "lost_events": report.lost_events,
        "faults": report.faults,
        "busy": report.busy,
    }
