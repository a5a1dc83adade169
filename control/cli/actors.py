"""switchboardctl actor …, session …, token …, budget …: single actors and what they keep."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from control.cli import complete, exits, show
from control.cli.line import Line
from control.cli.verbs import verb

SESSIONS = (
    *show.columns("name", "state"),
    ("tls", lambda row: " ".join((row.get("tls") or {}).values())),
    *show.columns("connected_since", "reconnects", "url", "last_error"),
)

Actor = Annotated[str, typer.Argument(metavar="NAME", help="As `gateway tree` has it.", autocompletion=complete.actors)]
Session = Annotated[
    str, typer.Argument(metavar="NAME", help="As `session list` has it.", autocompletion=complete.sessions)
]
Why = Annotated[str, typer.Option("--reason", help="Your own words, for the record.")]


def add_to(nouns: Mapping[str, typer.Typer]) -> None:
    """Add the verbs of its nouns."""
    noun = nouns["actor"]
    verb(noun, "show", "actor show token")(show_actor)
    verb(noun, "restart", "actor restart transfer --reason 'does not answer'")(restart_actor)
    noun = nouns["session"]
    verb(noun, "list", "session list", "watch session list")(list_sessions)
    verb(noun, "restart", "session restart transfer --reason 'new certificate'")(restart_session)
    verb(noun, "close", "session close transfer")(close_session)
    noun = nouns["token"]
    verb(noun, "status", "token status")(show_token)
    verb(noun, "refresh", "token refresh")(refresh_token)
    noun = nouns["budget"]
    verb(noun, "show", "budget show", "watch budget show")(show_budget)


def show_actor(line: Line, name: Actor) -> None:
    """Show one actor: its kind, incarnation, backlog and own facts."""
    line.show(line.call("actor.show", name=name), _draw_actor)


def restart_actor(line: Line, name: Actor, reason: Why = "") -> None:
    """Stop one actor and let its supervisor start it again; what waits for it is kept. Exit code 1 if refused."""
    answer = line.call("actor.restart", name=name, reason=reason)
    line.show(answer, _draw_restart)
    line.leave(exits.OK if answer["restarted"] else exits.FAILED)


def list_sessions(line: Line) -> None:
    """List every session with its state, TLS version and cipher, reconnects and last error."""
    line.show(line.call("session.list"), lambda answer: show.table(answer["sessions"], SESSIONS, "no sessions"))


def restart_session(line: Line, name: Session, reason: Why = "") -> None:
    """Close one session and connect it anew; also wakes one that was closed."""
    line.show(line.call("session.restart", name=name, reason=reason), lambda _: show.done(f"{name} is reconnecting"))


def close_session(line: Line, name: Session, reason: Why = "") -> None:
    """Close one session until it is restarted."""
    answer = line.call("session.close", name=name, reason=reason)
    line.show(answer, lambda _: show.done(f"{name} is closed; switchboardctl session restart {name} opens it again"))


def show_token(line: Line) -> None:
    """Show the access token's state, expiry and scopes; never the token itself."""
    line.show(line.call("token.status"), draw_facts)


def refresh_token(line: Line) -> None:
    """Fetch a new access token now. Exit code 1 when none is to be had; the one that there is stays in use."""
    answer = line.call("token.refresh")
    line.show(answer, draw_facts)
    line.leave(exits.FAILED if answer.get("last_error") else exits.OK)


def show_budget(line: Line) -> None:
    """Show how much of the rate budget is used, when it resets, and who waits, by priority."""
    line.show(line.call("budget.show"), draw_facts)


def draw_facts(answer: Mapping[str, Any]) -> None:
    """`name  value` a line; a mapping inside becomes `name.inner`."""
    show.fields(_flat(answer))


def _flat(facts: Mapping[str, Any], before: str = "") -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{before}{name}.")
        else:
            pairs.append((before + name, ", ".join(map(str, value)) if isinstance(value, list) else value))
    return pairs


def _draw_actor(answer: Mapping[str, Any]) -> None:
    draw_facts({name: value for name, value in answer.items() if name != "facts"} | dict(answer["facts"]))


def _draw_restart(answer: Mapping[str, Any]) -> None:
    if answer["restarted"]:
        show.done(f"{answer['name']} runs again as incarnation {answer['incarnation']}")
    else:
        show.done(f"{answer['name']} was not restarted: {answer['why']}", ok=False)
