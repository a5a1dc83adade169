"""What Genesys declares of streams' languages; what TranscriptionActor keeps of it."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from actors.seat import World
from actors.stream_book import StreamBook, StreamEntry
from genesys.dialect import LanguageDialect
from genesys.verdicts import Verdict
from messages.base import Json, Recipient
from messages.languages import Party
from messages.media import DeclareLanguage
from messages.rest import Call, CallAnswered
from rules.declared_language import Declarations, declared
from rules.ids import is_id
from rules.instants import instant

ANSWER_S = 10.0  # for Genesys to answer, the wait for the rate budget included
SPARE_S = 5.0  # that the REST desk may be late with that word
MOST_OPEN = 8  # look-ups at the same time
MOST_WAITING = 4_000  # streams; the next ones are not asked for
MOST_KNOWN = 2_000  # conversations
KNOWN_S = 600.0  # attributes and queues change in the course of a call
FAILED_S = 60.0

Answer = tuple[Party, ...] | Verdict


@dataclass(slots=True, kw_only=True, eq=False)
class _Question:
    conversation_id: str
    until_s: float
    stream_ids: list[str] = field(default_factory=list)


class DeclaredLanguages:
    """Asks Genesys once for each conversation, however many streams it has, and remembers the answer for a while.

    A stream whose call itself has declared its language by then is not asked for.
    """

    def __init__(
        self,
        world: World,
        desk: Recipient,
        dialect: LanguageDialect,
        asker: Recipient,
        *,
        looked_for: Declarations,
        book: StreamBook,
    ) -> None:
        self._world, self._desk, self._dialect, self._asker = world, desk, dialect, asker
        self._looked_for, self._book = looked_for, book
        self._waiting: deque[str] = deque()
        self._open: dict[str, _Question] = {}
        self._known: OrderedDict[str, tuple[Answer, float]] = OrderedDict()
        self._asked = 0

    @property
    def waits(self) -> bool:
        """Whether `look` has something to do."""
        return bool(self._waiting)

    def opened(self, entry: StreamEntry) -> None:
        """A stream has begun: it waits for the next `look` where nothing is known of its language."""
        if self._looked_for.off or entry.language.source != "none":
            return
        if not is_id(entry.opened.conversation_id):
            self._note(entry, "failed", "the id of its conversation may not be in a URL")
        elif len(self._waiting) >= MOST_WAITING:
            self._note(entry, "failed", f"{MOST_WAITING} streams wait for it already")
        else:
            self._waiting.append(entry.opened.stream_id)

    def look(self) -> None:
        """Settle what can be settled for the streams that wait, and ask for the others, a few at a time."""
        self._forget_the_unanswered()
        for _ in range(len(self._waiting)):
            entry = self._undeclared(self._waiting.popleft())
            if entry is not None and not self._settled(entry):
                self._waiting.append(entry.opened.stream_id)

    def answered(self, answered: CallAnswered) -> None:
        """Tell the streams of that conversation; what failed is on their time lines."""
        question = self._open.pop(answered.call_id, None)
        if question is None:
            return
        found = self._dialect.read_parties(question.conversation_id, answered, self._looked_for.attribute)
        self._remember(question.conversation_id, found)
        for stream_id in question.stream_ids:
            entry = self._undeclared(stream_id)
            if entry is not None:
                self._tell(entry, found)

    def facts(self) -> dict[str, Json]:
        """For `actor.show`."""
        return {
            "languages_asked": self._asked,
            "languages_open": len(self._open),
            "languages_waiting": len(self._waiting),
        }

    def _undeclared(self, stream_id: str) -> StreamEntry | None:
        entry = self._book.live(stream_id)
        return entry if entry is not None and entry.language.source != "call" else None

    def _settled(self, entry: StreamEntry) -> bool:
        """Whether it is told, or will be by an answer."""
        conversation_id = entry.opened.conversation_id
        found, until_s = self._known.get(conversation_id, ((), float("-inf")))
        if self._world.monotonic() < until_s:
            self._tell(entry, found)
            return True
        asked = next((one for one in self._open.values() if one.conversation_id == conversation_id), None)
        if asked is None and len(self._open) < MOST_OPEN:
            asked = self._ask(conversation_id)
        if asked is not None:
            asked.stream_ids.append(entry.opened.stream_id)
        return asked is not None

    def _ask(self, conversation_id: str) -> _Question:
        until_s = self._world.monotonic() + ANSWER_S
        question = _Question(conversation_id=conversation_id, until_s=until_s)
        call = Call(
            call_id=self._world.new_id(),
            request=self._dialect.interaction_request(conversation_id),
            priority="spare",
            deadline_s=until_s,
            reply_to=self._asker,
        )
        self._asked += 1
        self._open[call.call_id] = question
        self._desk.tell(call)
        return question

    def _forget_the_unanswered(self) -> None:
        now_s = self._world.monotonic()
        self._open = {call_id: one for call_id, one in self._open.items() if now_s < one.until_s + SPARE_S}

    def _remember(self, conversation_id: str, found: Answer) -> None:
        lasts_s = FAILED_S if isinstance(found, Verdict) else KNOWN_S
        self._known[conversation_id] = (found, self._world.monotonic() + lasts_s)
        self._known.move_to_end(conversation_id)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)

    def _tell(self, entry: StreamEntry, found: Answer) -> None:
        if isinstance(found, Verdict):
            self._note(entry, "failed", found.reasons[0].message)
            return
        opened = entry.opened
        one = declared(found, opened.participant_id, self._looked_for.queues)
        if one is None:
            self._note(entry, "found", "neither an attribute nor a queue names a language")
            return
        entry.worker.tell(DeclareLanguage(stream_id=opened.stream_id, language=one.language, source=one.source))

    def _note(self, entry: StreamEntry, how: str, words: str) -> None:
        entry.note(instant(self._world.utc_now()), "language.look_up", {how: words})
