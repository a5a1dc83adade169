"""SupervisorActor: starts its children in order, restarts what ends as policy says, stops them in reverse order.

It never waits: starts and stops are goals of a plan, and what children report moves the plans on. So it answers at
once whatever its children do, and a test drives it by hand like any actor.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any, assert_never

from actors.base import GatewayActor, Seat, incarnate
from actors.directory import Directory
from actors.reply import Reply
from messages.base import Json, Recipient
from messages.supervision import (
    ChildOverdue,
    ChildRefused,
    ChildStarted,
    ChildStopped,
    Crashed,
    DescribeTree,
    PlanDue,
    RestartChild,
    Shutdown,
    StartChild,
    Started,
    StopChild,
    Stopped,
    ToSupervisor,
)
from supervisors.child import Child, Children, State, mailbox_row
from supervisors.chronicle import Chronicle
from supervisors.plan import WHOLE, Down, Goal, Gone, Plan, Until, Up, restart_goals
from supervisors.policy import ChildEnded, Drop, Escalate, GiveUp, How, RestartGroup, Restarts, decide
from supervisors.specs import ONE_FOR_ONE, ChildSpec, Spec, SupervisorSpec


class Escalated(RuntimeError):  # noqa: N818 - a fact
    """A supervisor's children failed beyond what it may mend; its superior decides."""


