"""The process that decodes: started when it is needed, killed when it hangs, replaced when it dies."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clients.audio_meter import INSTALL, LoudnessMeter, missing_extra
from clients.audio_source import Unreadable
from genesys.errors import TimedOut, Transport
from tests.clients.around import Around
from tests.clients.audio_cdn import recorded, wav

FILE = recorded("en.standard.loud.wav")
LONG_S = 60.0
WORKING = """
import socket, sys
line = socket.socket(fileno=int(sys.argv[1]))
line.sendall(b"ready")
"""


@contextmanager
def meter(script: str | None = None) -> Iterator[LoudnessMeter]:
    opened = LoudnessMeter() if script is None else LoudnessMeter(worker=(sys.executable, "-c", script))
    yield opened
    opened.close()


def soon() -> float:
    return time.monotonic() + LONG_S


def test_measures_one_file_after_the_other_in_one_process() -> None:
    with meter() as loudness:
        first = loudness.measure(FILE, soon())
        assert first.loudness.clipped_samples > 1000
        assert first.duration_ms == 2560
        assert loudness.measure(FILE, soon()) == first


def test_what_cannot_be_decoded_does_not_end_the_process() -> None:
    with meter() as loudness:
        for _ in range(2):
            with pytest.raises(Unreadable, match="cannot be decoded"):
                loudness.measure(b"no sound at all", soon())
        assert loudness.measure(wav(1.0), soon()).duration_ms == 1000


def test_a_process_that_hangs_is_killed_in_time() -> None:
    with meter(WORKING + "line.recv(10); line.recv(10)") as loudness, pytest.raises(TimedOut):
        loudness.measure(FILE, time.monotonic() + 1.5)


def test_a_process_that_dies_over_a_file_is_replaced_for_the_next() -> None:
    dies_over_bad_files = WORKING + (
        "import os\n"
        "while True:\n"
        "    packet, files, _, _ = socket.recv_fds(line, 100, 1)\n"
        "    if os.read(files[0], 3) == b'bad': os.abort()\n"
        '    line.sendall(b\'{"broken": "heard"}\')\n'
    )
    with meter(dies_over_bad_files) as loudness:
        with pytest.raises(Transport, match="ended over it"):
            loudness.measure(b"bad", soon())
        with pytest.raises(Unreadable, match="heard"):
            loudness.measure(b"good", soon())


@pytest.mark.parametrize("script", ["", "import a_module_that_is_not_there", "import sys; sys.exit(3)"])
def test_a_process_that_does_not_start_is_told(script: str) -> None:
    with meter(script) as loudness, pytest.raises(Transport, match="does not start"):
        loudness.measure(FILE, soon())


def test_who_waits_for_others_waits_no_longer_than_he_may() -> None:
    with meter(WORKING + "line.recv(10); line.recv(10)") as loudness:
        started = threading.Event()

        def busy() -> None:
            started.set()
            with pytest.raises((Transport, TimedOut)):
                loudness.measure(FILE, soon())

        thread = threading.Thread(target=busy)
        thread.start()
        assert started.wait(10)
        with pytest.raises(TimedOut):
            loudness.measure(FILE, time.monotonic() + 1.0)
        loudness.close()
        thread.join(10)
        assert not thread.is_alive()


def test_each_start_of_the_process_is_surrounded_as_was_asked_for() -> None:
    around = Around()
    loudness = LoudnessMeter(worker=(sys.executable, "-c", WORKING), around=around)
    for _ in range(2):
        with pytest.raises(Transport, match="ended over it"):
            loudness.measure(FILE, soon())
    loudness.close()
    assert around.told == ["begins", "is started"] * 2


def test_closing_twice_is_closing_once_and_the_next_file_starts_it_again() -> None:
    with meter() as loudness:
        loudness.close()
        loudness.measure(wav(0.5), soon())
        loudness.close()
        loudness.close()
        assert loudness.measure(wav(0.5), soon()).duration_ms == 500


def test_a_missing_extra_is_told_with_what_to_install() -> None:
    assert missing_extra() is None
    told = missing_extra(("sys", "no_such_module", "nor_this_one"))
    assert told == f"loudness cannot be measured without no_such_module and nor_this_one: {INSTALL}"
