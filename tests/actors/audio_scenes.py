"""Stages set for playbacks and barges: the actor by hand between probes, and short ways to let Genesys speak."""

from typing import Any

import orjson

from actors.barge import BargeActor, BargeRules
from actors.playback import PlaybackActor
from actors.playback_case import PlaybackTimes
from genesys.tutorial.dialect import TutorialDialect
from messages.audio import AudioInspected, InspectAudio
from messages.barges import InjectBarge, StreamMatrix
from messages.journal import ProgressRecorded, PublishEvent, RecordProgress
from messages.orders import Outcome, Reason
from messages.playbacks import PlayPrompt
from messages.rest import Call, CallAnswered, Failure, HttpResponse
from messages.sessions import FramesArrived, FrameSent, SendFrame, SessionLost, SessionOpened, SessionPlan
from rules.addresses import NOTHING
from tests.actors.scenes import ID, OrderScene
from tests.kit import Probe

CDN = "https://cdn.example/prompts"
URL = f"{CDN}/en/standard/welcome.mp3"
CONVERSATION = "GET /api/v2/conversations/voice/{conversationId}"
PARTICIPANT = f"{CONVERSATION}/participants/{{participantId}}"
INJECTION = f"{PARTICIPANT}/interactions".replace("GET", "POST")
QA = "https://qa.example/hook?key=hush"
DIALECT = TutorialDialect(api_url="https://api.example", streaming_url="wss://api.example")


def play(**fields: Any) -> PlayPrompt:
    """A playback that nobody objects to."""
    return PlayPrompt(**{"request_id": ID, "interaction_id": "conv-1", "prompt_key": "welcome", **fields})


def barge(**fields: Any) -> InjectBarge:
    """A barge that nobody objects to."""
    given: dict[str, Any] = {
        "request_id": ID,
        "conversation_id": "conv-1",
        "participant_id": "part-1",
        "audio_url": "https://cdn.example/notice.wav?sig=hush",
        "stream_matrix": StreamMatrix(agent_mute=True, caller_mute=False, normalize_level=False),
        "max_duration_ms": 15_000,
    }
    return InjectBarge(**{**given, **fields})


def why(outcome: Outcome) -> tuple[str, list[str]]:
    """The end and the codes of its reasons."""
    return outcome.status, [reason.code for reason in outcome.reasons]


def remark(code: str) -> Reason:
    return Reason(code=code, gate="audio", message="in its words", remedy="do something")


class FakeSessions:
    """The door to event sessions: every session is a probe, kept under its name until it is closed."""

    def __init__(self) -> None:
        self.plans: list[SessionPlan] = []
        self.alive: dict[str, Probe] = {}
        self.closed: list[str] = []
        self.swept: list[str] = []

    def open(self, plan: SessionPlan) -> Probe:
        assert plan.name not in {before.name for before in self.plans}, "a name is used once"
        self.plans.append(plan)
        self.alive[plan.name] = Probe(plan.name)
        return self.alive[plan.name]

    def close(self, name: str) -> None:
        self.closed.append(name)
        self.alive.pop(name, None)

    def close_all(self, prefix: str) -> None:
        self.swept.append(prefix)
        for name in [name for name in self.alive if name.startswith(prefix)]:
            self.close(name)


