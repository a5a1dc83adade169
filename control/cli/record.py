"""switchboardctl audit …, events …: the record, and what happens as it happens."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from control.cli import complete, exits, show
from control.cli.line import Line
from control.cli.tail import LOOK_S
from control.cli.verbs import verb

DATA_LETTERS = 100  # of a record's data in a table; --json has all of it
DAMAGED = "keep a copy of the journal as it is, and see with `audit verify --file` how far an earlier export agrees"
NOT_OURS = "nothing of it holds: is it the chain's beginning, and did `audit export` write it?"
RECORDS = (
    *show.columns("seq", "at", "kind", "interaction_id", "request_id", "peer.uid"),
    ("data", lambda row: _gist(row["data"])),
)
METRICS = (
    *show.columns("kind", "total", "succeeded", "failed", "refused", "interrupted"),
    ("completion rate", lambda row: _percent(row["completion_rate"])),
    *((f"{name} ms", show.key(f"latency_ms.{name}")) for name in ("mean", "p50", "p99")),
)

Verifier: TypeAlias = Callable[[Path], Mapping[str, Any]]
"""Checks an exported chain without a gateway; OSError where the file cannot be read."""

Interaction = Annotated[str | None, typer.Option("--interaction", help="Only records about this interaction.")]
Kind = Annotated[str | None, typer.Option("--kind", help="A record's kind (transfer.ended) or its first word.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="RFC 3339, e.g. 2026-01-31T12:00:00Z.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most this many records.")]
ExportFile = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="A new file on the gateway's machine; default: it chooses one.")
]
Offline = Annotated[
    Path | None,
    typer.Option("--file", exists=True, dir_okay=False, help="Check this export instead, without any gateway."),
]
EventKinds = Annotated[
    list[str] | None, typer.Option("--kind", autocompletion=complete.events, help="Only this kind; may be repeated.")
]
SinceSeq = Annotated[int | None, typer.Option("--since-seq", min=0, help="Those on record after this number first.")]
Count = Annotated[int | None, typer.Option("--count", min=1, help="End after this many events.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its nouns."""
    noun = nouns["audit"]
    verb(noun, "query", "audit query --interaction 5f0c…", "audit query --kind transfer.ended --limit 20")(query)
    verb(noun, "metrics", "audit metrics --since 2026-01-31T00:00:00Z")(metrics)
    verb(noun, "verify", "audit verify", "audit verify --file audit.jsonl")(verify)
    verb(noun, "export", "audit export /var/tmp/audit.jsonl")(export)
    noun = nouns["events"]
    verb(noun, "tail", "events tail", "events tail --kind order.ended --json")(tail)


def query(
    line: Line, interaction: Interaction = None, kind: Kind = None, since: Since = None, limit: Limit = 100
) -> None:
    """Show audit records, oldest first: the newest ones, or those from --since on."""
    answer = line.call("audit.query", interaction_id=interaction, kind=kind, since=since, limit=limit)
    line.show(answer, lambda found: show.table(found["records"], RECORDS, "no records"))


def metrics(line: Line, since: Since = None) -> None:
    """Show per kind of order how many succeeded, and how long they took."""
    line.show(line.call("audit.metrics", since=since), _draw_metrics)


def verify(line: Line, context: typer.Context, file: Offline = None) -> None:
    """Walk the whole chain and find the first changed, missing or reordered record. Exit code 1 if there is one."""
    answer = line.call("audit.verify") if file is None else _verify_file(line, file, context.obj)
    line.show(answer, _draw_verdict)
    line.leave(exits.OK if answer["ok"] else exits.FAILED)


def export(line: Line, file: ExportFile = None) -> None:
    """Write the whole chain to a file on the gateway's machine, to be verified anywhere."""
    path = None if file is None else str(file.absolute())
    answer = line.call("audit.export", path=path)
    line.show(answer, lambda made: show.done(f"{made['records']} records written to {made['path']}"))


def tail(line: Line, kind: EventKinds = None, since_seq: SinceSeq = None, count: Count = None) -> None:
    """Print events until interrupted; says so when some were dropped, for this reader was too slow, or are too old."""
    _refuse_unknown(line, kind or [])
    held = line.call("events.subscribe", kinds=kind or None, since_seq=since_seq)["since_seq"]
    if since_seq is not None and held is not None and held > since_seq:
        print(f"… the events from {since_seq + 1} to {held} are no longer on record", file=sys.stderr)
    for event in islice(heard(line), count):
        line.show(event, _draw_event)


def heard(line: Line, look_s: float = LOOK_S) -> Iterator[Mapping[str, Any]]:
    """The events of the line's subscription; TimedOut when there is a silence of `look_s` because the gateway hangs."""
    from control.client import Refused

    for event in line.client().follow(lambda _: True, look_s):
        if event is not None:
            yield event
        else:
            with suppress(Refused):  # it lives, whatever it says
                line.call("gateway.status")


def _refuse_unknown(line: Line, kinds: list[str]) -> None:
    """A kind that is none would wait for ever."""
    from difflib import get_close_matches

    for kind in kinds:
        if kind not in complete.EVENTS:
            near = get_close_matches(kind, complete.EVENTS, n=3)
            remedy = f"one of {', '.join(complete.EVENTS)}"
            line.fail(exits.USAGE, f"no event is called {kind!r}", {"did_you_mean": near, "remedy": remedy})


def _verify_file(line: Line, file: Path, verifier: Verifier | None) -> Mapping[str, Any]:
    if verifier is None:
        line.fail(exits.UNAVAILABLE, "this switchboardctl was started without its offline verifier")
    try:
        return verifier(file)
    except OSError as error:
        line.fail(exits.FAILED, f"{file} cannot be read: {error}")


def _gist(data: Mapping[str, Any]) -> str:
    """What a record says in a few words: its detail, else the beginning of its data."""
    if detail := data.get("detail"):
        return str(detail)
    facts = " ".join(f"{name}={show.clean(value)}" for name, value in data.items() if show.clean(value))
    return facts if len(facts) <= DATA_LETTERS else f"{facts[:DATA_LETTERS]}…"


def _draw_metrics(answer: Mapping[str, Any]) -> None:
    rows = [{"kind": kind, **measured} for kind, measured in answer["kinds"].items()]
    show.table(rows, METRICS, "no orders on record")


def _percent(rate: float | None) -> str:
    """A rate as people read it; empty where nothing has ended."""
    return "" if rate is None else f"{rate:.1%}"


def _draw_verdict(answer: Mapping[str, Any]) -> None:
    if answer["ok"]:
        show.done(f"{answer['records']} records, every one as it was written; head {answer['head']}")
    else:
        bad = answer["first_bad"]
        show.done(f"record {bad['seq']} is {bad['damage']}; {answer['records']} records were read", ok=False)
        print(f"  → {NOT_OURS if bad['seq'] == 1 else DAMAGED}")


def _draw_event(event: Mapping[str, Any]) -> None:
    if dropped := event.get("dropped"):
        print(f"… {dropped} events dropped: this reader is too slow", flush=True)
    facts = " ".join(f"{name}={show.clean(value)}" for name, value in event["data"].items())
    print(f"{event['seq']} {event['at']} {event['kind']} {facts}", flush=True)
