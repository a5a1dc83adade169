"""The nouns: what each is for, and which module has its verbs. It is loaded when they are looked at, and not before."""

from collections.abc import MutableMapping
from functools import cached_property
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

NOUNS = {
    "gateway": ("gateway", "The gateway as a whole: how it does, drain, stop, reload, log level."),
    "actor": ("actors", "One actor: look at it, restart it."),
    "session": ("actors", "WebSocket sessions to Genesys: list, reconnect, close."),
    "token": ("actors", "The access token: how long it lasts, fetch a new one. It is never shown."),
    "budget": ("actors", "The rate budget of calls to Genesys."),
    "transfer": ("orders", "Move an interaction's media to another destination."),
    "command": ("orders", "Orders that were given, open or ended."),
    "playback": ("audio", "Play prompts into interactions."),
    "barge": ("audio", "Play audio to a participant of a call."),
    "prompts": ("audio", "The prompts' audio files."),
    "assist": ("assist", "Trigger Agent Assist."),
    "stream": ("streams", "Live audio of calls: language, gaps, lag, transcripts."),
    "webhook": ("webhooks", "Webhooks: what waits, what arrived, what died; and the endpoints."),
    "rpc": ("rpc", "Any method of the control socket by its name."),
    "sim": ("sim", "The simulator: what it saw, and faults on demand."),
    "audit": ("record", "The audit record: query, measure, verify, export."),
    "events": ("record", "What happens, as it happens."),
}
"""Each noun's module in this package and its summary, in the order of the help."""


class Noun(TyperGroup):
    """A noun of the table, whose verbs are made at the first look at them."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        del self.commands  # none were given

    @cached_property
    def commands(self) -> MutableMapping[str, Any]:  # type: ignore[override] # it can be set, as the inherited one
        """The verbs by their names."""
        name = str(self.name)
        module, _ = NOUNS[name]
        nouns = {other: _empty() for other, (of, _) in NOUNS.items() if of == module}
        import_module(f"{__package__}.{module}").add_to(nouns)
        return get_group(nouns[name]).commands


def add_to(app: typer.Typer) -> None:
    """Add every noun, as yet without verbs."""
    for name, (_, summary) in NOUNS.items():
        group(app, name, summary, cls=Noun)


def group(above: typer.Typer, name: str, summary: str, **settings: Any) -> typer.Typer:
    """A noun, or what stands between one and its verbs."""
    made = _empty()
    above.add_typer(made, name=name, help=summary, short_help=summary, **settings)
    return made


def _empty() -> typer.Typer:
    return typer.Typer(no_args_is_help=True, rich_markup_mode=None)
