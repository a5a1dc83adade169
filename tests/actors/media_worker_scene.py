"""A MediaWorkerActor, and processes that tell what a test has them tell."""

from collections.abc import Callable

import pytest

from actors.base import ActorFailed, Seat
from actors.introspection import Introspection
from actors.media_worker import Listener, MediaWorkerActor, WorkerTimes
from genesys.tutorial.dialect import TutorialDialect
from messages.journal import PublishEvent
from messages.media import (
    AudioStreamNoted,
    ServicePlan,
    WorkerCommand,
    WorkerEvent,
    WorkerPlan,
    WorkerReady,
    WorkerReport,
    WorkerTold,
)
from tests.kit import Probe, Stage

PLAN = WorkerPlan(worker=1, host="127.0.0.1", port=8081, keys=(), service=ServicePlan(addresses=("a:1",)))
REPORT = WorkerReport(calls=3, frames=9, refused=1, lost_events=0, busy=0.25)
NOTE = AudioStreamNoted(stream_id="s", what="paused")


class FakeProcess:
    """Stands where a worker process would; a test speaks for it."""

    bad_lines = 0

    def __init__(self, listener: Listener, number: int) -> None:
        self.listener, self.pid = listener, number
        self.sent: list[WorkerCommand] = []
        self.takes = True
        self.killed = 0

    def send(self, command: WorkerCommand) -> bool:
        self.sent.append(command)
        return self.takes

    def kill(self) -> None:
        self.killed += 1

    def tell(self, *events: WorkerEvent) -> None:
        self.listener.told(events)

    def end(self, why: str = "it was killed by SIGKILL") -> None:
        self.listener.ended(why)


class Scene:
    """The actor, and every process that it has started."""

    def __init__(self, *, introspect: bool = False, incarnation: int = 1, draining: bool = False) -> None:
        self.stage = Stage()
        self.names = ("transcription", "gateway", "audit", "rest")
        self.transcription, self.steward, self.journal, self.rest = (Probe(name) for name in self.names)
        self.processes: list[FakeProcess] = []
        self.draining, self.plan = draining, PLAN
        self.seat = self.stage.seat("media.1", incarnation=incarnation)
        self.actor = self._cast(self.seat, introspect)
        self.address = self.stage.play(self.actor)

    def _cast(self, seat: Seat, introspect: bool) -> MediaWorkerActor:
        dialect = TutorialDialect(api_url="https://api.test", streaming_url="wss://api.test")
        ask: Callable[[Seat], Introspection] = lambda seat: Introspection(  # noqa: E731
            seat.world, self.rest, dialect, seat.address, seat.incarnation
        )
        return MediaWorkerActor(
            seat,
            plan=lambda: self.plan,
            launch=self._launch,
            transcription=self.transcription,
            steward=self.steward,
            journal=self.journal,
            introspection=ask if introspect else None,
            draining=lambda: self.draining,
            times=WorkerTimes(),
        )

    def _launch(self, plan: WorkerPlan, listener: Listener) -> FakeProcess:
        assert plan == self.plan
        self.processes.append(FakeProcess(listener, 4711 + len(self.processes)))
        return self.processes[-1]

    @property
    def process(self) -> FakeProcess:
        return self.processes[-1]

    def up(self) -> "Scene":
        self.say(WorkerReady(pid=4711, port=8081, native=True), REPORT)
        return self

    def say(self, *events: WorkerEvent) -> None:
        self.process.tell(*events)
        self.stage.run()

    def tell(self, *messages: object) -> None:
        for message in messages:
            self.address.tell(message)
        self.stage.run()

    def dies(self, why: str = "it was killed by SIGKILL") -> None:
        self.process.end(why)
        with pytest.raises(ActorFailed, match=why):
            self.stage.run()

    def told(self) -> list[object]:
        return [told.event for told in self.transcription.take_all(WorkerTold)]

    def events(self) -> list[str]:
        return [event.kind for event in self.journal.take_all(PublishEvent)]
