"""The tutorial dialect as one object: the modules beside it, with the organisation's addresses filled in."""

from dataclasses import dataclass
from datetime import datetime

from genesys.tutorial import interactions, transfers
from genesys.verdicts import Verdict
from messages.rest import CallAnswered, HttpRequest
from messages.transfers import StartTransfer, TransferAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class TutorialDialect:
    """`api_url` and `streaming_url` are origins without a trailing slash, e.g. ``https://api.mypurecloud.ie``."""

    api_url: str
    streaming_url: str

    @property
    def transfer_socket_url(self) -> str:
        """``wss://{api_host}/api/v2/websocket``; contracts 1."""
        return f"{self.streaming_url}{transfers.SOCKET_PATH}"

    def interaction_request(self, interaction_id: str) -> HttpRequest:
        """See genesys.tutorial.interactions."""
        return interactions.interaction_request(self.api_url, interaction_id)

    def may_be_transferred(self, interaction_id: str, answered: CallAnswered) -> Verdict:
        """See genesys.tutorial.interactions."""
        return interactions.may_be_transferred(interaction_id, answered)

    def transfer_frame(self, order: StartTransfer, transfer_id: str, codec: str, attempt: int, at: datetime) -> str:
        """See genesys.tutorial.transfers."""
        return transfers.transfer_frame(order, transfer_id, codec, attempt, at)

    def read_answer(self, frame: str | bytes, now: datetime) -> TransferAnswer | None:
        """See genesys.tutorial.transfers."""
        return transfers.read_answer(frame, now)
