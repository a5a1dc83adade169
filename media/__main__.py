"""`python -m media DESCRIPTOR`: an audio worker at the end of an inherited socket pair."""

import sys

from media.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
