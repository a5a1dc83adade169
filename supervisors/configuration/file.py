"""What a TOML file gives: the settings' keys, a table for each group, `<key>_file` for a value in another file."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from supervisors.configuration.layers import Given, Layer, contents, value_in_file
from supervisors.configuration.problems import Problem, unknown
from supervisors.settings.entries import BY_KEY, GROUPS

FILE_SUFFIX = "_file"


def file_layer(path: Path) -> Layer:
    """The settings in the file at `path`, which has to be there. Files named in it are relative to its directory."""
    try:
        table = tomllib.loads(contents(path))
    except tomllib.TOMLDecodeError as error:
        return _broken(path, f"it is not TOML: {error}")
    except ValueError as error:
        return _broken(path, str(error))
    given: dict[str, Given] = {}
    problems: list[Problem] = []
    for key, value in _leaves(table):
        found = _read(key, value, path, _is_given(key, table))
        if isinstance(found, Problem):
            problems.append(found)
        else:
            given[key if key in BY_KEY else key.removesuffix(FILE_SUFFIX)] = found
    return Layer(given=given, problems=tuple(problems))


def _read(key: str, value: Any, path: Path, base_too: bool) -> Given | Problem:
    source = f"{path}: {key}"
    base = key.removesuffix(FILE_SUFFIX)
    if key in GROUPS:
        message, remedy = f"{key} is a group, not a value", f"write [{key}] and its settings below"
        return Problem(setting=key, source=source, message=message, remedy=remedy)
    if key in BY_KEY:
        return Given(value, source)
    if base not in BY_KEY:
        return unknown(key, str(path), (*GROUPS, *BY_KEY), "remove it, or see docs/settings.md")
    if base_too:
        message = f"both {base} and {key} are given"
        return Problem(setting=base, source=source, message=message, remedy="remove one of them")
    if not isinstance(value, str):
        return Problem(setting=key, source=source, message="it names no file", remedy="give a path in quotes")
    try:
        return Given(value_in_file(path.parent / value), f"file {path.parent / value} of {path}")
    except ValueError as error:
        remedy = "name a file that the gateway's user may read and that holds only the value"
        return Problem(setting=key, source=source, message=str(error), remedy=remedy)


def _leaves(table: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The keys of `table` with their values; a table that is no group is a value, and wrong as such."""
    for key, value in table.items():
        if key in GROUPS and isinstance(value, dict):
            for limit, inner in value.items():
                yield f"{key}.{limit}", inner
        else:
            yield key, value


def _is_given(key: str, table: dict[str, Any]) -> bool:
    """Whether the setting whose file `key` names is given in `table` itself, too."""
    group, _, name = key.removesuffix(FILE_SUFFIX).rpartition(".")
    return name in (table[group] if group else table)


def _broken(path: Path, why: str) -> Layer:
    remedy = "mend the file, or name another one with --config"
    return Layer(given={}, problems=(Problem(setting="--config", source=str(path), message=why, remedy=remedy),))
