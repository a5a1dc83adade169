"""What an audio worker writes: how its lines look, and of which level the gateway passes each on. Pure."""

import re

LEVELS = ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL")  # from the least to the worst
LINE = "{time:YYYY-MM-DD HH:mm:ss.SSS!UTC}Z {level: <8} media: {message}"  # loguru's format
LIBRARY_LINE = "%(levelname)-8s media: %(name)s: %(message)s"  # logging's format
UNTOLD = "WARNING"  # of what is no line of a log: whoever writes it has something to complain of

_HEAD = re.compile(rf"(?:\S+ \S+Z )?({'|'.join(LEVELS)}) +media: ")


class LevelReader:
    """One worker's: what goes on with a line before it, such as a traceback, is of the same level."""

    def __init__(self) -> None:
        self._before = UNTOLD

    def level(self, line: str) -> str:
        """The level of `line`: its own, else that of the line before, WARNING at least."""
        head = _HEAD.match(line)
        if head is None:
            return max(self._before, UNTOLD, key=LEVELS.index)
        self._before = head[1]
        return self._before
