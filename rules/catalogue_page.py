"""docs/errors.md, written from the catalogue: `python -m rules.catalogue_page`."""

from pathlib import Path

from rules.catalogue import CATALOGUE, Entry

PATH = Path(__file__).parent.parent / "docs" / "errors.md"

FAMILIES = {
    "1": "The order itself",
    "2": "What Genesys says",
    "3": "Time",
    "5": "This gateway",
}

HEADING = ("| code | gate | meaning | what to do |", "| --- | --- | --- | --- |")

HEAD = """# Errors

Every reason that an outcome can carry. An outcome lists all that apply: `code` and `gate` as here, `message` with the
value in question, `remedy` with what to do. `refused` means that nothing was done; after `failed` and `interrupted`
the remedy says whether the effect may have happened.

Written from `rules/catalogue.py` by `python -m rules.catalogue_page`.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_family(digit, title) for digit, title in FAMILIES.items())])


def _family(digit: str, title: str) -> str:
    rows = [_row(entry) for code, entry in sorted(CATALOGUE.items()) if code[3] == digit]
    return "\n".join([f"## {title}", "", *HEADING, *rows, ""])


def _row(entry: Entry) -> str:
    cells = (f"`{entry.code}`", entry.gate, entry.meaning, entry.remedy)
    return f"| {' | '.join(cell.replace('<', '&lt;').replace('|', '&#124;') for cell in cells)} |"


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
