"""`python -m media DESCRIPTOR`: an audio worker at the end of an inherited socket pair."""

import sys

from media.process import end, main

if __name__ == "__main__":
    end(main(sys.argv[1:]))