class AudioScene(OrderScene):
    """What playbacks and barges share: a REST desk, an inspector, steps that are waited for."""

    def __init__(self, actor_type: Any, *, inspected: bool = True, **doors: Any) -> None:
        self.rest, self.inspector = Probe("rest"), Probe("audio.1")
        inspectors = [self.inspector] if inspected else []
        super().__init__(actor_type, rest=self.rest, inspectors=inspectors, dialect=DIALECT, **doors)

    def call(self, route: str = "") -> Call:
        """The oldest call whose route has `route` in it, removed."""
        for message in self.rest.heard:
            if isinstance(message, Call) and route in message.request.route:
                self.rest.heard.remove(message)
                return message
        raise AssertionError(f"no call to {route!r}, only {self.routes()}")

    def routes(self) -> list[str]:
        """What is asked of Genesys at present."""
        return [message.request.route for message in self.rest.heard]

    def answer(
        self,
        route: str,
        status: int = 200,
        body: Any = None,
        *,
        failure: Failure = "",
        headers: dict[str, str] | None = None,
        maybe_sent: bool = False,
        attempts: int = 1,
        retry_after_s: float | None = None,
    ) -> Call:
        """Let the desk answer the oldest call of that route; with `failure` without a response."""
        call = self.call(route)
        read = body if isinstance(body, bytes) else orjson.dumps(body if body is not None else {})
        response = None if failure else HttpResponse(status=status, headers=headers or {}, body=read)
        self.tell(
            CallAnswered(
                call_id=call.call_id,
                response=response,
                failure=failure,
                detail=failure and f"a {failure}",
                maybe_sent=maybe_sent,
                attempts=attempts,
                retry_after_s=retry_after_s,
            )
        )
        return call

    def inspect(self, *refusals: str, warnings: tuple[str, ...] = ()) -> InspectAudio:
        """Let the inspector answer the oldest question."""
        asked = self.inspector.take(InspectAudio)
        self.tell(
            AudioInspected(
                inspection_id=asked.inspection_id,
                facts=None,
                refusals=tuple(map(remark, refusals)),
                warnings=tuple(map(remark, warnings)),
            )
        )
        return asked

    def put_on_record(self) -> RecordProgress:
        """Let the journal make durable the oldest step that is waited for."""
        step = self.journal.take(RecordProgress)
        assert step.reply_to is not None
        self.tell(ProgressRecorded(request_id=step.request_id, step=step.step))
        return step


class PlaybackScene(AudioScene):
    """A PlaybackActor between journal, REST desk, inspector and event sessions."""

    def __init__(self, *, inspected: bool = True, cdn_base: str = CDN, **times: float) -> None:
        self.sessions = FakeSessions()
        super().__init__(
            PlaybackActor,
            inspected=inspected,
            sessions=self.sessions,
            cdn_base=cdn_base,
            level="headers",
            times=PlaybackTimes(**times),
        )
        self.live()

    # --- what Genesys says ---------------------------------------------------------------------------------------

    def look_up(self, *states: str, url: str = URL, **attributes: str) -> None:
        """Let Genesys describe the interaction; `states` are those of the playbacks of `url`, oldest first."""
        self.answer("GET", body=interaction(*states, url=url, **attributes))

    def take(self, status: int = 202, **how: Any) -> Call:
        """Let Genesys answer the oldest play request."""
        return self.answer("POST", status, **how)

    def hear(self, *states: str, url: str = URL, **more: str) -> None:
        """Events come in on the newest session, all in one go."""
        self.frames(*({"type": "media.playback.state", "state": state, "url": url, **more} for state in states))

    def frames(self, *frames: Any, session: str | None = None) -> None:
        texts = tuple(frame if isinstance(frame, str | bytes) else orjson.dumps(frame).decode() for frame in frames)
        self.tell(FramesArrived(session=session or self.session, frames=texts))

    # --- the event session -------------------------------------------------------------------------------------

    @property
    def session(self) -> str:
        """The name of the newest session."""
        return self.sessions.plans[-1].name

    def open(self, connection: int = 1) -> dict[str, Any]:
        """The newest session opens and writes its subscription, which is returned."""
        self.tell(SessionOpened(session=self.session, connection=connection))
        return self.written()

    def written(self) -> dict[str, Any]:
        """The newest session writes the frame it was given."""
        sent = self.sessions.alive[self.session].take(SendFrame)
        assert sent.confirm
        self.tell(FrameSent(session=self.session, frame_id=sent.frame_id))
        frame: dict[str, Any] = orjson.loads(sent.text)
        return frame

    def acknowledge(self) -> None:
        self.frames({"type": "subscribed"})

    def lose(self, connection: int = 1) -> None:
        self.tell(SessionLost(session=self.session, connection=connection, code=1006, reason="reset"))

    # --- how far -------------------------------------------------------------------------------------------------

    def cleared(self, order: PlayPrompt | None = None) -> None:
        """Take a playback past look-up and inspection: it waits for its event session."""
        self.accept(order or play())
        self.look_up()
        self.inspect()

    def subscribed(self, order: PlayPrompt | None = None) -> None:
        """Take the first playback of an interaction as far as the record."""
        self.cleared(order)
        self.open()
        self.acknowledge()

    def asked(self, order: PlayPrompt | None = None) -> None:
        """Take the first playback of an interaction as far as the play request."""
        self.subscribed(order)
        self.put_on_record()

    def played(self, order: PlayPrompt | None = None) -> None:
        """Take the first playback of an interaction as far as Genesys's acceptance."""
        self.asked(order)
        self.take()

    def another(self, order: PlayPrompt, *states: str) -> None:
        """Take a further playback of an interaction, whose session is ready, as far as the play request."""
        self.accept(order)
        self.look_up(*states)
        self.inspect()
        self.put_on_record()

    def states(self) -> list[tuple[str, Any]]:
        """The playback events since the last look, each with its order."""
        return [(event.kind, event.data["request_id"]) for event in self.journal.take_all(PublishEvent)]

    def is_at_rest(self) -> bool:
        actor = self.actor
        assert isinstance(actor, PlaybackActor)
        no_user = not any(feed.users for feed in actor._feeds)
        only_idle = all(key.startswith("idle-") for key in actor._alarms)
        return not actor.cases and no_user and only_idle and not actor._by_call

    def facts(self) -> dict[str, Any]:
        return dict(self.actor.facts())


