"""Any number of playbacks under any news in any order: each ends once, in time, and nothing of it is left."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.playback import PlaybackActor
from messages.audio import AudioInspected, InspectAudio
from messages.journal import ProgressRecorded
from messages.orders import DeadlinePassed
from messages.playbacks import EventsIdle, PlaybackOverdue, PlayPrompt, SubscriptionSettled
from messages.rest import Call
from messages.sessions import FramesArrived, FrameSent, FrameUnsent, SessionLost, SessionOpened
from tests.actors.audio_scenes import CDN, URL, PlaybackScene, interaction, play, remark
from tests.actors.book_scenes import AudioBookScene

IDS = tuple(f"0190a5a0-0000-7000-8000-00000000000{number}" for number in range(1, 5))
INTERACTIONS = ("conv-1", "conv-1", "conv-1", "conv-2")
PROMPTS = ("welcome", "welcome", "goodbye", "welcome")
DEADLINE_S = 20.0

ids = st.sampled_from((*IDS, "nobody"))
interactions = st.sampled_from((*INTERACTIONS, "conv-9"))
connections = st.integers(1, 3)
urls = st.sampled_from((URL, URL, f"{CDN}/en/standard/goodbye.mp3", "https://else.example/x.mp3"))
states = st.sampled_from(("queued", "buffering", "playing", "completed", "error"))
frames = st.one_of(
    st.fixed_dictionaries({"type": st.just("media.playback.state"), "state": states, "url": urls}),
    st.just({"type": "subscribed"}),
    st.just({"type": "error", "message": "no"}),
    st.just("junk"),
)
look_ups = st.lists(states, max_size=3).map(lambda listed: interaction(*listed))
answers = st.one_of(
    st.tuples(st.sampled_from((200, 200, 202, 404, 429, 500)), look_ups),
    st.just((0, None)),
)
sessions = st.integers(0, 5)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from(IDS)),
        st.tuples(st.just("submit"), st.sampled_from(IDS)),
        *(st.tuples(st.just("help"), st.tuples(connections, st.integers(1, 5))) for _ in range(4)),
        st.tuples(st.just("journal"), st.integers(0, 2)),
        st.tuples(st.just("answer"), st.tuples(st.integers(0, 3), answers)),
        st.tuples(st.just("answer"), st.tuples(st.integers(0, 3), answers)),
        st.tuples(st.just("inspect"), st.sampled_from(((), (), ("SB-115",)))),
        st.tuples(st.just("open"), st.tuples(sessions, connections)),
        st.tuples(st.just("open"), st.tuples(sessions, connections)),
        st.tuples(st.just("sent"), st.tuples(sessions, connections)),
        st.tuples(st.just("unsent"), st.tuples(sessions, connections)),
        st.tuples(st.just("lose"), st.tuples(sessions, connections)),
        st.tuples(st.just("hear"), st.tuples(sessions, frames)),
        st.tuples(st.just("hear"), st.tuples(sessions, frames)),
        st.tuples(st.just("tell"), st.builds(ProgressRecorded, request_id=ids, step=st.just("asked"))),
        st.tuples(st.just("tell"), st.builds(PlaybackOverdue, request_id=ids)),
        st.tuples(st.just("tell"), st.builds(DeadlinePassed, request_id=ids)),
        st.tuples(st.just("tell"), st.builds(SubscriptionSettled, interaction_id=interactions)),
        st.tuples(st.just("tell"), st.builds(EventsIdle, interaction_id=interactions)),
        st.tuples(st.just("advance"), st.floats(0, 3)),
        st.tuples(st.just("crash"), st.none()),
    ),
    min_size=10,
    max_size=60,
)


class Model(AudioBookScene, PlaybackScene):
    """Keeps the journal's book and Genesys's: what was accepted, asked for, posted and ended, and how often."""

    def __init__(self) -> None:
        self.posted: dict[str, int] = {}
        super().__init__()

    def order(self, request_id: str) -> PlayPrompt:
        number = IDS.index(request_id)
        return play(
            request_id=request_id,
            interaction_id=INTERACTIONS[number],
            prompt_key=PROMPTS[number],
            deadline_s=DEADLINE_S,
            timeout_s=5.0,
        )

    def step(self, what: str, value: Any) -> None:
        match what:
            case "submit":
                self.submit(self.order(value))
            case "journal" if self.waiting:
                self.write()
            case "help":
                connection, rounds = value
                for _ in range(rounds):
                    self.help(connection)
                    self.keep_book()
            case "answer" if self.calls:
                index, (status, body) = value
                self.respond(self.calls.pop(index % len(self.calls)), status, body)
            case "inspect" if any(isinstance(heard, InspectAudio) for heard in self.inspector.heard):
                asked = self.inspector.take(InspectAudio)
                refusals = tuple(map(remark, value))
                self.tell(AudioInspected(inspection_id=asked.inspection_id, facts=None, refusals=refusals))
            case "tell":
                self.tell(value)
            case "advance":
                self.pass_time(value)
            case "crash":
                self.restart()
            case "open" | "sent" | "unsent" | "lose" | "hear" if self.sessions.plans:
                index, news = value
                self.speak(what, self.sessions.plans[index % len(self.sessions.plans)].name, news)
        self.keep_book()

    def pass_time(self, seconds: float) -> None:
        """The book is kept after each alarm: what comes of one stands before what comes of the next."""
        until = self.stage.world.now_s + seconds
        while (due := self.stage.timers.next_due()) is not None and due <= until:
            self.stage.advance(max(0.0, due - self.stage.world.now_s) + 1e-9)
            self.keep_book()
        self.stage.advance(max(0.0, until - self.stage.world.now_s))

    def help(self, connection: int) -> None:
        """Everybody does what is asked of him at present."""
        calls, self.calls = self.calls, []
        for call in calls:
            self.respond(call, 200, interaction())
        while any(isinstance(heard, InspectAudio) for heard in self.inspector.heard):
            self.inspect()
        for name in list(self.sessions.alive):
            for what in ("open", "sent"):
                self.speak(what, name, connection)
            self.frames({"type": "subscribed"}, session=name)
        for _ in range(len(self.waiting)):
            self.write()

    def speak(self, what: str, session: str, news: Any) -> None:
        match what:
            case "open":
                self.tell(SessionOpened(session=session, connection=news))
            case "sent":
                self.tell(FrameSent(session=session, frame_id=str(news)))
            case "unsent":
                self.tell(FrameUnsent(session=session, frame_id=str(news), why="gone"))
            case "lose":
                self.tell(SessionLost(session=session, connection=news, code=1006, reason=""))
            case "hear":
                self.frames(news, session=session)

    def frames(self, *frames: Any, session: str | None = None) -> None:
        if session in self.sessions.alive:
            super().frames(*frames, session=session)
        else:
            self.tell(FramesArrived(session=session or "", frames=("junk",)))

    def respond(self, call: Call, status: int, body: Any) -> None:
        self.rest.heard.append(call)
        self.answer(call.request.route, status, body, failure="" if status else "timeout", maybe_sent=not status)

    def called(self, call: Call) -> None:
        if call.request.method == "POST":
            request_id = call.request.headers["idempotency-key"]
            assert request_id not in self.outcomes, "asked for after its end"
            self.posted[request_id] = self.posted.get(request_id, 0) + 1


@settings(deadline=None, max_examples=400)
@given(steps)
def test_every_playback_ends_once_in_time_and_leaves_nothing(history: list[tuple[str, Any]]) -> None:
    model = Model()
    for what, value in history:
        model.step(what, value)
    while model.waiting:
        model.step("journal", None)
    model.step("advance", DEADLINE_S + 31.0)
    while model.waiting:
        model.step("journal", None)
    model.step("advance", DEADLINE_S + 31.0)
    assert model.ends_in_time(DEADLINE_S)
    assert all(times == 1 for times in model.posted.values()), "asked for twice"
    assert model.succeeded() <= set(model.posted)
    assert isinstance(model.actor, PlaybackActor)
    assert not model.actor._feeds
    assert not model.actor._alarms
    assert not model.sessions.alive
