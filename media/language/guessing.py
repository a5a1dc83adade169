"""A process that tells languages, from its own side of the line: `python -m media.language.… DESCRIPTOR ARGUMENT`.

Started by media.language.guess_process. A model takes a core for seconds, and lingua does not let go of the interpreter
meanwhile: they do so here, at a lower priority, killed when they are late. It ends with its line.
"""

import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import Protocol

from media.language.guess_wire import HEADER, MOST_BYTES, line
from media.language.spoken import Guesses

NICENESS = 15  # with a core that calls have filled it gets 3 %; with 10 it would be 10 %


class Model(Protocol):
    """What tells languages, and may take its time."""

    def identify(self, said: bytes, rate_hz: int, /) -> Guesses:
        """What a few seconds of voice (16 bits, little endian, one channel) or a text are in; MOST_GUESSES at most."""


def serve(asked: socket.socket, model: Model) -> None:
    """Answer one question after the other until the other side hangs up."""
    with asked.makefile("rb") as questions:
        asked.sendall(line({"ready": True}))
        while len(header := questions.read(HEADER.size)) == HEADER.size:
            size, rate_hz = HEADER.unpack(header)
            said = questions.read(min(size, MOST_BYTES))
            if len(said) < size:
                return
            asked.sendall(line({"guesses": model.identify(said, rate_hz)}))


def main(descriptor: int, argument: str, load: Callable[[str], Model]) -> None:
    """Load the model and serve; says so where it cannot be loaded."""
    with socket.socket(fileno=descriptor) as asked:
        try:
            model = load(argument)
        except (ImportError, ValueError, RuntimeError, OSError) as wrong:
            asked.sendall(line({"refused": f"{type(wrong).__name__}: {wrong}"}))
            return
        serve(asked, model)


def run(load: Callable[[str], Model]) -> None:
    """The whole life of the process."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(int(sys.argv[1]), sys.argv[2], load)
