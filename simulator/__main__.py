"""`python -m simulator`: one line of JSON on stdout when it serves; ends at SIGTERM, SIGINT or the end of stdin."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulator.forms import BadInput
from simulator.running import BAD_CONFIGURATION, add_common, fail, read_file, read_settings, run
from simulator.server import Simulator
from simulator.transcription.command import add_recogniser, scripted
from simulator.transcription.credentials import SECURITY
from simulator.transcription.options import TranscriptionOptions


def parser() -> ArgumentParser:
    made = ArgumentParser(prog="python -m simulator", description="A Genesys Cloud in the box; see docs/simulator.md.")
    add_common(made)
    made.add_argument("--tls", action="store_true", help="https and wss, with a certificate authority of its own")
    made.add_argument("--tls-newest", choices=["1.0", "1.1", "1.2", "1.3"], default="1.3", help="newest TLS on offer")
    made.add_argument("--ca-file", type=Path, help="where to write the authority, as PEM")
    made.add_argument("--strict", action="store_true", help="only interactions that were described exist")
    made.add_argument("--transcription", choices=SECURITY, help="a transcription service over gRPC, too")
    made.add_argument("--transcription-port", type=int, default=0, help="0 (the default) takes a free one")
    add_recogniser(made)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    try:
        box = simulator(options)
    except BadInput as bad:
        return fail(bad.problems, BAD_CONFIGURATION)
    return run(box, ready, options)


def simulator(options: Namespace) -> Simulator:
    """The box that the options ask for, not yet started; BadInput names every problem."""
    settings = read_settings(options.set) | ({"strict": True} if options.strict else {})
    box = Simulator(
        host=options.host,
        port=options.port,
        tls=options.tls,
        tls_newest=options.tls_newest,
        ca_file=options.ca_file,
        seed=options.seed,
        faults=read_file(options.faults) if options.faults else [],
        settings=settings,
        transcription=_transcription(options),
    )
    return scripted(box, options)


def ready(box: Simulator) -> dict[str, Any]:
    """What the ready line tells."""
    return {
        "url": box.url,
        "ws_url": box.ws_url,
        "events_url": box.events_url,
        "assist_url": box.assist_url,
        "cdn_url": box.cdn_url,
        "ca_file": None if box.ca_file is None else str(box.ca_file),
        "client_id": box.client_id,
        "client_secret": box.client_secret,
        "transcription_addr": box.transcription_addr if box.transcribes else None,
        "transcription_files": box.transcription_files and box.transcription_files.names(),
    }


def _transcription(options: Namespace) -> TranscriptionOptions | None:
    if options.transcription is None:
        return None
    return TranscriptionOptions(
        security=options.transcription,
        port=options.transcription_port,
        recogniser=options.recogniser,
        workers=options.workers,
        vocabulary=options.vocabulary,
    )


if __name__ == "__main__":
    sys.exit(main())
