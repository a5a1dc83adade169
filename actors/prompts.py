"""PromptsActor: finds out which prompts are there, by asking the inspectors about every file."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from actors.base import GatewayActor, Seat
from actors.inspector import TIMEOUT_S
from actors.reply import Reply
from messages.audio import AudioInspected, InspectAudio, InspectionOverdue
from messages.base import Recipient
from messages.prompts import (
    CheckOverdue,
    CheckPrompts,
    PromptCell,
    PromptRow,
    PromptsChecked,
    PromptsRefused,
    ToPrompts,
)
from rules.audio import INSPECTOR_SPARE_S, chosen
from rules.audio_coverage import plan, refusal, row, unknown

MOST_CHECKS = 4  # at the same time


@dataclass(slots=True, kw_only=True)
class Check:
    """A check under way; a row is None until its file was looked at."""

    asked: CheckPrompts
    cells: tuple[PromptCell, ...]
    reply: Reply
    ends_at_s: float
    rows: list[PromptRow | None]
    left: int


@dataclass(slots=True, kw_only=True)
class Lane:
    """One inspector, who is given one file at a time, so that orders that need him wait for one file at most."""

    inspector: Recipient
    waiting: deque[tuple[str, int]] = field(default_factory=deque)
    under_way: str | None = None


class PromptsActor(GatewayActor[ToPrompts]):
    """Answers CheckPrompts with PromptsChecked when every file was looked at, or the time for it is over."""

    def __init__(
        self, seat: Seat, *, inspectors: Sequence[Recipient], cdn_base: str, inspection_s: float = TIMEOUT_S
    ) -> None:
        super().__init__(seat)
        self._lanes = tuple(Lane(inspector=inspector) for inspector in inspectors)
        self._cdn_base = cdn_base
        self._inspection_s = inspection_s
        self._checks: dict[str, Check] = {}
        self._under_way: dict[str, tuple[Lane, str, int]] = {}

    def handle(self, message: ToPrompts) -> Reply | PromptsRefused | None:
        match message:
            case CheckPrompts():
                return self._begin(message)
            case AudioInspected():
                self._inspected(message.inspection_id, message)
            case InspectionOverdue():
                self._inspected(message.inspection_id, None)
            case CheckOverdue():
                self._settle(message.check_id)
            case _:
                assert_never(message)
        return None

    def stopped(self) -> None:
        for check in self._checks.values():
            check.reply.set(PromptsRefused(message="the gateway stops", remedy="ask again when it is back"))

    def release(self) -> None:
        self.stopped()

    def facts(self) -> dict[str, int]:
        left = sum(check.left for check in self._checks.values())
        return {"checks": len(self._checks), "files_left": left, "files_under_way": len(self._under_way)}

    def _begin(self, asked: CheckPrompts) -> Reply | PromptsRefused:
        refused = refusal(asked, self._cdn_base)
        if refused is None and len(self._checks) >= MOST_CHECKS:
            refused = PromptsRefused(message=f"{MOST_CHECKS} checks are under way", remedy="ask again when one is done")
        if refused is not None:
            return refused
        check_id, cells = self.world.new_id(), plan(asked, self._cdn_base)
        self._checks[check_id] = check = Check(
            asked=asked,
            cells=cells,
            reply=Reply(),
            ends_at_s=self.world.monotonic() + asked.within_s,
            rows=[None] * len(cells),
            left=len(cells),
        )
        self.after(asked.within_s, CheckOverdue(check_id=check_id), check_id)
        for index, cell in enumerate(cells):
            chosen(cell.url, self._lanes).waiting.append((check_id, index))
        for lane in self._lanes:
            self._go_on(lane)
        return check.reply

    def _go_on(self, lane: Lane) -> None:
        while lane.under_way is None and lane.waiting:
            check_id, index = lane.waiting.popleft()
            check = self._checks.get(check_id)
            if check is not None:
                self._ask(lane, check_id, check, index)

    def _ask(self, lane: Lane, check_id: str, check: Check, index: int) -> None:
        inspection_id = lane.under_way = self.world.new_id()
        self._under_way[inspection_id] = (lane, check_id, index)
        now_s = self.world.monotonic()
        deadline_s = min(now_s + self._inspection_s, check.ends_at_s)
        overdue = InspectionOverdue(inspection_id=inspection_id)
        self.after(deadline_s - now_s + INSPECTOR_SPARE_S, overdue, inspection_id)
        lane.inspector.tell(
            InspectAudio(
                inspection_id=inspection_id,
                url=check.cells[index].url,
                level=check.asked.level,
                deadline_s=deadline_s,
                reply_to=self.address,
            )
        )

    def _inspected(self, inspection_id: str, inspected: AudioInspected | None) -> None:
        """One file is done; None where its inspector did not answer."""
        lane, check_id, index = self._under_way.pop(inspection_id, (None, "", 0))
        if lane is None:
            return
        self.cancel(inspection_id)
        lane.under_way = None
        check = self._checks.get(check_id)
        if check is not None:
            cell = check.cells[index]
            check.rows[index] = row(cell, inspected) if inspected else unknown(cell, "nobody answered in time")
            check.left -= 1
            if check.left == 0:
                self._settle(check_id)
        self._go_on(lane)

    def _settle(self, check_id: str) -> None:
        check = self._checks.pop(check_id, None)
        if check is None:
            return
        self.cancel(check_id)
        pairs = zip(check.cells, check.rows, strict=True)
        rows = tuple(found or unknown(cell, "there was no time left") for cell, found in pairs)
        check.reply.set(PromptsChecked(rows=rows))