class SupervisorActor(GatewayActor[ToSupervisor]):
    """One supervisor of the tree. Dynamic children (StartChild) end with it; fixed ones keep their addresses."""

    ready_when_started = False

    def __init__(self, seat: Seat, *, spec: SupervisorSpec, directory: Directory, journal: Recipient) -> None:
        super().__init__(seat)
        self._spec = spec
        self._directory = directory
        self._journal = journal
        self._chronicle = Chronicle(spec.name, journal)
        self.children = Children(directory)
        self._plans: dict[str, Plan] = {}
        self._restarts = Restarts()
        self._up = False
        self._ending = False
        self._failure_to_report: Escalated | None = None

    # --- its own life ----------------------------------------------------------------------------------------

    def started(self) -> None:
        for spec in self._spec.children:
            self.children.adopt(self._startable(spec), fixed=True)
        self._pursue(WHOLE, [Up(child=child.name) for child in self.children])

    def shut_down(self) -> None:
        self._failure_to_report = None
        if not self._ending:
            self._wind_up()

    def release(self) -> None:
        for child in self.children:
            if child.alive:
                child.cut_off()
            child.answer(ChildRefused(name=child.name, why=f"its supervisor {self._spec.name} failed"))
        self.children.forget_dynamic()

    def facts(self) -> dict[str, Json]:
        return {"strategy": str(self._spec.strategy), "children": len(self.children)}

    # --- messages --------------------------------------------------------------------------------------------

    def handle(self, message: ToSupervisor) -> Any:
        match message:
            case Started():
                self._hear_started(message)
            case Crashed() | Stopped():
                self._hear_ended(message)
            case ChildOverdue():
                self._hear_nothing(message)
            case PlanDue():
                self._go_on(message.plan)
            case StartChild():
                return self._start_child(message.spec)
            case StopChild():
                return self._stop_child(message)
            case RestartChild():
                return self._restart_child(message)
            case DescribeTree():
                return self.tree()
            case _:
                assert_never(message)
        return None

    def _hear_started(self, report: Started) -> None:
        child = self.children.living(report.child, report.incarnation)
        if child is None or child.state is not State.STARTING:
            return
        self.cancel(f"overdue {child.name}")
        child.state = State.RUNNING
        if child.proven:
            child.restarts += 1
            self._chronicle.restarted(child.name, child.incarnation, child.restarts)
        child.proven = True
        child.answer(ChildStarted(name=child.name, incarnation=child.incarnation))
        self._go_on(child.name, WHOLE)

    def _hear_ended(self, report: Crashed | Stopped) -> None:
        child = self.children.living(report.child, report.incarnation)
        if child is None:
            return
        self.cancel(f"overdue {child.name}")
        was, child_had_come_up = child.state, child.proven
        child.put_down()
        if isinstance(report, Crashed):
            child.last_error = report.error
            self._chronicle.crashed(child.name, child.incarnation, report.error, report.message)
        else:
            self._chronicle.ended(child.name, child.incarnation)
        if was is State.STOPPING or self._is_doomed(child):
            self._go_on(child.name, WHOLE)
        elif isinstance(report, Stopped):
            self._decide(child, How.STOPPED)
        else:
            self._decide(child, How.CRASHED if child_had_come_up else How.UNSTARTED)

    def _hear_nothing(self, overdue: ChildOverdue) -> None:
        child = self.children.living(overdue.child, overdue.incarnation)
        if child is None or child.state is State.RUNNING:
            return
        was = child.state
        patience_s = child.spec.start_s if was is State.STARTING else child.spec.shutdown_s
        self._chronicle.abandoned(child.name, child.incarnation, patience_s, child.cut_off())
        if was is State.STOPPING or self._is_doomed(child):
            self._go_on(child.name, WHOLE)
        else:
            child.last_error = f"it did not start within {patience_s:g} s"
            self._decide(child, How.CRASHED if child.proven else How.UNSTARTED)

    def _is_doomed(self, child: Child) -> bool:
        """Whether it was about to be stopped anyway."""
        goals = (Down(child=child.name), Gone(child=child.name))
        plans = (self._plans.get(key, ()) for key in (WHOLE, child.name))
        return self._ending or any(goal in plan for plan in plans for goal in goals)

    # --- what follows from an end ----------------------------------------------------------------------------

    def _decide(self, child: Child, how: How) -> None:
        now_s = self.world.monotonic()
        ended = ChildEnded(child=child.name, how=how, at_s=now_s)
        decision = decide(self._spec, self.children.specs, self._restarts, ended, self.world.random())
        self._plans.pop(child.name, None)
        match decision:
            case RestartGroup():
                self._restarts.note(child.name, now_s)
                child.state = State.WAITING if decision.delay_s > 0 else State.DOWN
                self._restart(child, restart_goals(decision, now_s))
            case Drop():
                self._retire(child, ChildRefused(name=child.name, why=child.last_error or "it has ended"))
                self._go_on(WHOLE)
            case GiveUp():
                self._give_up(child, decision.why)
            case Escalate():
                self._escalate(decision.why)
            case _:
                assert_never(decision)

    def _restart(self, child: Child, goals: Iterable[Goal]) -> None:
        if self._spec.strategy is ONE_FOR_ONE:
            self._pursue(child.name, goals)
            return
        group = list(goals)
        for goal in group:
            if not isinstance(goal, Until):
                self._plans.pop(goal.child, None)  # whatever was wanted of one alone, the group comes first
        self._pursue(WHOLE, group)

    def _give_up(self, child: Child, why: str) -> None:
        child.put_down(State.GIVEN_UP)
        child.address.mailbox.close()
        self._chronicle.escalated(child.name, why)
        child.answer(ChildRefused(name=child.name, why=f"{why}; restart it when the cause is mended"))
        self._go_on(WHOLE)

    def _escalate(self, why: str) -> None:
        self._chronicle.escalated(self._spec.name, why)
        self._failure_to_report = Escalated(f"{self._spec.name}: {why}")
        self._wind_up()

    def _wind_up(self) -> None:
        """Stop everybody, the last first; dynamic children all at once."""
        self._ending = True
        self._plans.clear()
        for child in self.children:
            child.answer(ChildRefused(name=child.name, why=f"{self._spec.name} is stopping"))
            if not child.fixed and child.alive:
                self._tell_to_stop(child)
        self._pursue(WHOLE, [Down(child=child.name) for child in reversed(tuple(self.children))])

    # --- plans -----------------------------------------------------------------------------------------------

    def _pursue(self, plan: str, goals: Iterable[Goal]) -> None:
        self.cancel(f"plan {plan}")
        self._plans[plan] = Plan(goals)
        self._go_on(plan)

    def _go_on(self, *plans: str) -> None:
        for name in plans:
            plan = self._plans.get(name)
            if plan is None:
                continue
            while plan and self._is_reached(plan[0], name):
                plan.popleft()
            if not plan:
                del self._plans[name]
                if name == WHOLE:
                    self._come_to_rest()

    def _come_to_rest(self) -> None:
        if self._failure_to_report is not None:
            raise self._failure_to_report
        if self._ending:
            self.children.forget_dynamic()
            self.actor_stopped.set()
        elif not self._up:
            self._up = True
            self.ready()

    def _is_reached(self, goal: Goal, plan: str) -> bool:
        """Whether `goal` is reached; if not, whatever can be done for it has been done."""
        if isinstance(goal, Until):
            wait_s = goal.at_s - self.world.monotonic()
            if wait_s > 0:
                self.after(wait_s, PlanDue(plan=plan), key=f"plan {plan}")
            return wait_s <= 0
        child = self.children.find(goal.child)
        if child is None:
            return True
        if isinstance(goal, Up):
            return self._is_up(child)
        if child.alive:
            self._tell_to_stop(child)
        elif isinstance(goal, Gone):
            self._retire(child, ChildStopped(name=child.name))
        return not child.alive

    def _is_up(self, child: Child) -> bool:
        if not child.alive and not self.actor_stopped.is_set():  # set: it was abandoned meanwhile
            self._start(child)
        return child.state is State.RUNNING

    # --- one child -------------------------------------------------------------------------------------------

    def _startable(self, spec: Spec) -> ChildSpec:
        if isinstance(spec, ChildSpec):
            return spec
        start = partial(SupervisorActor, spec=spec, directory=self._directory, journal=self._journal)
        return ChildSpec(
            name=spec.name, start=start, shutdown_s=spec.shutdown_s, start_s=spec.start_s, backoff=spec.backoff
        )

    def _start(self, child: Child) -> None:
        child.address.mailbox.open()
        child.incarnation = child.address.next_incarnation()
        child.state = State.STARTING
        seat = Seat(
            address=child.address,
            incarnation=child.incarnation,
            superior=self.address,
            world=self.world,
            timers=self.seat.timers,
            office=self.seat.office,
        )
        self._set_patience(child, child.spec.start_s)
        child.actor = incarnate(child.spec.start, seat)
        if child.actor is not None:
            child.kind = type(child.actor).__name__
        if isinstance(child.actor, SupervisorActor):
            child.below = child.actor.children

    def _tell_to_stop(self, child: Child) -> None:
        if child.state is State.STOPPING:
            return
        child.state = State.STOPPING
        self._set_patience(child, child.spec.shutdown_s)
        child.address.urge(Shutdown(incarnation=child.incarnation))

    def _set_patience(self, child: Child, seconds: float) -> None:
        overdue = ChildOverdue(child=child.name, incarnation=child.incarnation)
        self.after(seconds, overdue, key=f"overdue {child.name}")

    def _retire(self, child: Child, news: ChildStopped | ChildRefused) -> None:
        self._restarts.forget(child.name)
        self.children.retire(child, news)

    # --- on request ------------------------------------------------------------------------------------------

    def _start_child(self, spec: object) -> Reply | ChildRefused:
        if not isinstance(spec, ChildSpec | SupervisorSpec):
            return ChildRefused(name="", why=f"a {type(spec).__name__} is no specification of a child")
        if self.children.is_taken(spec.name):
            return ChildRefused(name=spec.name, why="a child of this name is there already")
        if self._ending:
            return ChildRefused(name=spec.name, why=f"{self._spec.name} is stopping")
        reply = self.children.adopt(self._startable(spec), fixed=False).promise()
        self._pursue(spec.name, [Up(child=spec.name)])
        return reply

    def _stop_child(self, message: StopChild) -> Reply | ChildRefused:
        child = self.children.find(message.name)
        if child is None:
            return self._ask_below(message)
        if WHOLE in self._plans:
            return self._refuse_for_now(child)
        child.answer(ChildRefused(name=child.name, why="it was told to stop"))
        reply = child.promise()
        self._pursue(child.name, [Gone(child=child.name)])
        return reply

    def _restart_child(self, message: RestartChild) -> Reply | ChildRefused:
        child = self.children.find(message.name)
        if child is None:
            return self._ask_below(message)
        if WHOLE in self._plans or Gone(child=child.name) in self._plans.get(child.name, ()):
            return self._refuse_for_now(child)
        self._chronicle.asked(child.name, message.reason)
        self._restarts.forget(child.name)
        reply = child.promise()
        self._pursue(child.name, [Down(child=child.name), Up(child=child.name)])
        return reply

    def _refuse_for_now(self, child: Child) -> ChildRefused:
        return ChildRefused(name=child.name, why=f"it is {child.state} and others with it; try again in a moment")

    def _ask_below(self, message: StopChild | RestartChild) -> Reply | ChildRefused:
        for child in self.children:
            if child.below is not None and child.below.has(message.name):
                return child.address.request(message)
        return ChildRefused(name=message.name, why="no supervisor has a child of this name; see `gateway tree`")

    # --- for any thread --------------------------------------------------------------------------------------

    def tree(self) -> dict[str, Json]:
        """This supervisor and everybody below, as `gateway.tree` shows it; read as it is, nobody is asked."""
        state = State.STOPPING if self._ending else State.RUNNING if self._up else State.STARTING
        return {
            "name": self._spec.name,
            "kind": type(self).__name__,
            "state": str(state),
            "incarnation": self.seat.incarnation,
            "restarts": 0,
            "abandoned": 0,
            "last_error": "",
            "mailbox": mailbox_row(self.address.mailbox),
            "children": self.children.rows(),
        }
