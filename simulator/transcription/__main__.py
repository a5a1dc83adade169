"""`python -m simulator.transcription`: the transcription service alone; docs/simulator.md says what it can."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulator.forms import BadInput
from simulator.running import BAD_CONFIGURATION, add_common, fail, read_file, read_settings, run
from simulator.server import Simulator
from simulator.transcription.command import add_recogniser, scripted
from simulator.transcription.credentials import MTLS, PLAIN, TLS
from simulator.transcription.options import TranscriptionOptions


def parser() -> ArgumentParser:
    made = ArgumentParser(
        prog="python -m simulator.transcription",
        description="A transcription service over gRPC, with results and faults on demand; see docs/simulator.md.",
    )
    add_common(made)
    made.add_argument(
        "--admin-port", type=int, default=0, metavar="PORT", help="of the admin door, http; 0: a free one"
    )
    made.add_argument("--tls", action="store_true", help="TLS, with a certificate authority of its own")
    made.add_argument("--mtls", action="store_true", help="TLS, for clients with a certificate of that authority only")
    made.add_argument("--folder", type=Path, metavar="DIR", help="where to write the PEM files that clients need")
    add_recogniser(made)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    try:
        box = service(options)
    except BadInput as bad:
        return fail(bad.problems, BAD_CONFIGURATION)
    return run(box, ready, options)


def service(options: Namespace) -> Simulator:
    """A box with the service that the options ask for, not yet started; BadInput names every problem."""
    wanted = TranscriptionOptions(
        security=MTLS if options.mtls else TLS if options.tls else PLAIN,
        port=options.port,
        folder=options.folder,
        recogniser=options.recogniser,
        workers=options.workers,
        vocabulary=options.vocabulary,
    )
    box = Simulator(
        host=options.host,
        port=options.admin_port,
        seed=options.seed,
        faults=read_file(options.faults) if options.faults else [],
        settings=read_settings(options.set),
        transcription=wanted,
    )
    return scripted(box, options)


def ready(box: Simulator) -> dict[str, Any]:
    """What the ready line tells; `url` is the admin door's."""
    files = box.transcription_files
    return {"address": box.transcription_addr, "url": box.url, "files": files and files.names()}


if __name__ == "__main__":
    sys.exit(main())
