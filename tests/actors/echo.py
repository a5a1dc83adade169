"""An actor that answers what it is asked, and crashes when told to."""

from typing import Any

from actors.base import GatewayActor, Seat
from tests.living import Gate


class Crash:
    """Raise `error` when handled."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Echo(GatewayActor[Any]):
    """Answers what it is asked, and writes down what befalls it."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat)
        self.log: list[Any] = []

    def started(self) -> None:
        self.log.append("started")

    def handle(self, message: Any) -> Any:
        self.log.append(message)
        match message:
            case Crash():
                raise message.error
            case Gate():
                message.wait()
            case "finish":
                self.finish()
        return (message, self.seat.incarnation)

    def stopped(self) -> None:
        self.log.append("stopped")

    def release(self) -> None:
        self.log.append("released")

    def facts(self) -> dict[str, int]:
        return {"heard": len(self.log)}
