"""The settings as a list: each with the names it goes by, what it may be, and how it is shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from supervisors.settings.addresses import MASK, masked
from supervisors.settings.groups import Group
from supervisors.settings.model import DELIMITER, PREFIX, Settings
from supervisors.settings.values import Expects

_UNITS = (
    ("_per_min", "a minute"),
    ("_per_s", "a second"),
    ("_fps", "frames a second"),
    ("_kbps", "kbit/s"),
    ("_bytes", "bytes"),
    ("_lufs", "LUFS"),
    ("_dbtp", "dBTP"),
    ("_confidence", "of 1"),
    ("_days", "days"),
    ("_s", "seconds"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One setting: `key` in files and flags (`transfers.max_fps`), `names` in the environment, our own first."""

    path: tuple[str, ...]
    names: tuple[str, ...]
    field: FieldInfo

    @property
    def key(self) -> str:
        """The key in a TOML file; what is before the point is the table."""
        return ".".join(self.path)

    @property
    def name(self) -> str:
        """The name in the environment, which stands for the setting in every text."""
        return self.names[0]

    @property
    def secret(self) -> bool:
        """Whether the value must not be seen."""
        return self.field.annotation is SecretStr

    @property
    def unit(self) -> str:
        """The unit that the name carries, or nothing."""
        return next((unit for ending, unit in _UNITS if self.key.endswith(ending)), "")

    @property
    def expects(self) -> str:
        """What the value has to be, to end a sentence with."""
        said = self._said()
        if said is not None:
            return said.text
        if get_origin(self.field.annotation) is Literal:
            return "one of " + ", ".join(get_args(self.field.annotation))
        low, high = self.bounds
        if low is not None:
            kind = "a number" if self.field.annotation is float else "a whole number"
            return f"{kind} from {low:.12g} to {high:.12g}"
        return "a path" if Path in (self.field.annotation, *get_args(self.field.annotation)) else "text"

    @property
    def bounds(self) -> tuple[float | None, float]:
        """The least and the greatest number, or None and 0 for what is no number."""
        marks = self.field.metadata
        low = next((mark.ge for mark in marks if hasattr(mark, "ge")), None)
        return low, next((mark.le for mark in marks if hasattr(mark, "le")), 0)

    @property
    def default(self) -> str:
        """The default as the documentation shows it; empty where there is none."""
        told = self.field.json_schema_extra
        return str(told["default"]) if isinstance(told, dict) else self.shown(self.field.get_default())

    def value(self, settings: Settings) -> Any:
        """The setting's value in `settings`."""
        value: Any = settings
        for part in self.path:
            value = getattr(value, part)
        return value

    def shown(self, value: Any) -> str:
        """`value` as people may see it."""
        said = self._said()
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if plain is None or plain in ("", ()):
            return ""
        if said is not None and said.url:
            return masked(plain)
        if self.secret:
            return MASK
        if isinstance(plain, float):
            return f"{plain:.12g}"
        return ",".join(plain) if isinstance(plain, tuple) else str(plain)

    def _said(self) -> Expects | None:
        return next((mark for mark in self.field.metadata if isinstance(mark, Expects)), None)


def _entries() -> Iterator[Entry]:
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, Group):
            for limit, limit_field in group.model_fields.items():
                yield Entry(path=(name, limit), names=(_own_name(name, limit),), field=limit_field)
        else:
            yield Entry(path=(name,), names=_literal_names(field) or (_own_name(name),), field=field)


def _own_name(*path: str) -> str:
    return PREFIX + DELIMITER.join(path).upper()


def _literal_names(field: FieldInfo) -> tuple[str, ...]:
    choices = field.validation_alias
    return tuple(str(choice) for choice in choices.choices) if isinstance(choices, AliasChoices) else ()


ENTRIES: tuple[Entry, ...] = tuple(_entries())
BY_KEY: Mapping[str, Entry] = MappingProxyType({entry.key: entry for entry in ENTRIES})
BY_NAME: Mapping[str, Entry] = MappingProxyType({name: entry for entry in ENTRIES for name in entry.names})
GROUPS: frozenset[str] = frozenset(entry.path[0] for entry in ENTRIES if len(entry.path) > 1)
