"""An audio worker: one event loop, all of its calls, and the line to its gateway.

The first line that comes down is the plan, those after it are commands.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial

from loguru import logger

from media.arrival import Arrival, HalfOpen
from media.audiohook_door import PATH as AUDIOHOOK
from media.audiohook_door import AudioHookDoor
from media.bearers import Bearers
from media.bulkhead import Bulkhead, each
from media.call import Lane
from media.doorway import Door, Doorway
from media.house import House
from media.keys import KeyRing
from media.language.desk import LanguageDesk
from media.line import Line
from media.listening import CannotListen, listen, port_of
from media.native.load import native
from media.recording.desk import RecordingDesk
from media.service import service_of, uplinks_of
from media.tutorial import PATH, TutorialDoor
from messages.media import (
    BargeIntoStream,
    BearerJudged,
    DeclareLanguage,
    DisconnectStream,
    DrainWorker,
    PlayIntoStream,
    TakeKeys,
    TellStreams,
    ToStream,
    WorkerCommand,
    WorkerDrained,
    WorkerPlan,
    WorkerReady,
)
from rules.media_line import read_command, read_plan

PLAN_S = 10.0  # for the first line


class Worker:
    """Reads the line and keeps the house until it is told to leave."""

    def __init__(self) -> None:
        self.line = Line(self._heard, self._hung_up)
        loop = asyncio.get_running_loop()
        self.plan: asyncio.Future[WorkerPlan] = loop.create_future()
        self.leaving: asyncio.Future[None] = loop.create_future()
        self.bearers = Bearers(self.line.tell)
        self.keys = KeyRing()
        self._house: House | None = None
        self._awaits_house: list[Callable[[House], None]] = []

    async def work(self, freeze: Callable[[], None]) -> None:
        """Take calls until told to leave; CannotListen when there is no place to take them."""
        plan = await self._planned()
        self.keys.take(plan.keys)
        service = service_of(plan.service)
        deliver = asyncio.get_running_loop().call_soon_threadsafe
        languages = LanguageDesk(plan.language)
        recordings = RecordingDesk(plan.record_dir, plan.record_format, deliver=deliver) if plan.record_dir else None
        uplinks = uplinks_of(service, plan.service)
        read = native() if plan.native else None
        house = House(plan, self.line, uplinks, languages, recordings, service.trouble, read=read)
        self._open(house)
        doorway = Doorway(house, doors(house, self.keys, self.bearers))
        half_open = HalfOpen()
        server = await listen(plan, lambda: Arrival(doorway.judge, half_open, plan.limits.max_frame_bytes))
        freeze()
        self.line.tell(WorkerReady(pid=os.getpid(), port=port_of(server), native=read is not None))
        rounds = [asyncio.create_task(one()) for one in (house.report, house.count, house.watch, house.ease)]
        await self._until_told_to_leave(rounds)
        await house.drain()
        server.close()  # not before: Genesys tries again where it is told so, never where nobody listens
        half_open.cut_all()
        await service.close()
        languages.close()
        await languages.wait_closed()
        if recordings is not None and not await asyncio.to_thread(recordings.close):
            logger.warning("the disk is too slow for the last of the recordings: they are cut short")
        self.line.tell(WorkerDrained())

    def leave(self, within_s: float) -> None:
        """End: turn calls away that come, and give those there are `within_s`; told again, the shorter time holds."""
        self._with_house(lambda house: house.leave(within_s))
        if not self.leaving.done():
            self.leaving.set_result(None)

    def _open(self, house: House) -> None:
        self._house = house
        for act in self._awaits_house:
            act(house)

    def _with_house(self, act: Callable[[House], None]) -> None:
        """Now, or as soon as there is one: a gateway may change its mind right behind the plan."""
        if self._house is None:
            self._awaits_house.append(act)
        else:
            act(self._house)

    async def _planned(self) -> WorkerPlan:
        try:
            async with asyncio.timeout(PLAN_S):
                return await self.plan
        except TimeoutError:
            raise CannotListen(f"the gateway has sent no plan in {PLAN_S:g} s") from None

    async def _until_told_to_leave(self, rounds: "list[asyncio.Task[None]]") -> None:
        await asyncio.wait([self.leaving, *rounds], return_when=asyncio.FIRST_COMPLETED)
        for one in rounds:
            if one.done():
                one.result()  # a round never ends by itself: whatever broke it ends the worker

    # -- the line --------------------------------------------------------------------------------------------------

    def _heard(self, line: bytes) -> None:
        if not self.plan.done():
            self.plan.set_result(read_plan(line))
        else:
            self._with_house(partial(self._obey, read_command(line)))

    def _hung_up(self, why: str) -> None:
        logger.info("{}: this worker ends", why)
        if not self.plan.done():
            self.plan.set_exception(CannotListen(why))
        self.leave(0.0)
        self._with_house(House.abandon)

    def _obey(self, command: WorkerCommand, house: House) -> None:
        match command:
            case BearerJudged():
                self.bearers.judged(command)
            case DrainWorker():
                self.leave(command.within_s)
            case TakeKeys():
                self.keys.take(command.keys)
            case TellStreams():
                each(tuple(house.lanes.values()), lambda lane: self.line.tell(lane.opened()))
            case PlayIntoStream() | BargeIntoStream() | DisconnectStream() | DeclareLanguage():
                pass_on(command, house)


def pass_on(command: ToStream, house: House) -> None:
    lane = house.lanes.get(command.stream_id)
    if lane is None:
        return  # it has ended in the meantime, and that was told
    with Bulkhead(lane.failed):
        obey(command, lane)


def obey(command: ToStream, lane: Lane) -> None:
    match command:
        case PlayIntoStream():
            lane.caller.play(lane, command.audio)
        case BargeIntoStream():
            lane.caller.barge(lane)
        case DisconnectStream():
            lane.caller.disconnect(lane, command.reason, command.output_variables)
        case DeclareLanguage():
            lane.declared(command.language, command.source)


def doors(house: House, keys: KeyRing, bearers: Bearers) -> Mapping[str, Door]:
    """Every path that calls may come in at."""
    audiohook = AudioHookDoor(house, keys)
    return {PATH: TutorialDoor(house, keys, bearers), AUDIOHOOK: audiohook, f"{AUDIOHOOK}/": audiohook}
