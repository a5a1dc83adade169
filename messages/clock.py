"""What the clock hears."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerThreadEnded:
    """The thread that rings alarms has ended; `pending` alarms are still set."""

    pending: int


ToClock = TimerThreadEnded
