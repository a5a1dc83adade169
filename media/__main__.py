"""`python -m media DESCRIPTOR`: an audio worker at the end of an inherited socket pair."""

import gc
import sys


def run() -> None:
    """Nothing of what is loaded is ever garbage: without looking for some a worker is there a tenth sooner."""
    gc.disable()
    from media.process import end, main

    end(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
