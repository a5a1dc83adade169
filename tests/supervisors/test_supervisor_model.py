"""Our supervisor against a model of OTP's: whatever ends whenever, both start and stop the same in the same order."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actors.base import ActorFailed
from messages.supervision import Shutdown
from supervisors.specs import Backoff, Restart, Strategy
from tests.supervisors.otp import Otp
from tests.supervisors.puppets import Die, Quit, theatre

AT_ONCE = Backoff(min_s=0.0, max_s=0.0)  # OTP has no backoff


class SupervisorAgainstOtp(RuleBasedStateMachine):
    @initialize(
        kinds=st.lists(st.sampled_from(Restart), min_size=1, max_size=5),
        strategy=st.sampled_from(Strategy),
        intensity=st.integers(0, 4),
        period_s=st.sampled_from([1.0, 5.0]),
    )
    def open(self, kinds: list[Restart], strategy: Strategy, intensity: int, period_s: float) -> None:
        self.kinds = dict(zip("abcde", kinds, strict=False))
        self.spec: dict[str, Any] = {"strategy": strategy, "intensity": intensity, "period_s": period_s}
        self.curtain_up()

    def curtain_up(self) -> None:
        children = [(name, {"restart": kind, "backoff": AT_ONCE}) for name, kind in self.kinds.items()]
        self.house = theatre(*children, **self.spec).open()
        self.otp = Otp(kinds={name: str(kind) for name, kind in self.kinds.items()}, **self.spec)
        self.otp.init()
        self.failed = self.stopped = False

    def play_on(self) -> None:
        """Where nothing can happen any more, a superior starts it anew."""
        if self.failed or self.stopped or not self.otp.alive:
            self.curtain_up()

    @rule(pick=st.integers(0, 4), normal=st.booleans(), failures=st.lists(st.integers(0, 4), max_size=2))
    def one_ends(self, pick: int, normal: bool, failures: list[int]) -> None:
        self.play_on()
        name = sorted(self.otp.alive)[pick % len(self.otp.alive)]
        for failing in failures:
            self._will_not_start("abcde"[failing])
        self.otp.exit(name, normal, self.house.stage.world.now_s)
        try:
            self.house.tell(name, Quit() if normal else Die("the model says so"))
        except ActorFailed:
            self.failed = True

    @rule(seconds=st.sampled_from([0.25, 1.0, 4.75, 5.0, 5.25]))
    def time_passes(self, seconds: float) -> None:
        """By what floats hold exactly: at a period's very end both have to come to the same sum."""
        self.play_on()
        self.house.advance(seconds)

    @rule()
    def it_is_told_to_stop(self) -> None:
        self.play_on()
        self.otp.terminate()
        self.house.boss.address.urge(Shutdown())
        self.house.run()
        assert self.house.boss.actor_stopped.is_set()
        self.stopped = True

    @invariant()
    def both_did_the_same(self) -> None:
        assert self.house.log == self.otp.log
        assert self.house.running() == self.otp.alive
        assert self.failed == self.otp.terminated

    def _will_not_start(self, name: str) -> None:
        if name in self.otp.kinds:
            self.otp.failing[name] = self.otp.failing.get(name, 0) + 1
            self.house.failing[name] += 1


TestSupervisorAgainstOtp = SupervisorAgainstOtp.TestCase
TestSupervisorAgainstOtp.settings = settings(max_examples=200, stateful_step_count=20, deadline=None)
