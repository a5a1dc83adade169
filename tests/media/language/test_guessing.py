"""A process that tells languages, from its own side of the line."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.language.guess_wire import HEADER, Refused, guesses_in, line, question
from media.language.guessing import main, serve
from media.language.spoken import Guesses
from media.language.spoken_worker import load

GENEROUS_S = 30.0


class Counting:
    """A model that tells how much it was given to hear."""

    def identify(self, samples: bytes, rate_hz: int) -> Guesses:
        return [("de", len(samples) / rate_hz)]


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The gateway's end of the line and the worker's."""
    ours, theirs = socket.socketpair()
    ours.settimeout(GENEROUS_S)
    with ours, theirs:
        yield ours, theirs


def test_it_says_when_it_is_ready_and_answers_one_question_after_the_other(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    serving = threading.Thread(target=serve, args=(theirs, Counting()))
    serving.start()
    with ours.makefile("rb") as answers:
        assert answers.readline() == line({"ready": True})
        ours.sendall(question(bytes(4000), 8000) + question(bytes(8000), 16_000) + question(b"", 8000))
        assert [guesses_in(answers.readline()) for _ in range(3)] == [[("de", 0.5)], [("de", 0.5)], [("de", 0.0)]]
        ours.shutdown(socket.SHUT_WR)
    serving.join(GENEROUS_S)
    assert not serving.is_alive()


def test_a_question_that_is_cut_off_ends_it(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    ours.sendall(HEADER.pack(100, 8000) + bytes(99))
    ours.shutdown(socket.SHUT_WR)
    serve(theirs, Counting())
    theirs.shutdown(socket.SHUT_WR)
    assert ours.recv(4096) == line({"ready": True})
    assert ours.recv(4096) == b""


@pytest.mark.filterwarnings("default")  # the extra's libraries, where it is installed, warn of one another
def test_a_model_that_cannot_be_loaded_is_refused_in_words(
    ends: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    ours, theirs = ends
    main(theirs.detach(), str(tmp_path), load)
    with ours.makefile("rb") as answers, pytest.raises(Refused):
        guesses_in(answers.readline())
