"""What `stream tail` follows: one stream, or all of a conversation, until it ends."""

from collections.abc import Mapping
from typing import Any

from control.cli import show
from control.cli.line import Line

UNKNOWN = "SB-140"
EVENTS = ("stream.opened", "stream.gap", "stream.language", "stream.transcript", "stream.closed")
LOOK_S = 5.0  # without a word, before the gateway is asked: it may hang, and the event that tells of an end can be lost


class Tail:
    """Prints on `line` what is told of the stream or conversation `id`; asks after it when nothing is for `look_s`."""

    def __init__(self, line: Line, id: str, look_s: float = LOOK_S) -> None:  # noqa: A002 - the word on the command line
        self._line, self._id, self._look_s = line, id, look_s
        self._live: set[str] = set()
        self._voices: dict[str, str] = {}
        self._over_before = False

    def run(self) -> None:
        """Return when it has ended; Refused, Unreachable or TimedOut as the line tells."""
        self._line.call("events.subscribe", kinds=EVENTS)
        shown = found(self._line, self._id)
        self._name = "conversation_id" if shown["conversation_id"] == self._id else "stream_id"
        self._know(shown)
        if shown["state"] == "live":
            self._live.add(shown["stream_id"])
        self._look_around()
        self._line.show(shown, self._draw_before)
        events = self._line.client().follow(self._concerns_us, self._look_s)
        while self._live:
            event = next(events)
            if event is None:
                self._ask_whether_over()
            else:
                self._hear(event)

    def _concerns_us(self, event: Mapping[str, Any]) -> bool:
        return self._is_ours(event) or "dropped" in event

    def _is_ours(self, event: Mapping[str, Any]) -> bool:
        return bool(event["data"].get(self._name) == self._id)

    def _hear(self, event: Mapping[str, Any]) -> None:
        self._over_before = False
        if dropped := event.get("dropped"):
            self._look_around()
            if not self._is_ours(event):
                self._line.show({"dropped": dropped}, _draw_loss)
        if not self._is_ours(event):
            return
        told = event["data"]
        if event["kind"] == "stream.opened":
            self._live.add(told["stream_id"])
            self._know(told)
        self._line.show(event, self._draw_event)
        if event["kind"] == "stream.closed":
            self._live.discard(told["stream_id"])

    def _look_around(self) -> None:
        """A conversation's streams that are live now, one whose beginning was lost among them."""
        if self._name == "stream_id":
            return
        for row in self._line.call("stream.list", limit=10_000)["streams"]:
            if row["conversation_id"] == self._id:
                self._live.add(row["stream_id"])
                self._know(row)

    def _ask_whether_over(self) -> None:
        """Told twice that it is, with a silence between, nothing more of it is on its way."""
        shown = self._what_has_become_of_it()
        over = shown["state"] != "live"
        if over and self._over_before:
            self._live.clear()
            self._line.show(shown, _draw_end)
        self._over_before = over

    def _what_has_become_of_it(self) -> Mapping[str, Any]:
        from control.client import Refused

        try:
            return found(self._line, self._id)  # type: ignore[no-any-return] # JSON
        except Refused as refused:
            if not _is_unknown(refused.data):
                raise
        reason = "the gateway knows no more of it"
        return {"stream_id": self._id, "state": "unknown", "closed_at": None, "reason": reason}

    def _know(self, row: Mapping[str, Any]) -> None:
        """Who speaks in a stream, where several are shown at once."""
        if self._name == "conversation_id":
            voice = row.get("channel") or row.get("participant_id") or row["stream_id"]
            self._voices[row["stream_id"]] = f"{voice} "

    def _draw_before(self, shown: Mapping[str, Any]) -> None:
        for said in shown["tail"]:
            draw_said(said["at"], said, self._voices.get(shown["stream_id"], ""))
        if shown["state"] == "ended":
            _draw_end(shown)

    def _draw_event(self, event: Mapping[str, Any]) -> None:
        if "dropped" in event:
            _draw_loss(event)
        told = event["data"]
        if event["kind"] == "stream.transcript":
            draw_said(event["at"], told, self._voices.get(told["stream_id"], ""))
        else:
            print(f"{event['at']} {event['kind']} {facts(told, 'conversation_id')}", flush=True)


def found(line: Line, either: str) -> Any:
    """The stream of that id, else of the conversation of that id."""
    from control.client import Refused

    try:
        return line.call("stream.show", stream_id=either)
    except Refused as refused:
        if not _is_unknown(refused.data):
            raise
    return line.call("stream.show", conversation_id=either)


def facts(row: Mapping[str, Any], *without: str) -> str:
    """All that `row` says, in one line."""
    return " ".join(f"{name}={show.clean(value)}" for name, value in row.items() if name not in without)


def draw_said(at: str, said: Mapping[str, Any], voice: str = "") -> None:
    """One line of transcript."""
    print(f"{at} {show.clean(voice)}#{said['sequence']} {show.clean(said['text'])}", flush=True)


def _is_unknown(refusal: Any) -> bool:
    return isinstance(refusal, Mapping) and refusal.get("code") == UNKNOWN


def _draw_end(shown: Mapping[str, Any]) -> None:
    print(f"{shown['closed_at'] or '…'} {shown['stream_id']} has ended: {show.clean(shown['reason'])}", flush=True)


def _draw_loss(notice: Mapping[str, Any]) -> None:
    print(f"… {notice['dropped']} events dropped: this reader is too slow", flush=True)
