"""What the door bears: sizes, times and numbers, all of one HTTP server. Pure."""

from dataclasses import dataclass

DEPTH = 32  # deepest nesting of a body that is taken, as at the control socket


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`*_s` are seconds, `*_bytes` bytes.

    `request_s` is for a whole request to arrive, from its first byte (or the connection's start) to its last;
    `write_s` for a client to take what it was sent. Of `most_connections`, `most_served` are served; those past that
    are told 503, whatever but health they ask, and have `crowd_s` to ask it. Past `most_connections` the 503 does not
    wait for a question. `discard_bytes` of a body that nobody wants are read, so that its sender reads the answer.
    `health_s` and `scrape_s` is how long actors have to answer for a probe and for a scrape.
    """

    request_s: float = 10.0
    write_s: float = 10.0
    crowd_s: float = 2.0
    keep_alive_s: int = 5
    head_bytes: int = 16 * 1024
    body_bytes: int = 64 * 1024
    discard_bytes: int = 1024 * 1024
    most_served: int = 256
    most_connections: int = 1024
    health_s: float = 1.0
    scrape_s: float = 2.0
