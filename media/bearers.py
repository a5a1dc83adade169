"""Bearers that are none of our keys: the gateway is asked whether Genesys knows them, and the answer kept."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from media.keys import fingerprint
from messages.media import AskBearer, BearerJudged, WorkerEvent

DEADLINE_S = 5.0  # for the gateway's answer; the caller's own handshake timers are longer
KNOWN_S = 60.0  # a token that was withdrawn opens calls for so long
UNKNOWN_S = 10.0
MOST_KEPT = 2_048  # answers
MOST_ASKED = 64  # questions that wait at once: Genesys allows 300 requests a minute


class NoVerdict(Exception):  # noqa: N818 - nobody erred
    """The bearer could not be judged in time; the caller may come again."""


class Bearers:
    """Asks once for however many calls come with one bearer; keeps nothing of it but its SHA-256."""

    def __init__(self, tell: Callable[[WorkerEvent], None], deadline_s: float = DEADLINE_S) -> None:
        self._tell = tell
        self._deadline_s = deadline_s
        self._numbers = 0
        self._asked: dict[bytes, tuple[int, asyncio.Future[bool]]] = {}
        self._kept: OrderedDict[bytes, tuple[bool, float]] = OrderedDict()

    async def known(self, offered: str) -> bool:
        """Whether Genesys knows the bearer; NoVerdict when nobody could say so in time."""
        mark = fingerprint(offered)
        kept = self._kept.get(mark)
        if kept is not None and asyncio.get_running_loop().time() < kept[1]:
            return kept[0]
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(self._question(mark, offered))
        except TimeoutError:
            raise NoVerdict("the gateway gave no verdict in time") from None

    def judged(self, answer: BearerJudged) -> None:
        """The gateway's answer to a question; one that nobody waits for any more is let go."""
        for mark, (number, future) in list(self._asked.items()):
            if number == answer.number:
                del self._asked[mark]
                self._keep(mark, answer.known)
                future.set_result(answer.known)

    def _question(self, mark: bytes, offered: str) -> asyncio.Future[bool]:
        if mark in self._asked:
            return self._asked[mark][1]
        if len(self._asked) >= MOST_ASKED:
            raise NoVerdict(f"{MOST_ASKED} bearers wait for a verdict already")
        self._numbers += 1
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._asked[mark] = (self._numbers, future)
        loop.call_later(self._deadline_s, self._forget, mark, self._numbers)
        self._tell(AskBearer(number=self._numbers, bearer=offered))
        return future

    def _forget(self, mark: bytes, number: int) -> None:
        """It was not answered in time, whether or not anybody still waits for that."""
        if mark in self._asked and self._asked[mark][0] == number:
            del self._asked[mark]

    def _keep(self, mark: bytes, known: bool) -> None:
        self._kept[mark] = (known, asyncio.get_running_loop().time() + (KNOWN_S if known else UNKNOWN_S))
        self._kept.move_to_end(mark)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
