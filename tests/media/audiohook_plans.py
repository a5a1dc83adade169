"""What workers of AudioHook sessions are told to do."""

from typing import Any

from messages.media import AudioHookPlan, LanguagePlan, WorkerPlan
from tests.media.workers import plan as plain_plan


def plan(**changes: Any) -> WorkerPlan:
    return plain_plan(language=LanguagePlan(text=False), **changes)


def timed(**times: Any) -> WorkerPlan:
    return plan(audiohook=AudioHookPlan(**times))
