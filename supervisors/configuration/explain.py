"""What `--check-config` and a reload print: every setting, its value without secrets, where it came from."""

from typing import NamedTuple

from supervisors.configuration.load import Configured
from supervisors.settings.entries import ENTRIES


class Row(NamedTuple):
    """One line of the table."""

    name: str
    value: str
    source: str


def explain(configured: Configured) -> tuple[Row, ...]:
    """Every setting in the order of docs/settings.md; secrets are `****`, what is not set is empty."""
    return tuple(
        Row(entry.name, entry.shown(entry.value(configured.settings)), configured.sources[entry.key])
        for entry in ENTRIES
    )


def changed(before: Configured, after: Configured) -> tuple[str, ...]:
    """The keys (`log.level`) of the settings whose values differ."""
    return tuple(entry.key for entry in ENTRIES if entry.value(before.settings) != entry.value(after.settings))
