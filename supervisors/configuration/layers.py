"""A layer: what one place gives, by the settings' keys. A later layer is stronger than an earlier one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisors.configuration.problems import Problem, unknown
from supervisors.settings.entries import BY_KEY

MAX_FILE_BYTES = 1024 * 1024  # of a configuration or a secret; more is the wrong file


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was given, not yet checked, and where."""

    value: Any
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one place gives, and what is wrong there."""

    given: Mapping[str, Given]
    problems: tuple[Problem, ...] = ()


def merged(layers: Iterable[Layer]) -> dict[str, Given]:
    """The strongest value of each setting; `layers` from weak to strong."""
    given: dict[str, Given] = {}
    for layer in layers:
        given.update(layer.given)
    return given


OWN_FLAGS = {"data_dir": "--data-dir", "log.level": "--log-level"}  # all others come by --set


def flags_layer(flags: Mapping[str, object]) -> Layer:
    """Flags by key, e.g. `{"log.level": "DEBUG"}`; None is a flag that was not given."""
    given, problems = {}, []
    for key, value in flags.items():
        source = f"flag {OWN_FLAGS.get(key, f'--set {key}')}"
        if value is None:
            continue
        if key in BY_KEY:
            given[key] = Given(value, source)
        else:
            problems.append(unknown(key, source, BY_KEY, "see docs/settings.md"))
    return Layer(given=given, problems=tuple(problems))


def contents(path: Path) -> str:
    """The text of a small file; ValueError says, without quoting it, why it cannot be had."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from None
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"{path} has over {MAX_FILE_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None


def value_in_file(path: Path) -> str:
    """The one value that a `*_FILE` holds, without the line break at its end; ValueError as `contents`."""
    value = contents(path).rstrip("\r\n")
    if not value:
        raise ValueError(f"{path} is empty")
    return value
