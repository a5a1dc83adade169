"""Bearers that the gateway judges."""

import asyncio

import pytest

from media import bearers as module
from media.bearers import Bearers, NoVerdict
from messages.media import AskBearer, BearerJudged, WorkerEvent
from tests.media.workers import PATIENCE_S


class Asked:
    """The questions, and how they are answered."""

    def __init__(self) -> None:
        self.questions: list[AskBearer] = []
        self.bearers = Bearers(self._tell)
        self._another = asyncio.Event()

    def _tell(self, event: WorkerEvent) -> None:
        assert isinstance(event, AskBearer)
        self.questions.append(event)
        self._another.set()

    async def until(self, count: int) -> None:
        """Until there are so many questions."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.questions) < count:
                self._another.clear()
                await self._another.wait()

    async def judge(self, known: bool, count: int = 1) -> None:
        """Answer the question number `count`, once it is there."""
        await self.until(count)
        self.bearers.judged(BearerJudged(number=self.questions[count - 1].number, known=known))


@pytest.mark.parametrize("known", [True, False])
def test_the_gateway_is_asked_once_and_its_answer_kept(known: bool) -> None:
    async def story() -> None:
        asked = Asked()
        first, second, _ = await asyncio.gather(
            asked.bearers.known("token"), asked.bearers.known("token"), asked.judge(known)
        )
        assert (first, second, await asked.bearers.known("token")) == (known, known, known)
        assert [question.bearer for question in asked.questions] == ["token"]

    asyncio.run(story())


def test_each_bearer_has_its_own_answer() -> None:
    async def story() -> None:
        asked = Asked()
        good, bad, *_ = await asyncio.gather(
            asked.bearers.known("good"), asked.bearers.known("bad"), asked.judge(True, 1), asked.judge(False, 2)
        )
        assert (good, bad) == (True, False)

    asyncio.run(story())


def test_no_more_questions_wait_than_may() -> None:
    async def story() -> None:
        asked = Asked()
        waiting = [asyncio.create_task(asked.bearers.known(str(number))) for number in range(module.MOST_ASKED)]
        await asked.until(module.MOST_ASKED)
        with pytest.raises(NoVerdict):
            await asked.bearers.known("one more")
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(story())


def test_a_question_that_nobody_waits_for_any_more_makes_room_in_time() -> None:
    async def story() -> None:
        asked = Asked()
        asked.bearers = Bearers(asked._tell, deadline_s=0.0)
        waiting = [asyncio.create_task(asked.bearers.known(str(number))) for number in range(module.MOST_ASKED)]
        await asked.until(module.MOST_ASKED)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        with pytest.raises(NoVerdict, match="in time"):
            await asked.bearers.known("one more")

    asyncio.run(story())


def test_an_answer_that_does_not_come_in_time_is_no_verdict() -> None:
    async def story() -> None:
        asked = Asked()
        asked.bearers = Bearers(asked._tell, deadline_s=0.0)
        with pytest.raises(NoVerdict):
            await asked.bearers.known("token")
        asked.bearers.judged(BearerJudged(number=1, known=True))  # too late: nobody waits, nothing is kept
        with pytest.raises(NoVerdict):
            await asked.bearers.known("token")
        assert len(asked.questions) == 2

    asyncio.run(story())
