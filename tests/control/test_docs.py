"""docs/control.md and docs/cli.md say what is there, no more and no less."""

import re
from pathlib import Path

from control.cli import complete, exits
from control.routes import ROUTES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_of_methods_is_the_table_of_routes() -> None:
    page = (DOCS / "control.md").read_text()
    rows = re.findall(r"^\| `([a-z_.]+)` \| (viewer|operator|admin) \|", page, re.MULTILINE)
    assert dict(rows) == {method: route.role for method, route in ROUTES.items()}


def test_every_exit_code_is_explained() -> None:
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", (DOCS / "cli.md").read_text(), re.MULTILINE)}
    assert explained == {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}


def test_the_kinds_of_events_are_those_that_can_be_tailed() -> None:
    told = (DOCS / "control.md").read_text().partition("\nKinds: ")[2].partition("\n\n")[0]
    groups = [group.partition(".") for group in re.findall(r"`([^`]+)`", told)]
    kinds = [f"{noun}.{verb}" for noun, _, verbs in groups for verb in verbs.split("|")]
    assert sorted(kinds) == sorted(complete.EVENTS)
