"""OTP's supervisor as a model: written from supervisor.erl's rules, sharing nothing with ours."""

from dataclasses import dataclass, field


@dataclass
class Otp:
    """What a supervisor of OTP would do; `log` is every start and stop, in order."""

    strategy: str
    intensity: int
    period_s: float
    kinds: dict[str, str]  # name -> permanent | transient | temporary, in start order; the temporary ones leave it
    alive: set[str] = field(default_factory=set)
    failing: dict[str, int] = field(default_factory=dict)  # name -> how many of its next starts fail
    times: list[float] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    terminated: bool = False

    def init(self) -> None:
        for name in self.kinds:
            self._start(name)

    def exit(self, name: str, normal: bool, now_s: float) -> None:
        """do_restart/2"""
        self.alive.discard(name)
        kind = self.kinds[name]
        if kind == "permanent" or (kind == "transient" and not normal):
            self._restart(name, now_s)
        elif kind == "temporary":
            del self.kinds[name]

    def terminate(self) -> None:
        """terminate_children/2: in reverse start order"""
        self._terminate(tuple(self.kinds))

    def _restart(self, name: str, now_s: float) -> None:
        """restart/2, with add_restart/1 before and try_again_restart for a start that failed"""
        failed: str | None = name
        while failed is not None:
            self.times = [now_s] + [time for time in self.times if now_s <= time + self.period_s]
            if len(self.times) > self.intensity:
                self.terminate()
                self.terminated = True
                return
            failed = self._restart_once(failed)

    def _restart_once(self, name: str) -> str | None:
        """Whose start failed."""
        if self.strategy == "one_for_one":
            return None if self._start(name) else name
        order = list(self.kinds)
        group = order if self.strategy == "one_for_all" else order[order.index(name) :]
        self._terminate(tuple(group))
        for each in group:
            if self.kinds[each] == "temporary":
                del self.kinds[each]
        for each in group:
            if each in self.kinds and not self._start(each):
                return each
        return None

    def _terminate(self, names: tuple[str, ...]) -> None:
        for name in reversed(names):
            if name in self.alive:
                self.alive.discard(name)
                self.log.append(f"stop {name}")

    def _start(self, name: str) -> bool:
        self.log.append(f"start {name}")
        if self.failing.get(name, 0) > 0:
            self.failing[name] -= 1
            return False
        self.alive.add(name)
        return True
