"""switchboardctl transfer …, command …: give orders, and look at those that were given."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from control.cli import complete, exits, show
from control.cli.line import Line
from control.cli.verbs import verb

COMMANDS = show.columns("accepted_at", "status", "kind", "request_id", "latency_ms", "retries", "detail")

Interaction = Annotated[str, typer.Argument(metavar="INTERACTION", help="The interaction's id.")]
Destination = Annotated[str, typer.Argument(metavar="DESTINATION", help="genesys://…, sip:…, sips:… or tel:…")]
Codec = Annotated[str | None, typer.Option("--codec", help="Audio codec: opus, g722 or pcmu.")]
AudioRate = Annotated[int | None, typer.Option("--audio-kbps", help="Audio bandwidth in kbit/s.")]
Video = Annotated[bool, typer.Option("--video", help="Transfer video too, with the gateway's defaults.")]
Participant = Annotated[str | None, typer.Option("--participant", help="Whom to move; the tutorial dialect moves all.")]
RequestId = Annotated[
    str | None, typer.Option("--request-id", help="The same id again gives the first outcome, and no second effect.")
]
Deadline = Annotated[float | None, typer.Option("--deadline", metavar="SECONDS", help="For the whole order.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Run every gate and send nothing.")]
Why = Annotated[str | None, typer.Option("--reason", help="Your own words, for the record.")]
Order = Annotated[str, typer.Argument(metavar="REQUEST_ID", autocompletion=complete.orders, help="The order's id.")]
Status = Annotated[
    str | None, typer.Option("--status", autocompletion=complete.statuses, help=", ".join(complete.STATUSES))
]
Kind = Annotated[str | None, typer.Option("--kind", help="Only this kind, e.g. transfer.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most this many, the newest.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its nouns."""
    noun = nouns["transfer"]
    verb(
        noun,
        "start",
        "transfer start 5f0c… genesys://user/7a1b…",
        "transfer start 5f0c… sip:desk@example.com --codec pcmu --dry-run",
    )(start_transfer)
    noun = nouns["command"]
    verb(noun, "show", "command show 0199…")(show_command)
    verb(noun, "list", "command list --status failed --limit 20", "watch command list")(list_commands)


def start_transfer(
    line: Line,
    interaction: Interaction,
    destination: Destination,
    codec: Codec = None,
    audio_kbps: AudioRate = None,
    video: Video = False,
    participant: Participant = None,
    request_id: RequestId = None,
    deadline: Deadline = None,
    dry_run: DryRun = False,
    reason: Why = None,
) -> None:
    """Transfer one interaction and wait for its outcome.

    Exit code 0: succeeded, 1: failed, refused or interrupted, 75: busy or draining, 124: not ended in time.
    """
    audio = {name: value for name, value in (("codec", codec), ("bandwidth_kbps", audio_kbps)) if value is not None}
    media: dict[str, Any] = ({"audio": audio} if audio else {}) | ({"video": {}} if video else {})
    give(
        line,
        "transfer.start",
        interaction_id=interaction,
        destination_uri=destination,
        media_matrix=media or None,
        participant_id=participant,
        request_id=request_id,
        deadline_s=deadline,
        dry_run=dry_run or None,
        reason=reason,
    )


def give(line: Line, method: str, **order: Any) -> None:
    """Give any kind of order, show its outcome, and end accordingly."""
    outcome = line.call(method, **order)
    line.show(outcome, show.outcome)
    line.leave(exits.of_outcome(outcome))


def show_command(line: Line, request_id: Order) -> None:
    """Show one order: what was wanted, by whom it was refused or how it ended."""
    line.show(line.call("command.show", request_id=request_id), _draw_command)


def list_commands(line: Line, status: Status = None, kind: Kind = None, limit: Limit = 20) -> None:
    """List orders, the newest first."""
    answer = line.call("command.list", status=status, kind=kind, limit=limit)
    none = " ".join(("no", *filter(None, (status, kind)), "orders on record"))
    line.show(answer, lambda listed: show.table(listed["commands"], COMMANDS, none))


def _draw_command(found: Mapping[str, Any]) -> None:
    show.outcome(found)
    order = found.get("order")
    wanted = order if isinstance(order, Mapping) else {}
    facts = {"accepted_at": found.get("accepted_at"), "ended_at": found.get("ended_at"), **wanted}
    show.fields((name, value) for name, value in facts.items() if name != "request_id")
