"""A steward by hand, among probes that answer when a test lets them."""

from collections.abc import Callable, Mapping
from typing import Any

from actors.address import Address
from actors.gateway import StewardActor
from actors.mailbox import CAPACITY
from actors.reply import Reply
from messages.base import Json
from messages.gateway import LogLevel, Nameplate, State
from messages.journal import EventPublished, Subscribed
from tests.kit import Probe, Stage

PLATE = Nameplate(
    version="1.2.3",
    pid=77,
    started_at="2026-01-01T00:00:00.000Z",
    started_s=-10.0,
    dialect="tutorial",
    features=("transfer",),
    simulator_url="http://sim",
    media_address="127.0.0.1:8081",
)


class FakeProcess:
    """Remembers what was done to it."""

    def __init__(self) -> None:
        self.now: State = "running"
        self.levels: list[tuple[str, str | None]] = []
        self.stopped = False

    def state(self) -> State:
        return self.now

    def drain(self, on: bool) -> None:
        self.now = "draining" if on else "running"

    def stop(self) -> None:
        self.stopped = True

    def reload(self) -> Mapping[str, Json]:
        return {"changed": ["log_level"]}

    def set_log_level(self, level: LogLevel, module: str | None) -> None:
        self.levels.append((level, module))

    def reset_log_level(self, module: str | None) -> None:
        self.levels.append(("as before", module))


class Asked(Probe):
    """Answers when the test lets it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.replies: list[Reply] = []
        self.notice: Callable[[], Any] | None = None

    def request(self, message: object, *, urgent: bool = False) -> Reply:
        self.heard.append(message)
        self.replies.append(Reply())
        return self.replies[-1]


class Scene:
    """A steward on a stage of its own; its archive has answered `open_before` unless that is None.

    The journal holds its subscription unless it is `unheard`.
    """

    def __init__(
        self,
        open_before: list[str] | None,
        media: tuple[Probe, ...] = (),
        unheard: bool = False,
        capacity: int = CAPACITY,
    ) -> None:
        self.stage = Stage()
        self.process = FakeProcess()
        self.journal = Asked("audit")
        self.archive = Asked("archive")
        self.session = Asked("session.transfer")
        self.token = Asked("token")
        self.worker = Probe("transfer")
        steward = StewardActor(
            self.stage.seat("gateway", capacity),
            nameplate=PLATE,
            process=self.process,
            journal=self.journal,  # type: ignore[arg-type] # a probe stands for the address
            archive=self.archive,  # type: ignore[arg-type] # and for those
            token=self.token,  # type: ignore[arg-type]
            sessions=lambda: (self.session,),  # type: ignore[arg-type,return-value]
            workers=(self.worker,),
            dead_letters=lambda: 3,
            media=media,  # type: ignore[arg-type]
            media_drain_s=20.0,
        )
        self.address: Address = self.stage.play(steward)
        if not unheard:
            self.journal.replies[0].set(Subscribed(since_seq=7))
            self.stage.run()
        if open_before is not None:
            self.archive.replies[0].set({"commands": [{"request_id": name} for name in open_before]})
            self.stage.run()

    def ask(self, message: object) -> Any:
        reply = self.address.request(message)
        self.stage.run()
        return reply.get(timeout=0)

    def begin(self, message: object) -> list[Any]:
        """Ask and return a list that holds the answer once there is one."""
        answers: list[Any] = []
        self.address.request(message).then(lambda reply: answers.append(reply.get(timeout=0)))
        self.stage.run()
        return answers

    def hear(self, kind: str, **data: Json) -> None:
        self.address.tell(EventPublished(seq=1, at="2026-01-01T00:00:00Z", kind=kind, data=data))
        self.stage.run()
