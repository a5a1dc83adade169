"""Whether what was given makes settings, and if not, every reason in an operator's words."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError
from typing import Any

from pydantic import ValidationError

from supervisors.configuration.layers import Given, contents
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
    ca_file = settings.tls.ca_file
    if ca_file is None:
        return
    fault = _fault_of_authorities(ca_file)
    if fault:
        entry = BY_KEY["tls.ca_file"]
        remedy = f"set {entry.name} to a PEM file that the gateway's user may read"
        yield Problem(setting=entry.name, source=source_of(entry.key, given), message=fault, remedy=remedy)


def _fault_of_authorities(ca_file: Path) -> str:
    try:
        contents(ca_file)
        SSLContext(PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca_file)
    except SSLError:
        return f"{ca_file} holds no certificate that can be read"
    except ValueError as error:
        return str(error)
    return ""


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
