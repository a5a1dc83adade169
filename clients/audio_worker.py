"""The process that decodes: `python -m clients.audio_worker DESCRIPTOR`, started by clients.audio_meter.

Decoders are C and read files of strangers: where one crashes, hangs, eats memory or talks to standard error, it does
so alone. Each packet on the socket is the number of seconds to measure, with the file's descriptor; each is answered
by one JSON object. It ends with its socket.
"""

import json
import resource
import socket
import sys
from dataclasses import asdict

from clients.audio_loudness import measure
from clients.audio_source import Unreadable

READY = b"ready"
MOST_MEMORY = 2 << 30  # bytes of address space, libraries included
PACKET = 4096  # bytes


def serve(asked: socket.socket) -> None:
    """Answer until the other side hangs up."""
    asked.sendall(READY)
    while True:
        packet, descriptors, _flags, _address = socket.recv_fds(asked, PACKET, 1)
        if not packet:
            return
        asked.sendall(json.dumps(answer(descriptors[0], float(packet))).encode())


def answer(descriptor: int, most_seconds: float) -> dict[str, object]:
    """What is measured, or why nothing can be."""
    try:
        loudness, duration_ms = measure(descriptor, most_seconds)
    except Unreadable as wrong:
        return {"broken": wrong.problem.detail}
    return {"loudness": asdict(loudness), "duration_ms": duration_ms}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=int(sys.argv[1])) as inherited:
        serve(inherited)
