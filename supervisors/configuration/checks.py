"""Whether what was given makes settings, and if not, every reason in an operator's words."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from supervisors.configuration.layers import Given
from supervisors.configuration.machine import machine_faults
from supervisors.configuration.problems import Problem
from supervisors.settings.entries import BY_KEY, Entry
from supervisors.settings.model import Settings

DEFAULT = "default"
PARENTS = {"control_socket": "data_dir", "http_listen": "port"}  # whose default follows which


def checked(given: Mapping[str, Given]) -> tuple[Settings | None, tuple[Problem, ...]]:
    """The settings unless a value is wrong, and what is wrong. pydantic's own error goes no further: it holds input."""
    try:
        settings = Settings.model_validate(_nested(given))
    except ValidationError as error:
        details = error.errors(include_url=False)
    else:
        return settings, tuple(_beyond(settings, given))
    return None, tuple(
        _problem(detail["loc"], detail.get("ctx", {}).get("error"), given)
        for detail in details
        if detail["type"] != "default_factory_not_called"  # follows from another one
    )


def _nested(given: Mapping[str, Given]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in given.items():
        group, _, name = key.rpartition(".")
        (nested.setdefault(group, {}) if group else nested)[name] = value.value
    return nested


def _beyond(settings: Settings, given: Mapping[str, Given]) -> Iterator[Problem]:
    """What only a look at the machine shows."""
    for key, fault, remedy in machine_faults(settings):
        entry = BY_KEY[key]
        yield Problem(
            setting=entry.name, source=source_of(key, given), message=fault, remedy=f"set {entry.name} to {remedy}"
        )


def _problem(location: tuple[int | str, ...], ours: ValueError | None, given: Mapping[str, Given]) -> Problem:
    """What is wrong at `location`: in the words of our own check, `ours`, else that it is not what it should be."""
    entry = _entry(location)
    if ours is not None:
        message, remedy = str(ours), f"set {entry.name} to {entry.expects}"
    else:
        message, remedy = f"{_quoted(entry, given)} is not {entry.expects}", "correct it"
    if entry.default:
        remedy += f", or leave it out for the default, {entry.default}"
    return Problem(setting=entry.name, source=source_of(entry.key, given), message=message, remedy=remedy)


def _entry(location: tuple[int | str, ...]) -> Entry:
    """The setting at `location`, in which the place within a list may follow."""
    single = BY_KEY.get(str(location[0]))
    return single or BY_KEY[f"{location[0]}.{location[1]}"]


def _quoted(entry: Entry, given: Mapping[str, Given]) -> str:
    if entry.secret or entry.key not in given:
        return "the value"
    text = repr(given[entry.key].value)
    return text if len(text) <= 64 else text[:61] + "..."


def source_of(key: str, given: Mapping[str, Given]) -> str:
    """Where the value of the setting `key` comes from."""
    if key in given:
        return given[key].source
    parent = PARENTS.get(key, "")
    if parent in given and given[parent].source != DEFAULT:
        return f"{DEFAULT}, from {BY_KEY[parent].name}"
    return DEFAULT
