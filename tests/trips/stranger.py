"""`python stranger.py SOCKET UID LINE`: gives up root for UID, sends LINE, tells what comes until an answer came."""

import os
import socket
import sys

ANSWER_S = 60.0


def main(path: str, uid: int, line: str) -> None:
    """One line a line heard; `denied` when the socket may not even be opened."""
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    with socket.socket(socket.AF_UNIX) as connected:
        connected.settimeout(ANSWER_S)
        try:
            connected.connect(path)
        except PermissionError:
            sys.stdout.write("denied\n")
            return
        with connected.makefile("rw") as lines:
            hello = lines.readline()
            sys.stdout.write(hello)
            if '"role":null' not in hello:
                lines.write(line + "\n")
                lines.flush()
            sys.stdout.write(lines.readline())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
