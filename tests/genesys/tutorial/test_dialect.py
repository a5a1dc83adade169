"""The dialect as one object says what its modules say, with the organisation's addresses filled in."""

from genesys.dialect import BargeDialect, PlaybackDialect, TransferDialect
from genesys.tutorial import barge, events, playback, qa_webhook
from genesys.tutorial.dialect import TutorialDialect
from messages.barges import InjectBarge, StreamMatrix
from messages.playbacks import PlayPrompt
from tests.genesys.tutorial.answers import answer

API = "https://api.example"
DIALECT = TutorialDialect(api_url=API, streaming_url="wss://streaming.example")
TRANSFERS: TransferDialect = DIALECT
PLAYBACKS: PlaybackDialect = DIALECT
BARGES: BargeDialect = DIALECT

PLAY = PlayPrompt(interaction_id="conv-1", prompt_key="welcome")
BARGE = InjectBarge(
    conversation_id="conv-1",
    participant_id="part-1",
    audio_url="https://media.example/notice.wav",
    stream_matrix=StreamMatrix(agent_mute=True, caller_mute=False, normalize_level=False),
    max_duration_ms=1000,
)


def test_the_sockets_are_the_organisations() -> None:
    assert TRANSFERS.transfer_socket_url == "wss://streaming.example/api/v2/websocket"
    assert PLAYBACKS.events_socket_url == "wss://streaming.example/api/v2/interactions/events/subscribe"


def test_playbacks_are_asked_for_and_read_by_their_modules() -> None:
    answered = answer(200, {"mediaPlayback": [{"url": "u", "state": "playing"}]})
    event = b'{"type": "media.playback.state", "state": "playing", "url": "u"}'
    assert PLAYBACKS.interaction_request("conv-1").url == f"{API}/api/v2/interactions/conv-1"
    assert PLAYBACKS.subscribe_frame("conv-1") == events.subscribe_frame("conv-1")
    assert PLAYBACKS.read_event(event) == events.read_event(event) is not None
    assert PLAYBACKS.play_request(PLAY, "u", "e") == playback.play_request(API, PLAY, "u", "e")
    assert PLAYBACKS.read_listener("conv-1", answered) == playback.read_listener("conv-1", answered)
    assert PLAYBACKS.read_play(answered) == playback.read_play(answered)
    assert PLAYBACKS.read_playback(answered, "u", 0) == playback.read_playback(answered, "u", 0) is not None


def test_barges_are_asked_for_and_read_by_their_modules() -> None:
    answered = answer(201, {})
    assert BARGES.conversation_request("conv-1") == barge.conversation_request(API, "conv-1")
    assert BARGES.participant_request("conv-1", "part-1") == barge.participant_request(API, "conv-1", "part-1")
    assert BARGES.injection_request(BARGE, "e") == barge.injection_request(API, BARGE, "e")
    assert BARGES.may_be_barged("conv-1", answered) == barge.may_be_barged("conv-1", answered)
    assert BARGES.read_consent("part-1", "c", answered) == barge.read_consent("part-1", "c", answered)
    assert BARGES.read_injection(answered) == barge.read_injection(answered)


def test_the_qa_webhook_is_asked_for_and_read_by_its_module() -> None:
    answered = answer(201, [])
    assert BARGES.webhooks_request() == qa_webhook.webhooks_request(API)
    assert BARGES.read_webhooks(answered) == qa_webhook.read_webhooks(answered)
    assert BARGES.registration_request("https://qa.example") == qa_webhook.registration_request(
        API, "https://qa.example"
    )
    assert BARGES.read_registration(answered) == qa_webhook.read_registration(answered)
