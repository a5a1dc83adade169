"""switchboardctl playback …, barge …, prompts …: what is heard in a call, and whether the files for it are there."""

import sys
from collections.abc import Mapping
from threading import Event, Thread
from typing import Annotated, Any
from uuid import uuid4

import typer

from control.cli import exits, show
from control.cli.line import Line
from control.cli.orders import Deadline, DryRun, Interaction, RequestId, Why, give
from control.cli.verbs import verb

PROMPTS = show.columns(
    "file",
    "state",
    "audio.duration_ms",
    "audio.sample_rate_hz",
    "audio.loudness.integrated_lufs",
    "audio.loudness.true_peak_dbtp",
    "why",
)
GOOD = "present"
STATES = {"playback.buffering": "…", "playback.playing": "…", "playback.completed": "✔", "playback.error": "✘"}
ENDED = "order.ended"
LAST_EVENTS_S = 0.5  # what was heard is printed before the outcome; the event that tells of the end can be lost

Prompt = Annotated[str, typer.Argument(metavar="PROMPT", help="The prompt's key: its file's name, without codec.")]
Volume = Annotated[float | None, typer.Option("--volume", help="Factor, 0 to 2; 1 is as recorded.")]
Timeout = Annotated[float | None, typer.Option("--timeout", metavar="SECONDS", help="Until the prompt has to end.")]
Conversation = Annotated[str, typer.Argument(metavar="CONVERSATION", help="The conversation's id.")]
Participant = Annotated[str, typer.Argument(metavar="PARTICIPANT", help="Who hears it, and has to have consented.")]
Url = Annotated[str, typer.Argument(metavar="URL", help="https://….wav, .mp3 or .ogg; Genesys fetches it.")]
MuteAgent = Annotated[bool, typer.Option("--mute-agent", help="Mute the agent meanwhile.")]
MuteCaller = Annotated[bool, typer.Option("--mute-caller", help="Mute the caller meanwhile.")]
Normalize = Annotated[bool, typer.Option("--normalize", help="Have the level normalised.")]
MaxDuration = Annotated[int, typer.Option("--max-ms", min=1, help="Play at most this much of it, in milliseconds.")]
Keys = Annotated[list[str], typer.Argument(metavar="PROMPT...", help="The prompts' keys.")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="BCP 47 tag; repeatable. Default: en.")]
Tiers = Annotated[list[str] | None, typer.Option("--tier", help="standard or premium; repeatable. Default: both.")]
Codecs = Annotated[list[str] | None, typer.Option("--codec", help="mp3, opus, wav …; repeatable. Default: mp3.")]
Loudness = Annotated[bool, typer.Option("--loudness", help="Decode the files and measure how loud they are.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its nouns."""
    noun = nouns["playback"]
    verb(noun, "play", "playback play 5f0c… welcome", "playback play 5f0c… welcome --volume 0.8 --dry-run")(play)
    noun = nouns["barge"]
    verb(
        noun,
        "inject",
        "barge inject 9d2e… 1a7b… https://cdn.example.com/notice.wav --mute-agent --max-ms 15000",
        "barge inject 9d2e… 1a7b… https://cdn.example.com/notice.wav --dry-run",
    )(inject)
    noun = nouns["prompts"]
    verb(
        noun,
        "check",
        "prompts check welcome goodbye --language en --language es",
        "prompts check welcome --codec mp3 --codec opus --loudness",
    )(check)


def play(
    line: Line,
    interaction: Interaction,
    prompt: Prompt,
    volume: Volume = None,
    timeout: Timeout = None,
    request_id: RequestId = None,
    deadline: Deadline = None,
    dry_run: DryRun = False,
    reason: Why = None,
) -> None:
    """Play one prompt and wait for its end; on a terminal, its progress is shown as it happens.

    Exit code 0: played to its end, 1: failed, refused or interrupted, 75: busy or draining, 124: not ended in time.
    """
    request_id = request_id or str(uuid4())
    over = Event()
    progress = None if dry_run or line.wishes.as_json or not sys.stdout.isatty() else _progress(line, request_id, over)
    try:
        outcome = line.call(
            "playback.play",
            interaction_id=interaction,
            prompt_key=prompt,
            volume=volume,
            timeout_s=timeout,
            request_id=request_id,
            deadline_s=deadline,
            dry_run=dry_run or None,
            reason=reason,
        )
    finally:
        over.set()
    if progress is not None:
        progress.join(LAST_EVENTS_S)
    line.show(outcome, show.outcome)
    line.leave(exits.of_outcome(outcome))


def inject(
    line: Line,
    conversation: Conversation,
    participant: Participant,
    url: Url,
    mute_agent: MuteAgent = False,
    mute_caller: MuteCaller = False,
    normalize: Normalize = False,
    max_ms: MaxDuration = 30_000,
    request_id: RequestId = None,
    deadline: Deadline = None,
    dry_run: DryRun = False,
    reason: Why = None,
) -> None:
    """Play an audio file to one participant who has consented, and say what Genesys made of it."""
    give(
        line,
        "barge.inject",
        conversation_id=conversation,
        participant_id=participant,
        audio_url=url,
        stream_matrix={"agent_mute": mute_agent, "caller_mute": mute_caller, "normalize_level": normalize},
        max_duration_ms=max_ms,
        request_id=request_id,
        deadline_s=deadline,
        dry_run=dry_run or None,
        reason=reason,
    )


def check(
    line: Line,
    keys: Keys,
    language: Languages = None,
    tier: Tiers = None,
    codec: Codecs = None,
    loudness: Loudness = False,
) -> None:
    """Look at every file of these prompts and say which are there; exit code 1 unless all are, and fit."""
    answer = line.call(
        "prompts.check",
        keys=keys,
        languages=language,
        tiers=tier,
        codecs=codec,
        level="full" if loudness else None,
    )
    line.show(answer, _draw_prompts)
    good = all(row["state"] == GOOD for row in answer["prompts"])
    line.leave(exits.OK if good else exits.FAILED)


def _draw_prompts(answer: Mapping[str, Any]) -> None:
    rows = [{**row, "why": "; ".join(why["message"] for why in row["reasons"])} for row in answer["prompts"]]
    show.table(rows, PROMPTS, "no prompts")
    counts = (f"{number} {state.replace('_', ' ')}" for state, number in answer["counts"].items() if number)
    print(", ".join(counts))


def _progress(line: Line, request_id: str, over: Event) -> Thread | None:
    """Print the states of the playback as they come, on a connection of their own, until the order's end or `over`.

    None where they cannot be heard of: the journal has no room for it, or the gateway none for another client.
    """
    from control.client import Refused

    ear = Line(line.wishes)
    try:
        ear.call("events.subscribe", kinds=[*STATES, ENDED])
    except Refused:
        ear.close()
        return None
    printing = Thread(target=_print_progress, args=(ear, request_id, over), daemon=True)
    printing.start()
    return printing


def _print_progress(ear: Line, request_id: str, over: Event) -> None:
    from control.client import TimedOut, Unreachable

    try:
        for event in ear.client().follow(lambda event: event["data"].get("request_id") == request_id, LAST_EVENTS_S):
            if (event is None and over.is_set()) or (event is not None and event["kind"] == ENDED):
                break
            if event is not None:
                print(f"{show.paint(STATES[event['kind']])} {show.clean(event['kind'].partition('.')[2])}", flush=True)
    except (TimedOut, Unreachable):
        pass  # the outcome comes on the other connection
    finally:
        ear.close()
