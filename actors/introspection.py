"""Whether Genesys knows the tokens that callers of an audio worker show; what MediaWorkerActor keeps of it."""

from actors.seat import World
from genesys.dialect import IdentityDialect
from messages.base import Json, Recipient
from messages.media import AskBearer, BearerJudged
from messages.rest import Call, CallAnswered, HttpRequest
from rules.bearer_book import BearerBook

ANSWER_S = 5.0  # for Genesys to answer
MOST_OPEN = 200  # questions to Genesys at the same time; beyond, callers are turned away


class Introspection:
    """Asks Genesys once for each token, however many callers show it, and remembers the answer for a while."""

    def __init__(
        self, world: World, desk: Recipient, dialect: IdentityDialect, asker: Recipient, incarnation: int
    ) -> None:
        self._world, self._desk, self._dialect, self._asker = world, desk, dialect, asker
        self._mark = f"{asker.name}.{incarnation}"
        self._book = BearerBook()
        self._open: dict[str, tuple[str, list[int]]] = {}
        self._asked = 0

    def ask(self, question: AskBearer) -> tuple[BearerJudged, ...]:
        """The answer where there is one at once; else it comes of `answered`."""
        bearer, now_s = question.bearer, self._world.monotonic()
        known = self._book.known(bearer, now_s)
        if known is not None:
            return (BearerJudged(number=question.number, known=known),)
        for asked, numbers in self._open.values():
            if asked == bearer:
                numbers.append(question.number)
                return ()
        request = self._dialect.bearer_request(bearer) if len(self._open) < MOST_OPEN else None
        if request is None:
            return (BearerJudged(number=question.number, known=False),)
        self._send(question, request, now_s)
        return ()

    def _send(self, question: AskBearer, request: HttpRequest, now_s: float) -> None:
        self._asked += 1
        call_id = f"{self._mark}.bearer.{self._asked}"
        self._open[call_id] = (question.bearer, [question.number])
        self._desk.tell(
            Call(
                call_id=call_id,
                request=request,
                priority="read",
                deadline_s=now_s + ANSWER_S,
                reply_to=self._asker,
            )
        )

    def answered(self, answer: CallAnswered) -> tuple[BearerJudged, ...]:
        """What callers are to be told; a question that Genesys did not answer is no, and is asked again next time."""
        bearer, numbers = self._open.pop(answer.call_id, ("", []))
        known = self._dialect.read_bearer(answer)
        if known is not None and numbers:
            self._book.note(bearer, known, self._world.monotonic())
        return tuple(BearerJudged(number=number, known=known is True) for number in numbers)

    def forget_callers(self) -> None:
        """Their worker is gone, and its numbers mean nothing any more."""
        for _bearer, numbers in self._open.values():
            numbers.clear()

    def facts(self) -> dict[str, Json]:
        """For `actor.show`."""
        return {"bearers_asked": self._asked, "bearers_open": len(self._open)}
