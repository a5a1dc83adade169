"""Start Switchboard from a checkout: `python run.py --simulate`, or `python run.py --help`."""

import sys

from supervisors.application import main

if __name__ == "__main__":
    main(sys.argv[1:])
