"""What a dialect of Genesys has to offer to the actors that speak it; one Protocol for each of their jobs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from genesys.verdicts import Verdict
from messages.rest import CallAnswered, HttpRequest, HttpResponse
from messages.transfers import StartTransfer, TransferAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A token as the login gave it; `lifetime_s` in seconds from the answer, `scopes` where it named them."""

    secret: str = field(repr=False)
    lifetime_s: float
    scopes: tuple[str, ...] = ()


class OAuthDialect(Protocol):
    """How a token is asked for."""

    def token_request(self, client_id: str, client_secret: str, scopes: tuple[str, ...]) -> HttpRequest:
        """The login by client credentials."""

    def read_token(self, response: HttpResponse) -> Granted:
        """The token in the answer; raises Unauthorized or Unavailable of genesys.errors."""


class TransferDialect(Protocol):
    """How a transfer is asked for, and what the answers mean."""

    @property
    def transfer_socket_url(self) -> str:
        """Where the session for transfers connects."""

    def interaction_request(self, interaction_id: str) -> HttpRequest:
        """The look-up that comes before a transfer."""

    def may_be_transferred(self, interaction_id: str, answered: CallAnswered) -> Verdict:
        """What the look-up's answer means for the transfer."""

    def transfer_frame(self, order: StartTransfer, transfer_id: str, codec: str, attempt: int, at: datetime) -> str:
        """The frame that asks; `attempt` counts codecs from 1."""

    def read_answer(self, frame: str | bytes, now: datetime) -> TransferAnswer | None:
        """What a frame answers, None when it answers no transfer."""
