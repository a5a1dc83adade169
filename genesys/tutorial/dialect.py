"""The tutorial dialect as one object: the modules beside it, with the organisation's addresses filled in."""

from dataclasses import dataclass
from datetime import datetime

from genesys.tutorial import assist, barge, events, identity, interactions, languages, playback, qa_webhook, transfers
from genesys.verdicts import Verdict
from messages.assists import FromEngine, TriggerAssist
from messages.barges import AudioInjected, ConsentChecked, InjectBarge, RegisteredWebhook
from messages.languages import Party
from messages.orders import Reason
from messages.playbacks import FromEvents, Listener, PlaybackPending, PlaybackProgress, PlayPrompt
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

    def transfer_objections(self, order: StartTransfer) -> tuple[Reason, ...]:
        """See genesys.tutorial.transfers."""
        return transfers.transfer_objections(order)

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

    # --- prompts -------------------------------------------------------------------------------------------------

    @property
    def events_socket_url(self) -> str:
        """``wss://{api_host}/api/v2/interactions/events/subscribe``; contracts 2.5."""
        return f"{self.streaming_url}{events.SOCKET_PATH}"

    def subscribe_frame(self, interaction_id: str) -> str:
        """See genesys.tutorial.events."""
        return events.subscribe_frame(interaction_id)

    def read_event(self, frame: str | bytes) -> FromEvents | None:
        """See genesys.tutorial.events."""
        return events.read_event(frame)

    def read_listener(self, interaction_id: str, answered: CallAnswered) -> Listener | Verdict:
        """See genesys.tutorial.playback."""
        return playback.read_listener(interaction_id, answered)

    def play_request(self, order: PlayPrompt, url: str, effect_id: str) -> HttpRequest:
        """See genesys.tutorial.playback."""
        return playback.play_request(self.api_url, order, url, effect_id)

    def read_play(self, answered: CallAnswered) -> Verdict:
        """See genesys.tutorial.playback."""
        return playback.read_play(answered)

    def read_playback(
        self, answered: CallAnswered, url: str, earlier: int
    ) -> PlaybackProgress | PlaybackPending | Verdict | None:
        """See genesys.tutorial.playback."""
        return playback.read_playback(answered, url, earlier)

    # --- barges --------------------------------------------------------------------------------------------------

    def conversation_request(self, conversation_id: str) -> HttpRequest:
        """See genesys.tutorial.barge."""
        return barge.conversation_request(self.api_url, conversation_id)

    def may_be_barged(self, conversation_id: str, answered: CallAnswered) -> Verdict:
        """See genesys.tutorial.barge."""
        return barge.may_be_barged(conversation_id, answered)

    def participant_request(self, conversation_id: str, participant_id: str) -> HttpRequest:
        """See genesys.tutorial.barge."""
        return barge.participant_request(self.api_url, conversation_id, participant_id)

    def read_consent(self, participant_id: str, attribute: str, answered: CallAnswered) -> ConsentChecked | Verdict:
        """See genesys.tutorial.barge."""
        return barge.read_consent(participant_id, attribute, answered)

    def injection_request(self, order: InjectBarge, effect_id: str) -> HttpRequest:
        """See genesys.tutorial.barge."""
        return barge.injection_request(self.api_url, order, effect_id)

    def read_injection(self, answered: CallAnswered) -> AudioInjected | Verdict:
        """See genesys.tutorial.barge."""
        return barge.read_injection(answered)

    def webhooks_request(self) -> HttpRequest:
        """See genesys.tutorial.qa_webhook."""
        return qa_webhook.webhooks_request(self.api_url)

    def read_webhooks(self, answered: CallAnswered) -> tuple[RegisteredWebhook, ...] | Verdict:
        """See genesys.tutorial.qa_webhook."""
        return qa_webhook.read_webhooks(answered)

    def registration_request(self, address: str) -> HttpRequest:
        """See genesys.tutorial.qa_webhook."""
        return qa_webhook.registration_request(self.api_url, address)

    def read_registration(self, answered: CallAnswered) -> Verdict:
        """See genesys.tutorial.qa_webhook."""
        return qa_webhook.read_registration(answered)

    # --- Agent Assist --------------------------------------------------------------------------------------------

    @property
    def assist_socket_url(self) -> str:
        """``wss://{api_host}/api/v2/agentassist/stream``; contracts 5."""
        return f"{self.streaming_url}{assist.SOCKET_PATH}"

    def connect_frame(self, secret: str) -> str:
        """See genesys.tutorial.assist."""
        return assist.connect_frame(secret)

    def action_frame(self, order: TriggerAssist, correlation_id: str) -> str:
        """See genesys.tutorial.assist."""
        return assist.action_frame(order, correlation_id)

    def read_assist(self, frame: str | bytes, now: datetime) -> FromEngine | None:
        """See genesys.tutorial.assist."""
        return assist.read_assist(frame, now)

    # --- the audio plane ---------------------------------------------------------------------------------------------

    def bearer_request(self, bearer: str) -> HttpRequest | None:
        """See genesys.tutorial.identity."""
        return identity.bearer_request(self.api_url, bearer)

    def read_bearer(self, answered: CallAnswered) -> bool | None:
        """See genesys.tutorial.identity."""
        return identity.read_bearer(answered)

    def read_parties(self, interaction_id: str, answered: CallAnswered, attribute: str) -> tuple[Party, ...] | Verdict:
        """See genesys.tutorial.languages."""
        return languages.read_parties(interaction_id, answered, attribute)
