"""switchboardctl gateway …: the process as a whole."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from control.cli import complete, exits, show
from control.cli.line import Line
from control.cli.verbs import verb

TREE = (
    ("actor", show.key("label")),
    *show.columns("state", "incarnation", "restarts", "mailbox.depth", "mailbox.high_water", "last_error"),
)

Level = Annotated[str, typer.Argument(metavar="LEVEL", help=" ".join(complete.LEVELS), autocompletion=complete.levels)]
Module = Annotated[str | None, typer.Option("--module", help="Only this module, by its dotted name.")]
ForSeconds = Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="Go back by itself after this.")]
DrainTime = Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=0, help="How long to wait for orders.")]
Cancel = Annotated[bool, typer.Option("--cancel", help="Interrupt the orders that are open when the time is up.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its noun."""
    noun = nouns["gateway"]
    verb(noun, "status", "gateway status", "gateway status --json")(status)
    verb(noun, "tree", "gateway tree")(tree)
    verb(noun, "drain", "gateway drain --timeout 60", "gateway drain --timeout 10 --cancel")(drain)
    verb(noun, "resume", "gateway resume")(resume)
    verb(noun, "stop", "gateway stop")(stop)
    verb(noun, "reload", "gateway reload")(reload)
    verb(noun, "log-level", "gateway log-level DEBUG --module actors.transfer --for 300")(log_level)


def status(line: Line) -> None:
    """Show how the gateway does. Exit code 0: running and well, 3: degraded or not running, 4: not reachable."""
    answer = line.call("gateway.status")
    line.show(answer, _draw_status)
    line.leave(exits.of_status(answer))


def tree(line: Line) -> None:
    """Show every actor under its supervisor, with restarts and how much waits in its mailbox."""
    line.show(line.call("gateway.tree"), lambda root: show.table(list(_rows(root, 0)), TREE, "no actors"))


def drain(line: Line, timeout: DrainTime = 30.0, cancel: Cancel = False) -> None:
    """Take no more orders and wait for the open ones. Exit code 1 when some are still open."""
    answer = line.call("gateway.drain", timeout_s=timeout, cancel=cancel)
    line.show(answer, _draw_drain)
    line.leave(exits.OK if answer["drained"] else exits.FAILED)


def resume(line: Line) -> None:
    """Take a drain back: take orders again."""
    line.show(line.call("gateway.resume"), lambda answer: show.done(f"the gateway is {answer['state']}"))


def stop(line: Line) -> None:
    """End the gateway in good order; `gateway drain` first lets open orders end."""
    line.show(line.call("gateway.stop"), lambda _: show.done("the gateway is stopping"))


def reload(line: Line) -> None:
    """Have the gateway read its settings again. Exit code 78 when they are wrong; the old ones stay in force then."""
    answer = line.call("gateway.reload")
    line.show(answer, _draw_reload)
    line.leave(exits.CONFIGURATION if answer.get("problems") else exits.OK)


def log_level(line: Line, level: Level, module: Module = None, seconds: ForSeconds = None) -> None:
    """Log more or less, everywhere or in one module, for good or for a while."""
    answer = line.call("gateway.log_level", level=level.upper(), module=module, for_s=seconds)
    while_ = f" for {seconds:g} s" if seconds else ""
    line.show(answer, lambda _: show.done(f"{module or 'everything'} logs from {level.upper()} on{while_}"))


def _draw_status(answer: Mapping[str, Any]) -> None:
    healthy = exits.of_status(answer) == exits.OK
    state = answer["state"] + (" but degraded" if answer["state"] == "running" and answer["degraded"] else "")
    show.done(f"switchboard {answer['version']} is {state} (pid {answer['pid']})", healthy)
    counts = answer["counts"]
    show.fields(
        [
            ("dialect", answer["dialect"]),
            ("features", ", ".join(answer["features"])),
            ("simulator", answer["simulator"]),
            ("audio port", answer["media"]),
            ("calls' audio", _audio(answer.get("audio"))),
            ("up since", f"{answer['started_at']} ({show.lasting(answer['uptime_s'])})"),
            ("orders", _counted(counts["orders"])),
            ("sessions", _counted(counts["sessions"])),
            ("webhooks", _behind(counts.get("webhooks") or {})),
            ("dead letters", counts["dead_letters"]),
        ]
    )
    for trouble in answer["degraded"]:
        show.done(trouble, ok=False)


def _draw_reload(answer: Mapping[str, Any]) -> None:
    for problem in answer.get("problems", ()):
        show.done(problem, ok=False)
    if not answer.get("problems"):
        show.done(f"the settings were read; in force now: {', '.join(answer['changed']) or 'nothing new'}")
    if later := answer.get("needs_restart"):
        print(f"  → restart the gateway for: {', '.join(later)}")


def _draw_drain(answer: Mapping[str, Any]) -> None:
    if answer["drained"]:
        show.done("drained: no order is open and no call is left")
    elif answer["state"] == "running":
        show.done("the drain was taken back: orders are taken again", ok=False)
    else:
        calls = f", {answer['audio_workers']} audio workers still have calls" if "audio_workers" in answer else ""
        show.done(f"{answer['open']} orders are still open{calls}", ok=False)


def _audio(audio: Mapping[str, Any] | None) -> str | None:
    """Whether calls are taken; None where the plane is off."""
    return f"{audio['state']}: {audio['ready']} of {audio['workers']} workers take calls" if audio else None


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def _behind(outbox: Mapping[str, int]) -> str:
    """What has not arrived; empty where everything has."""
    words = {
        "endpoints_disabled": "disabled endpoint" if outbox.get("endpoints_disabled") == 1 else "disabled endpoints"
    }
    return ", ".join(f"{number} {words.get(name, name)}" for name, number in outbox.items() if number)


def _rows(node: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    yield {**node, "label": "  " * depth + str(node.get("name"))}
    for child in node.get("children", ()):
        yield from _rows(child, depth + 1)
