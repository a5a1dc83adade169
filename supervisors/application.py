"""`switchboard`, the daemon's command line: what was asked for, handed to `supervisors.launch`."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supervisors.loading import kept

if TYPE_CHECKING:
    from simulator.process import SimulatorProcess

EXAMPLES = """\b
Examples:
  switchboard --simulate       against a Genesys in the box; nothing else is needed
  switchboard --check-config   every setting, its value and where it came from; starts nothing
  switchboard --set log.level=DEBUG --set transfers.max_fps=15
  switchboard                  against Genesys: set GENESYS_CLIENT_ID, GENESYS_CLIENT_SECRET
                               and GENESYS_ORG_REGION first

Every setting is in docs/settings.md. Operators talk to a running gateway with switchboardctl."""
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)  # they show values


@app.command(epilog=EXAMPLES)
def switchboard(
    *,
    simulate: Annotated[bool, typer.Option("--simulate", help="Start a simulated Genesys and run against it.")] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.", metavar="FILE")] = None,
    check_config: Annotated[
        bool, typer.Option("--check-config", help="Print every setting and where it came from, and end.")
    ] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Directory of the journal.", metavar="DIR")] = None,
    log_level: Annotated[str | None, typer.Option(help="DEBUG, INFO, WARNING …", metavar="LEVEL")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting, rest.workers=8; may be repeated."),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    """Run the Switchboard gateway until it is told to stop.

    The first SIGTERM (or Ctrl-C) drains: no new orders, open ones are waited for. A second one stops at once.
    Exit codes: 0 stopped in good order, 70 it failed, 78 it cannot run as it is configured.
    """
    if version:
        from supervisors.version import release

        typer.echo(release())
        return
    flags: dict[str, object] = {"data_dir": data_dir, "log.level": log_level, **_pairs(settings or [])}
    with ExitStack() as stack:
        box = _begin_box(stack) if simulate and not check_config else None
        with kept():
            from supervisors.launch import Launch, check, start
        launch = Launch(environment=dict(os.environ), flags=flags, file=config)
        code = check(launch, simulate=simulate) if check_config else start(launch, box)
    raise typer.Exit(code)


def _begin_box(stack: ExitStack) -> "SimulatorProcess":
    """The simulator, which starts beside what this process has to load."""
    from supervisors.simulated import make_box

    box = make_box().begin()
    stack.callback(box.stop)
    return box


def _pairs(given: list[str]) -> dict[str, object]:
    pairs: dict[str, object] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"{pair!r}: write --set KEY=VALUE, e.g. --set rest.workers=8")
        pairs[key.strip()] = value
    return pairs


def main(argv: list[str] | None = None) -> None:
    """Entry point of the `switchboard` command and of run.py."""
    app(args=sys.argv[1:] if argv is None else argv, prog_name="switchboard")
