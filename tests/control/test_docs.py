"""docs/control.md and docs/cli.md say what is there, no more and no less."""

import re
from pathlib import Path

from control.cli import exits
from control.routes import ROUTES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_of_methods_is_the_table_of_routes() -> None:
    page = (DOCS / "control.md").read_text()
    rows = re.findall(r"^\| `([a-z_.]+)` \| (viewer|operator|admin) \|", page, re.MULTILINE)
    assert dict(rows) == {method: route.role for method, route in ROUTES.items()}


def test_every_exit_code_is_explained() -> None:
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", (DOCS / "cli.md").read_text(), re.MULTILINE)}
    assert explained == {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
