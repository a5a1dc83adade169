"""The other end of the meter's line: one answer for each file, until the line is hung up."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clients.audio_worker import serve
from tests.clients.audio_cdn import recorded, wav


@contextmanager
def line() -> Iterator[socket.socket]:
    """The meter's side, with a worker on a thread at the other."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    thread = threading.Thread(target=serve, args=(theirs,))
    thread.start()
    ours.settimeout(20)
    with theirs:
        with ours:
            assert ours.recv(100) == b"ready"
            yield ours
        thread.join(20)
        assert not thread.is_alive()


def told(ours: socket.socket, file: bytes, seconds: float = 60.0) -> dict[str, object]:
    descriptor = os.memfd_create("audio")
    os.write(descriptor, file)
    os.lseek(descriptor, 0, os.SEEK_SET)
    socket.send_fds(ours, [str(seconds).encode()], [descriptor])
    os.close(descriptor)
    answer = json.loads(ours.recv(4096))
    assert isinstance(answer, dict)
    return answer


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_tells_what_is_measured_or_why_nothing_is() -> None:
    with line() as ours:
        loud = told(ours, recorded("en.standard.loud.wav"))
        assert set(loud) == {"loudness", "duration_ms"}
        assert told(ours, b"no sound") == {"broken": "the file's sound cannot be decoded"}
        assert told(ours, wav(2.0), seconds=1.0)["duration_ms"] is None
        assert told(ours, recorded("en.standard.loud.wav")) == loud


def test_keeps_no_file_open() -> None:
    with line() as ours:
        told(ours, wav())
        before = open_files()
        for file in (wav(), b"no sound", wav()[:30]):
            told(ours, file)
        assert open_files() == before


def test_the_process_ends_with_its_line() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "clients.audio_worker", str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env={"PYTHONPATH": os.pathsep.join(sys.path)})
    with ours, process:
        ours.settimeout(20)
        assert ours.recv(100) == b"ready"
        ours.close()
        assert process.wait(20) == 0
