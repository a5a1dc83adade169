"""`python -m benchmarks.media [TABLE ...] [--soak SECONDS]`: the audio plane's tables, all but the soak by default."""

import argparse
import os
from collections.abc import Callable

from benchmarks.media import build, closed, lives
from benchmarks.media.killed import killed
from benchmarks.media.soak import soak

TABLES: dict[str, Callable[[], None]] = {
    "limits": closed.limits,
    "closed": closed.closed,
    "workers": closed.workers,
    "real": lives.real_time,
    "carried": lives.carried,
    "memory": lives.memory,
    "opened": lives.opened,
    "killed": killed,
}


def main() -> int:
    """Print the tables asked for; 0 also where they cannot be made here, which is said."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.media")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="only calls that come and go, for so long")
    options = parser.parse_args()
    if unknown := set(options.tables) - set(TABLES):
        parser.error(f"no such table: {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    if len(os.sched_getaffinity(0)) < 2:
        print("the audio plane is measured on two cores, one of them the gateway's; there is one")
        return 0
    try:
        build.rig()
    except build.NotAtHand as why:
        print(f"the audio plane is not measured: {why}")
        return 0
    if options.soak:
        soak(options.soak)
        return 0
    for name in options.tables or TABLES:
        TABLES[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
