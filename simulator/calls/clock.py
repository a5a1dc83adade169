"""The time of day as frames carry it, made once a millisecond for all of them."""

import time
from datetime import UTC, datetime


class Stamp:
    """RFC 3339 with milliseconds, in UTC."""

    def __init__(self) -> None:
        self._ms = 0
        self._text = b""

    def now(self) -> bytes:
        ms = time.time_ns() // 1_000_000
        if ms != self._ms:
            self._ms = ms
            moment = datetime.fromtimestamp(ms / 1000, UTC)
            self._text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
        return self._text
