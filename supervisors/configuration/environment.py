"""What the environment gives; pydantic-settings maps its names to the settings."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from supervisors.configuration.layers import Given, Layer, value_in_file
from supervisors.configuration.problems import Problem, unknown
from supervisors.settings.entries import BY_KEY, BY_NAME, GROUPS
from supervisors.settings.model import DELIMITER, PREFIX, Settings

OUR_PREFIXES = (PREFIX, "GENESYS_")  # GENESYSCLOUD_ belongs to Genesys's own tools, and holds more than we read
FILE_SUFFIX = "_FILE"

# What Kubernetes sets in every container for a Service named `switchboard…` or `genesys…`; none of them is for us.
_SERVICE_LINK = re.compile(r"\w+_SERVICE_(HOST|PORT(_\w+)?)|\w+_PORT_\d+_(TCP|UDP)(_\w+)?")
_SERVICE_URL = re.compile(r"(tcp|udp|sctp)://")


class _Variables(EnvSettingsSource):
    """Reads the variables that it is handed, never the process's own."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        # It reads only the model's fields and configuration; a BaseSettings model would read os.environ when built.
        super().__init__(cast(type[BaseSettings], Settings), env_prefix=PREFIX, env_nested_delimiter=DELIMITER)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._variables.items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Lists are words with commas between, not JSON."""
        return value


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """The settings in `environment`. Names of ours that are no setting are problems; an empty value is none."""
    variables, sources, problems = dict[str, str](), dict[str, str](), list[Problem]()
    for name, value in _ours(environment):
        if name in BY_NAME:
            alias = BY_NAME[name].name != name
            variables[name], sources[name] = value, f"environment {name}" if alias else "environment"
            continue
        base = name.removesuffix(FILE_SUFFIX)
        if base == name or base not in BY_NAME:
            problems.append(unknown(name, "environment", _canonical(), "unset it, or see docs/settings.md"))
        elif environment.get(base):
            problems.append(_both(base, name))
        else:
            try:
                variables[base], sources[base] = value_in_file(Path(value)), f"file {value} of environment {name}"
            except ValueError as error:
                problems.append(_unreadable(name, str(error)))
    return Layer(given=_given(variables, sources), problems=tuple(problems))


def _ours(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every variable with a value that is ours, or looks as if it were meant for us."""
    for name, value in sorted(environment.items()):
        if value and (name in BY_NAME or name.removesuffix(FILE_SUFFIX) in BY_NAME or _looks_ours(name, value)):
            yield name, value


def _looks_ours(name: str, value: str) -> bool:
    linked = _SERVICE_LINK.fullmatch(name) or (name.endswith("_PORT") and _SERVICE_URL.match(value))
    return name.startswith(OUR_PREFIXES) and not linked


def _given(variables: Mapping[str, str], sources: Mapping[str, str]) -> dict[str, Given]:
    flat: dict[str, Any] = {}
    for name, value in _Variables(variables)().items():
        if name in GROUPS:
            flat.update({f"{name}.{limit}": inner for limit, inner in value.items()})
        else:
            flat[BY_NAME[name].key if name in BY_NAME else name] = value
    return {
        key: Given(value, sources[next(name for name in BY_KEY[key].names if name in sources)])
        for key, value in flat.items()
    }


def _canonical() -> list[str]:
    return [entry.name for entry in BY_KEY.values()]


def _both(base: str, name: str) -> Problem:
    return Problem(
        setting=base, source="environment", message=f"both {base} and {name} are set", remedy="unset one of them"
    )


def _unreadable(name: str, why: str) -> Problem:
    return Problem(
        setting=name,
        source="environment",
        message=why,
        remedy=f"let {name} name a file that the gateway's user may read and that holds only the value",
    )
