"""Any number of barges under any news in any order: each ends once, in time, and none without a recorded consent."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.barge import CONSENT
from messages.audio import AudioInspected, InspectAudio
from messages.barges import CheckRegistration, InjectBarge
from messages.journal import RecordProgress
from messages.orders import DeadlinePassed
from messages.rest import Call
from tests.actors.audio_scenes import QA, BargeScene, barge
from tests.actors.book_scenes import AudioBookScene

IDS = tuple(f"0190a5a0-0000-7000-8000-00000000000{number}" for number in range(1, 4))
DEADLINE_S = 20.0
FINE = {"state": "active", "customAttributes": {"supervision_consent": "true"}}

bodies = st.sampled_from((FINE, FINE, FINE, {"state": "held", "customAttributes": {}}, [], b"junk"))
answers = st.tuples(st.integers(0, 5), st.sampled_from((200, 201, 404, 429, 503, 0)), bodies)
ids = st.sampled_from((*IDS, "nobody"))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from(IDS)),
        st.tuples(st.just("submit"), st.sampled_from(IDS)),
        *(st.tuples(st.just("help"), st.integers(1, 4)) for _ in range(3)),
        st.tuples(st.just("answer"), answers),
        st.tuples(st.just("answer"), answers),
        st.tuples(st.just("inspect"), st.sampled_from(((), ("SB-116",)))),
        st.tuples(st.just("journal"), st.none()),
        st.tuples(st.just("tell"), st.builds(DeadlinePassed, request_id=ids)),
        st.tuples(st.just("tell"), st.builds(AudioInspected, inspection_id=ids, facts=st.none())),
        st.tuples(st.just("tell"), st.just(CheckRegistration())),
        st.tuples(st.just("advance"), st.floats(0, 5)),
        st.tuples(st.just("crash"), st.none()),
    ),
    min_size=10,
    max_size=50,
)


class Model(AudioBookScene, BargeScene):
    """Keeps the journal's book and Genesys's."""

    def __init__(self) -> None:
        self.injected: list[str] = []
        super().__init__(qa_webhook=QA)
        self.keep_book()

    def order(self, request_id: str) -> InjectBarge:
        return barge(request_id=request_id, deadline_s=DEADLINE_S)

    def step(self, what: str, value: Any) -> None:
        match what:
            case "submit":
                self.submit(self.order(value))
            case "help":
                for _ in range(value):
                    self.help()
                    self.keep_book()
            case "answer" if self.calls:
                index, status, body = value
                self.respond(self.calls.pop(index % len(self.calls)), status, body)
            case "inspect" if self.is_inspecting():
                self.inspect(*value)
            case "journal" if self.waiting:
                self.write()
            case "tell":
                self.tell(value)
            case "advance":
                self.stage.advance(value)
            case "crash":
                self.restart()
        self.keep_book()

    def help(self) -> None:
        """Everybody does what is asked of him at present."""
        calls, self.calls = self.calls, []
        for call in calls:
            self.respond(call, 201 if call.request.method == "POST" else 200, FINE)
        while self.is_inspecting():
            self.inspect()
        for _ in range(len(self.waiting)):
            self.write()

    def is_inspecting(self) -> bool:
        return any(isinstance(heard, InspectAudio) for heard in self.inspector.heard)

    def respond(self, call: Call, status: int, body: Any) -> None:
        self.rest.heard.insert(0, call)
        self.answer("", status, body, failure="" if status else "timeout", maybe_sent=not status)

    def write(self) -> None:
        first = self.waiting[0]
        assert not isinstance(first, RecordProgress) or first.step != CONSENT or first.data["given"]
        super().write()

    def called(self, call: Call) -> None:
        if call.request.route.endswith("/interactions"):
            request_id = call.request.headers["idempotency-key"]
            assert CONSENT in self.steps_of[request_id], "no consent is on record"
            assert request_id not in self.outcomes, "injected after its end"
            self.injected.append(request_id)


@settings(deadline=None, max_examples=400)
@given(steps)
def test_every_barge_ends_once_in_time_and_leaves_nothing(history: list[tuple[str, Any]]) -> None:
    model = Model()
    for what, value in history:
        model.step(what, value)
    for _ in range(2):
        while model.waiting:
            model.step("journal", None)
        model.stage.advance(DEADLINE_S + 31.0)
        model.keep_book()
    assert len(set(model.injected)) == len(model.injected), "injected twice"
    assert model.succeeded() <= set(model.injected)
    model.actor.cancel("registration")
    assert model.ends_in_time(DEADLINE_S)
