"""CallerActor: one blocking connection; the only actors that wait for the network, each on its own thread."""

from typing import Protocol, assert_never

from actors.base import GatewayActor, Seat
from genesys.errors import Malformed, Refused, TimedOut, Transport
from messages.base import Recipient
from messages.rest import CallerReady, Dial, Dialled, Failure, HttpRequest, HttpResponse, RollCall, ToCaller


class Door(Protocol):
    """Where requests leave by: clients.rest.RestDoor, clients.webhooks.WebhookDoor."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """The answer, within `request.timeout_s`; raises Refused, Transport, TimedOut or Malformed."""

    def close(self) -> None:
        """Close what is idle."""


class CallerActor(GatewayActor[ToCaller]):
    """Makes one attempt after the other for `desk`, which is told CallerReady at every start."""

    def __init__(self, seat: Seat, *, door: Door, desk: Recipient) -> None:
        super().__init__(seat)
        self._door = door
        self._desk = desk
        self._attempts = 0

    def started(self) -> None:
        self._desk.tell(CallerReady(caller=self.address))

    def handle(self, message: ToCaller) -> None:
        match message:
            case Dial():
                self._attempts += 1
                self._desk.tell(self._dial(message))
            case RollCall():
                self._desk.tell(CallerReady(caller=self.address, started=False))
            case _:
                assert_never(message)

    def stopped(self) -> None:
        self._door.close()

    def release(self) -> None:
        self._door.close()

    def facts(self) -> dict[str, int]:
        return {"attempts": self._attempts}

    def _dial(self, dial: Dial) -> Dialled:
        try:
            response = self._door.send(dial.request)
        except TimedOut as fault:
            return self._failed(dial, "timeout", fault.detail, fault.maybe_sent)
        except Transport as fault:
            return self._failed(dial, "transport", fault.detail, fault.maybe_sent)
        except Refused as fault:
            return self._failed(dial, "refused", fault.detail, maybe_sent=False)
        except Malformed as fault:
            return self._failed(dial, "malformed", fault.detail, maybe_sent=True)
        return Dialled(call_id=dial.call_id, attempt=dial.attempt, caller=self.address, response=response)

    def _failed(self, dial: Dial, failure: Failure, detail: str, maybe_sent: bool) -> Dialled:
        return Dialled(
            call_id=dial.call_id,
            attempt=dial.attempt,
            caller=self.address,
            response=None,
            failure=failure,
            detail=detail,
            maybe_sent=maybe_sent,
        )
