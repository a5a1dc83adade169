"""switchboardctl stream …: live audio of calls: which there is, what is heard in it, what is played into it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from control.cli import complete, exits, show
from control.cli.line import Line
from control.cli.tail import Tail, draw_said, facts, found
from control.cli.verbs import verb

LIVE = (
    *show.columns("stream_id", "conversation_id", "protocol", "codec", "channel"),
    ("language", lambda row: _language(row)),
    *show.columns("frames", "gaps", "dropped", "lag_ms", "opened_at"),
)
TIMELINE = (*show.columns("at", "what"), ("data", lambda row: facts(row, "at", "what")))
MOST_BYTES = 750_000  # of a file: one line of the control socket holds no more in base64


def _ids(context: typer.Context, incomplete: str) -> list[str]:
    streams = complete.ask(context, "stream.list").get("streams", ())
    return complete.starting_with(incomplete, (row["stream_id"] for row in streams))


def _any_ids(context: typer.Context, incomplete: str) -> list[str]:
    streams = complete.ask(context, "stream.list").get("streams", ())
    names = (row[name] for name in ("stream_id", "conversation_id") for row in streams)
    return complete.starting_with(incomplete, dict.fromkeys(names))


Stream = Annotated[str, typer.Argument(metavar="STREAM_ID", autocompletion=_ids, help="The stream's id.")]
Either = Annotated[
    str, typer.Argument(metavar="ID", autocompletion=_any_ids, help="The id of a stream, or of a conversation.")
]
Sound = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="WAV of one channel at 8000 Hz, or --pcmu."),
]
Raw = Annotated[bool, typer.Option("--pcmu", help="The file has no header: it is G.711 mu-law at 8000 Hz.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most this many, the newest.")]
Outputs = Annotated[
    list[str] | None, typer.Option("--output", metavar="NAME=TEXT", help="An output variable; may be repeated.")
]
Ending = Annotated[str, typer.Option("--disconnect-reason", help="completed, unauthorized or error.")]
Why = Annotated[str | None, typer.Option("--reason", help="Your own words, for the record.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its noun."""
    noun = nouns["stream"]
    verb(noun, "list", "stream list", "watch stream list")(list_streams)
    verb(noun, "show", "stream show 0199…")(show_stream)
    verb(noun, "tail", "stream tail 0199…", "stream tail CONVERSATION_ID --json")(tail)
    verb(noun, "play", "stream play 0199… welcome.wav")(play)
    verb(noun, "interrupt", "stream interrupt 0199…")(interrupt)
    verb(noun, "disconnect", "stream disconnect 0199… --output intent=billing")(disconnect)


def list_streams(line: Line, limit: Limit = 1000) -> None:
    """List live audio streams, oldest first; lag_ms: how long audio waits for the transcription service."""
    line.show(line.call("stream.list", limit=limit), _draw_list)


def show_stream(line: Line, id: Either) -> None:  # noqa: A002 - the word on the command line
    """Show one stream with its time line and the tail of its transcript, also for a while after its end.

    lag_ms is how long the oldest audio waits to be sent, 0 when none does; unacknowledged_ms the age of the oldest that
    no result covers: it grows where nobody speaks.
    """
    line.show(found(line, id), _draw_stream)


def tail(line: Line, id: Either) -> None:  # noqa: A002
    """Print what is heard in a stream or conversation, and what befalls it, until it ends.

    Transcripts are shown to who looks on and are stored nowhere: what was said before is only the tail.
    """
    Tail(line, id).run()


def play(line: Line, stream_id: Stream, file: Sound, pcmu: Raw = False, reason: Why = None) -> None:
    """Play a file of this machine into a call that came over AudioHook with the Audio Connector."""
    from base64 import b64encode

    audio = file.read_bytes()
    if len(audio) > MOST_BYTES:
        line.fail(exits.USAGE, f"{file} has {len(audio)} bytes; {MOST_BYTES} can be sent at once")
    answer = line.call(
        "stream.play",
        stream_id=stream_id,
        audio=b64encode(audio).decode(),
        format="pcmu" if pcmu else "wav",
        reason=reason,
    )
    line.show(answer, _draw_play)


def interrupt(line: Line, stream_id: Stream, reason: Why = None) -> None:
    """Drop what was to be played into a call and has not been."""
    answer = line.call("stream.interrupt", stream_id=stream_id, reason=reason)
    line.show(answer, lambda done: show.done(f"what was played into {done['stream_id']} is interrupted"))


def disconnect(
    line: Line, stream_id: Stream, output: Outputs = None, disconnect_reason: Ending = "completed", reason: Why = None
) -> None:
    """End a call's audio session; AudioHook's flow goes on with the output variables."""
    answer = line.call(
        "stream.disconnect",
        stream_id=stream_id,
        disconnect_reason=disconnect_reason,
        output_variables=line.pairs("--output", output),
        reason=reason,
    )
    line.show(answer, lambda done: show.done(f"{done['stream_id']} is being disconnected"))


def _draw_play(done: Mapping[str, Any]) -> None:
    show.done(f"{done['duration_ms'] / 1000:g} s are on their way into {done['stream_id']}")
    print("  → `stream show` tells it, should the session take none")


def _language(row: Mapping[str, Any]) -> str:
    sure = f" {row['language_confidence']:.2f}" if row["language_confidence"] else ""
    return f"{row['language']}{sure}"


def _draw_list(answer: Mapping[str, Any]) -> None:
    show.table(answer["streams"], LIVE, "no live streams")
    hidden = answer["live"] - len(answer["streams"])
    if hidden > 0:
        print(f"and {hidden} older ones")


def _draw_stream(shown: Mapping[str, Any]) -> None:
    show.fields((name, value) for name, value in shown.items() if name not in ("timeline", "tail"))
    print()
    show.table(shown["timeline"], TIMELINE, "nothing befell it")
    for said in shown["tail"]:
        draw_said(said["at"], said)
