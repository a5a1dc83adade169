"""What a dialect of Genesys has to offer to the actors that speak it; one Protocol for each of their jobs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from genesys.verdicts import Verdict
from messages.assists import FromEngine, TriggerAssist
from messages.barges import AudioInjected, ConsentChecked, InjectBarge, RegisteredWebhook
from messages.languages import Party
from messages.orders import Reason
from messages.playbacks import FromEvents, Listener, PlaybackPending, PlaybackProgress, PlayPrompt
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

    def transfer_objections(self, order: StartTransfer) -> tuple[Reason, ...]:
        """What `order` asks for and this dialect has no way to do."""

    def interaction_request(self, interaction_id: str) -> HttpRequest:
        """The look-up that comes before a transfer."""

    def may_be_transferred(self, interaction_id: str, answered: CallAnswered) -> Verdict:
        """What the look-up's answer means for the transfer."""

    def transfer_frame(self, order: StartTransfer, transfer_id: str, codec: str, attempt: int, at: datetime) -> str:
        """The frame that asks; `attempt` counts codecs from 1."""

    def read_answer(self, frame: str | bytes, now: datetime) -> TransferAnswer | None:
        """What a frame answers, None when it answers no transfer."""


class PlaybackDialect(Protocol):
    """How a prompt is played, and how its state is heard of."""

    @property
    def events_socket_url(self) -> str:
        """Where the session for one interaction's events connects."""

    def subscribe_frame(self, interaction_id: str) -> str:
        """The frame that asks for the interaction's playback events; written before the prompt is played."""

    def read_event(self, frame: str | bytes) -> FromEvents | None:
        """What a frame of that session tells, None when it is nothing about playbacks."""

    def interaction_request(self, interaction_id: str) -> HttpRequest:
        """The look-up that comes before a playback, and after lost events."""

    def read_listener(self, interaction_id: str, answered: CallAnswered) -> Listener | Verdict:
        """Who will hear the prompt, in the look-up's answer; never a Verdict that passed."""

    def play_request(self, order: PlayPrompt, url: str, effect_id: str) -> HttpRequest:
        """The request to play the file at `url`; `effect_id` is the idempotency key."""

    def read_play(self, answered: CallAnswered) -> Verdict:
        """Whether Genesys took it; SB-220 where that is in doubt."""

    def read_playback(
        self, answered: CallAnswered, url: str, earlier: int
    ) -> PlaybackProgress | PlaybackPending | Verdict | None:
        """How the playback of `url` after `earlier` others of it stands, in a look-up's answer; None: it is not listed.

        A Verdict, never one that passed, where the look-up failed.
        """


class BargeDialect(Protocol):
    """How audio is played into a call, and how the QA system hears of its end."""

    def conversation_request(self, conversation_id: str) -> HttpRequest:
        """The look-up of the call's state."""

    def may_be_barged(self, conversation_id: str, answered: CallAnswered) -> Verdict:
        """What that look-up's answer means for the barge."""

    def participant_request(self, conversation_id: str, participant_id: str) -> HttpRequest:
        """The look-up of the participant's consent."""

    def read_consent(self, participant_id: str, attribute: str, answered: CallAnswered) -> ConsentChecked | Verdict:
        """The consent in that look-up's answer, given or not; a Verdict, never one that passed, where it failed."""

    def injection_request(self, order: InjectBarge, effect_id: str) -> HttpRequest:
        """The request to play the audio; `effect_id` is the idempotency key."""

    def read_injection(self, answered: CallAnswered) -> AudioInjected | Verdict:
        """What became of it; SB-220 where that is in doubt."""

    def webhooks_request(self) -> HttpRequest:
        """The look-up of registered webhooks."""

    def read_webhooks(self, answered: CallAnswered) -> tuple[RegisteredWebhook, ...] | Verdict:
        """Those under our name; a Verdict, never one that passed, where the look-up failed."""

    def registration_request(self, address: str) -> HttpRequest:
        """The request to register the QA system's webhook."""

    def read_registration(self, answered: CallAnswered) -> Verdict:
        """Whether it is registered now; SB-220 where that is in doubt."""


class AssistDialect(Protocol):
    """How the engine of Agent Assist is spoken to, over one socket."""

    @property
    def assist_socket_url(self) -> str:
        """Where the session for actions connects."""

    def connect_frame(self, secret: str) -> str:
        """The frame that authenticates the session, and does so anew before the token expires."""

    def action_frame(self, order: TriggerAssist, correlation_id: str) -> str:
        """The frame that triggers `order`; `correlation_id` is the idempotency key."""

    def read_assist(self, frame: str | bytes, now: datetime) -> FromEngine | None:
        """What a frame of that session tells, None when it is nothing we know."""


class LanguageDialect(Protocol):
    """How Genesys is asked what it knows of a call's language."""

    def interaction_request(self, interaction_id: str) -> HttpRequest:
        """The look-up of the call."""

    def read_parties(self, interaction_id: str, answered: CallAnswered, attribute: str) -> tuple[Party, ...] | Verdict:
        """Who takes part, with what that attribute of each says; a Verdict, never one that passed, where it failed."""


class IdentityDialect(Protocol):
    """How Genesys is asked whether it knows a caller's token."""

    def bearer_request(self, bearer: str) -> HttpRequest | None:
        """The question, sent with that bearer; None for what cannot be a token."""

    def read_bearer(self, answered: CallAnswered) -> bool | None:
        """Whether it is known; None where the answer says nothing about that."""
