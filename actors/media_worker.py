"""MediaWorkerActor: owns one audio worker process: starts it, listens to it, drains it, and ends with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, assert_never

from loguru import logger

from actors.address import Address
from actors.base import GatewayActor, Seat
from actors.introspection import Introspection
from actors.seat import World
from messages.base import Json, Recipient
from messages.journal import PublishEvent
from messages.media import (
    AskBearer,
    BargeIntoStream,
    BearerJudged,
    DeclareLanguage,
    DisconnectStream,
    DrainWorker,
    PlayIntoStream,
    TakeKeys,
    TellStreams,
    WorkerCommand,
    WorkerDrained,
    WorkerEvent,
    WorkerLost,
    WorkerPlan,
    WorkerReady,
    WorkerReport,
    WorkerTold,
)
from messages.media_workers import (
    DrainMedia,
    LookAtWorker,
    MediaDrained,
    ProcessEnded,
    ProcessTold,
    ResumeMedia,
    ToMediaWorker,
    WorkerOverdue,
)
from messages.rest import CallAnswered
from rules.log_allowance import LogAllowance
from rules.worker_log import LevelReader

State = Literal["starting", "ready", "draining", "drained"]


class Process(Protocol):
    """One worker process; nothing here waits. See clients.media_process."""

    @property
    def pid(self) -> int: ...

    @property
    def bad_lines(self) -> int: ...

    def send(self, command: WorkerCommand) -> bool: ...

    def kill(self) -> None: ...


class Listener(Protocol):
    """What a process is told to tell; called from a thread of its own."""

    def told(self, events: tuple[WorkerEvent, ...]) -> None: ...

    def wrote(self, line: str) -> None: ...

    def ended(self, why: str) -> None: ...

    def backlog(self) -> int: ...


Launch = Callable[[WorkerPlan, Listener], Process]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTimes:
    """Seconds: to become ready; of silence before it counts as hung; from the last call's end to its own.

    `farewell_s` is how long ends in good order may take when everything stops.
    """

    start_s: float = 60.0
    silence_s: float = 15.0
    look_every_s: float = 1.0
    last_results_s: float = 10.0
    farewell_s: float = 8.0


class WorkerDied(RuntimeError):  # noqa: N818 - a fact
    """The process ended unasked; its actor ends with it, and the next incarnation starts another one."""


class _Ears:
    """From the process's thread to the actor's mailbox; what the process writes goes to the log from there."""

    def __init__(self, name: str, process: str, address: Address, world: World) -> None:
        self._name, self._process, self._address, self._world = name, process, address, world
        self._allowance, self._levels = LogAllowance(), LevelReader()

    def told(self, events: tuple[WorkerEvent, ...]) -> None:
        self._address.tell(ProcessTold(process=self._process, events=events))

    def ended(self, why: str) -> None:
        self._address.tell_elapsed(ProcessEnded(process=self._process, why=why))  # in its turn, and never lost

    def wrote(self, line: str) -> None:
        level = self._levels.level(line)
        left_out = self._allowance.take(self._world.monotonic())
        if left_out is not None:
            more = f" ({left_out} lines before it left out)" if left_out else ""
            logger.log(level, "{}: {}{}", self._name, line, more)

    def backlog(self) -> int:
        return self._address.backlog()


class MediaWorkerActor(GatewayActor[ToMediaWorker]):
    """Streams that its process held are told to be lost before it crashes, so that each has its end on record."""

    def __init__(
        self,
        seat: Seat,
        *,
        plan: Callable[[], WorkerPlan],
        launch: Launch,
        transcription: Recipient,
        steward: Recipient,
        journal: Recipient,
        introspection: Callable[[Seat], Introspection] | None,
        draining: Callable[[], bool],
        times: WorkerTimes | None = None,
    ) -> None:
        """`plan` is what a process that is started now has to be told first."""
        super().__init__(seat)
        self._plan, self._launch, self._draining = plan, launch, draining
        self._transcription, self._steward, self._journal = transcription, steward, journal
        self._times = times or WorkerTimes()
        self._introspection = introspection(seat) if introspection is not None else None
        self._process: Process | None = None
        self._launched = 0
        self._native = False
        self._state: State = "drained"
        self._last_report: WorkerReport | None = None
        self._heard_s = 0.0
        self._wanted_again = self._stopping = False

    def started(self) -> None:
        if self.seat.incarnation > 1:
            self._lost("its actor was started anew")
        if self._draining():
            self._steward.tell(MediaDrained(worker=self.address))
        else:
            self._begin()

    def handle(self, message: ToMediaWorker) -> None:
        match message:
            case ProcessTold():
                if message.process == self._mark:
                    for event in message.events:
                        self._hear(event)
            case ProcessEnded():
                if message.process == self._mark:
                    self._ended(message.why)
            case DrainMedia():
                self._drain(message.within_s)
            case ResumeMedia():
                self._resume()
            case (
                TakeKeys()
                | TellStreams()
                | PlayIntoStream()
                | BargeIntoStream()
                | DisconnectStream()
                | DeclareLanguage()
            ):
                self._send(message)
            case CallAnswered():
                self._answered(message)
            case LookAtWorker():
                self._look()
            case WorkerOverdue():
                if message.process == self._mark:
                    self._overdue(message.what)
            case _:
                assert_never(message)

    def shut_down(self) -> None:
        """Calls are ended in good order, then the process, then this actor."""
        if self._process is None:
            super().shut_down()
        elif not self._stopping:
            self._stopping = True
            self._drain(0.0)
            self._wait(self._times.farewell_s, "did not end")

    def release(self) -> None:
        process = self._process
        if process is not None:
            process.kill()

    def facts(self) -> dict[str, Json]:
        report, process = self._last_report, self._process
        return {
            "state": self._state,
            "pid": None if process is None else process.pid,
            "calls": 0 if report is None else report.calls,
            "frames": 0 if report is None else report.frames,
            "refused": 0 if report is None else report.refused,
            "busy": 0.0 if report is None else report.busy,
            "unserved": (report.unserved if report else "") or None,
            "lost_events": 0 if report is None else report.lost_events,
            "faults": 0 if report is None else report.faults,
            "native": self._native,
            "bad_lines": 0 if process is None else process.bad_lines,
            **({} if self._introspection is None else self._introspection.facts()),
        }

    # --- the process ---------------------------------------------------------------------------------------------

    @property
    def _mark(self) -> str:
        """Which process: what was told of another one is not heard."""
        return f"{self.seat.incarnation}.{self._launched}"

    def _begin(self) -> None:
        self._launched += 1
        self._state, self._last_report, self._wanted_again = "starting", None, False
        ears = _Ears(self.address.name, self._mark, self.address, self.world)
        self._process = self._launch(self._plan(), ears)
        self._wait(self._times.start_s, "did not become ready")

    def _hear(self, event: WorkerEvent) -> None:
        match event:
            case AskBearer():
                self._judge(event)
                return
            case WorkerReady():
                self._ready(event)
            case WorkerReport():
                self._tell_if_unserved(event.unserved)
                self._last_report, self._heard_s = event, self.world.monotonic()
            case WorkerDrained():
                self._wait(self._times.last_results_s, "did not end after its last call")
            case _:
                pass
        self._transcription.tell(WorkerTold(worker=self.address, event=event))

    def _ready(self, ready: WorkerReady) -> None:
        if self._state == "starting":
            self._state = "ready"
            self.cancel("overdue")
        self._heard_s = self.world.monotonic()
        self.after(self._times.look_every_s, LookAtWorker(), "look")
        self._native = ready.native
        way = "the compiled kernel" if ready.native else "Python"
        logger.info("{}: takes calls on port {} (pid {}), read by {}", self.address.name, ready.port, ready.pid, way)
        self._publish("media.ready", pid=ready.pid, port=ready.port)

    def _tell_if_unserved(self, why: str) -> None:
        """Once when it begins and once when it ends."""
        before = self._last_report.unserved if self._last_report else ""
        if why and not before:
            logger.warning("{}: no transcription service: {}; calls' audio waits for it", self.address.name, why)
            self._publish("media.unserved", why=why)
        elif before and not why:
            logger.info("{}: the transcription service is well again", self.address.name)
            self._publish("media.served")

    def _look(self) -> None:
        if self._process is None:
            return
        silent_s = self.world.monotonic() - self._heard_s
        if silent_s > self._times.silence_s:
            logger.error("{}: said nothing for {:g} s; it is killed", self.address.name, silent_s)
            self._process.kill()
        self.after(self._times.look_every_s, LookAtWorker(), "look")

    def _wait(self, seconds: float, what: str) -> None:
        self.after(seconds, WorkerOverdue(process=self._mark, what=what), "overdue")

    def _overdue(self, what: str) -> None:
        if self._process is not None:
            logger.error("{}: {} in its time; it is killed", self.address.name, what)
            self._process.kill()

    def _ended(self, why: str) -> None:
        self.cancel("overdue")
        self.cancel("look")
        self._process, self._last_report = None, None
        if self._introspection is not None:
            self._introspection.forget_callers()
        self._lost(why)
        if self._state != "draining":
            self._publish("media.lost", why=why)
            raise WorkerDied(why)
        self._state = "drained"
        if self._stopping:
            super().shut_down()
        elif self._wanted_again:
            self._begin()
        else:
            self._publish("media.drained")
            self._steward.tell(MediaDrained(worker=self.address))

    def _lost(self, why: str) -> None:
        self._transcription.tell(WorkerLost(worker=self.address, why=why))

    # --- out of service ------------------------------------------------------------------------------------------

    def _drain(self, within_s: float) -> None:
        if self._process is None:
            self._steward.tell(MediaDrained(worker=self.address))
            return
        self._state, self._wanted_again = "draining", False
        self._send(DrainWorker(within_s=within_s))
        self._wait(within_s + self._times.last_results_s, "did not let its calls go")

    def _resume(self) -> None:
        if self._process is None:
            self._begin()
        elif self._state == "draining":
            self._wanted_again = True

    def _send(self, command: WorkerCommand) -> None:
        if self._process is not None and not self._process.send(command):
            logger.error("{}: takes no more commands; it is killed", self.address.name)
            self._process.kill()

    # --- callers' tokens -----------------------------------------------------------------------------------------

    def _judge(self, question: AskBearer) -> None:
        if self._introspection is None:
            self._send(BearerJudged(number=question.number, known=False))
            return
        for judged in self._introspection.ask(question):
            self._send(judged)

    def _answered(self, answer: CallAnswered) -> None:
        if self._introspection is not None:
            for judged in self._introspection.answered(answer):
                self._send(judged)

    def _publish(self, kind: str, **data: Json) -> None:
        self._journal.tell(PublishEvent(kind=kind, data={"worker": self.address.name, **data}))
