"""The process that tells languages by their sound: `python -m media.language.spoken_worker DESCRIPTOR DIRECTORY`.

Started by media.language.spoken_process. A model takes a core for seconds and hundreds of megabytes: it does so here,
at a lower priority, killed when it is late. It ends with its line.
"""

import os
import resource
import socket
import sys

from media.language.spoken import SpokenLanguageModel
from media.language.spoken_wire import HEADER, MOST_BYTES, line

NICENESS = 10


def serve(asked: socket.socket, model: SpokenLanguageModel) -> None:
    """Answer one question after the other until the other side hangs up."""
    with asked.makefile("rb") as questions:
        asked.sendall(line({"ready": True}))
        while len(header := questions.read(HEADER.size)) == HEADER.size:
            size, rate_hz = HEADER.unpack(header)
            samples = questions.read(min(size, MOST_BYTES))
            if len(samples) < size:
                return
            asked.sendall(line({"guesses": model.identify(samples, rate_hz)}))


def main(descriptor: int, path: str) -> None:
    """Load the model and serve; says so where it cannot be loaded."""
    with socket.socket(fileno=descriptor) as asked:
        try:
            from media.language.whisper import WhisperLanguageModel  # an extra, and slow to import

            model = WhisperLanguageModel(path)
        except (ImportError, ValueError, RuntimeError, OSError) as wrong:
            asked.sendall(line({"refused": f"{type(wrong).__name__}: {wrong}"}))
            return
        serve(asked, model)


if __name__ == "__main__":
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(int(sys.argv[1]), sys.argv[2])