class BargeScene(AudioScene):
    """A BargeActor between journal, REST desk and inspector; the QA webhook is not wanted unless it is given."""

    def __init__(self, *, inspected: bool = True, qa_webhook: str = "") -> None:
        rules = BargeRules(consent_attribute="supervision_consent", allow=NOTHING, level="headers", inspect_s=5.0)
        super().__init__(BargeActor, inspected=inspected, rules=rules, qa_webhook=qa_webhook)
        self.live()

    def consents(self) -> list[RecordProgress]:
        """The consents on their way to the record."""
        return [step for step in self.journal.take_all(RecordProgress) if step.step == "consent"]

    def conversation(self, state: str = "active") -> None:
        """Let Genesys tell the call's state."""
        self.answer(CONVERSATION, body={"state": state})

    def participant(self, consent: Any = "true") -> None:
        """Let Genesys tell the participant's consent; None: it is not set."""
        attributes = {} if consent is None else {"supervision_consent": consent}
        self.answer("participants/{participantId}", body={"customAttributes": attributes})

    def checked(self, order: InjectBarge | None = None) -> None:
        """Take a barge past every check, as far as the record of the consent."""
        self.accept(order or barge())
        self.conversation()
        self.participant()
        self.inspect()

    def injecting(self, order: InjectBarge | None = None) -> None:
        """Take a barge as far as the request that plays the audio."""
        self.checked(order)
        self.put_on_record()

    def inject(self, status: int = 201, interaction_id: str = "int-7", **how: Any) -> Call:
        """Let Genesys answer that request."""
        headers = {"x-interaction-id": interaction_id} if interaction_id else {}
        return self.answer("interactions", status, headers=headers, **how)

    def is_at_rest(self) -> bool:
        actor = self.actor
        assert isinstance(actor, BargeActor)
        return super().is_at_rest() and not actor._by_call


def interaction(*states: str, url: str = URL, codecs: Any = None, state: str = "active", **attributes: str) -> Any:
    """An interaction as Genesys describes it."""
    first: dict[str, Any] = {"attributes": attributes}
    if codecs is not None:
        first["mediaCapabilities"] = {"audio": {"supportedCodecs": codecs}}
    listed = [{"url": url, "state": each} for each in states]
    return {"id": "conv-1", "state": state, "participants": [first], "mediaPlayback": listed}
