"""Any order of questions, answers, rejections and time."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from messages.rest import Call
from messages.tokens import RefreshToken, TokenGranted, TokenRejected
from tests.actors.token_scene import Scene


class Logins(RuleBasedStateMachine):
    """Any order of questions, answers, rejections and time."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene()
        self.last: TokenGranted | None = None
        self.asked: list[float] = []
        self.seen = 0
        self.note()

    def note(self) -> None:
        fetches = self.scene.show()["fetches"]
        self.asked += [self.scene.stage.world.now_s] * (fetches - self.seen)
        self.seen = fetches

    @rule(seconds=st.sampled_from([0.1, 1, 7, 47, 60, 299, 4_000]))
    def time_passes(self, seconds: float) -> None:
        self.scene.stage.advance(seconds)
        self.note()

    @rule(lifetime_s=st.sampled_from([1, 5, 60, 300, 301, 3_600, 86_400]))
    def a_login_works(self, lifetime_s: float) -> None:
        if self.scene.fetches():
            self.scene.desk.heard = self.scene.desk.heard[-1:]
            self.scene.grant(lifetime_s)

    @rule(status=st.sampled_from([400, 401, 403, 429, 500, 503]))
    def a_login_fails(self, status: int) -> None:
        if self.scene.fetches():
            self.scene.desk.heard = self.scene.desk.heard[-1:]
            self.scene.answer(status)

    @rule(burst=st.integers(1, 5))
    def a_burst_of_askers(self, burst: int) -> None:
        for number in range(burst):
            for token in self.scene.want(f"asker.{number}").take_all(TokenGranted):
                self.last = token
                assert token.good_until_s > self.scene.stage.world.now_s

    @rule()
    def genesys_says_401(self) -> None:
        if self.last is not None:
            self.scene.tell(TokenRejected(generation=self.last.generation))

    @rule()
    def an_operator_refreshes(self) -> None:
        self.scene.ask(RefreshToken())

    @invariant()
    def at_most_one_login_is_open(self) -> None:
        self.note()
        opened = [message for message in self.scene.desk.heard if isinstance(message, Call)]
        now_s = self.scene.stage.world.now_s
        assert sum(call.deadline_s >= now_s for call in opened) <= 1

    @invariant()
    def whoever_waits_has_a_login_coming(self) -> None:
        actor, shown = self.scene.actor, self.scene.show()
        if shown["waiting"]:
            assert self.scene.fetches() or "fetch" in actor._alarms


Logins.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLogins = Logins.TestCase
