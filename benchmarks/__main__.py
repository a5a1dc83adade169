"""`python -m benchmarks`: every benchmark, one after the other, each in a process of its own."""

import subprocess
import sys

ALL = ("start", "actors", "sessions", "journal", "transfers", "playbacks", "assist", "media")


def main(names: list[str]) -> int:
    """Run those named, or all; the first exit code that is not 0."""
    unknown = set(names) - set(ALL)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    codes = [subprocess.call([sys.executable, "-m", f"benchmarks.{name}"]) for name in names or ALL]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
