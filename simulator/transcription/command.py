"""Options that both programs with a transcription service take."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from simulator.running import read_file
from simulator.server import Simulator
from simulator.transcription.options import POCKETSPHINX
from simulator.transcription.vocabulary import DEMO


def add_recogniser(made: ArgumentParser) -> None:
    made.add_argument("--scripts", type=Path, metavar="FILE", help="what is said of whom: a JSON or TOML file")
    made.add_argument("--recogniser", choices=[POCKETSPHINX], help="recognise speech where no script says anything")
    made.add_argument("--workers", type=int, default=1, metavar="N", help="processes that recognise (1)")
    made.add_argument(
        "--vocabulary",
        default=str(DEMO),
        metavar="FILE",
        help="sentences that can be recognised (the demo's), or `full` for the general model",
    )


def scripted(box: Simulator, options: Namespace) -> Simulator:
    """`box`, told what is in the file of scripts; BadInput names what is wrong in it."""
    if options.scripts is not None:
        box.set_transcripts(*read_file(options.scripts, "scripts"))
    return box
