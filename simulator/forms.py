"""What a JSON object must look like, as data; and every way in which a given one does not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import SplitResult, urlsplit

import orjson


class BadInput(ValueError):  # noqa: N818 - named for what the caller gave
    """What was asked for cannot be done; `problems` says what is wrong with each field and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `expected` finishes the sentence "expected …"."""

    expected: str
    accepts: Callable[[Any], bool]
    required: bool = False


Form = Mapping[str, Field]


def number(low: float, high: float, *, required: bool = False) -> Field:
    expected = f"a number from {low:g} to {high:g}"
    return Field(expected, lambda given: _is_number(given) and low <= given <= high, required)


def whole(low: int, high: int, *, required: bool = False) -> Field:
    expected = f"a whole number from {low} to {high}"
    return Field(expected, lambda given: type(given) is int and low <= given <= high, required)


def text(*, required: bool = False) -> Field:
    return Field("a text that is not empty", lambda given: isinstance(given, str) and given != "", required)


def texts(*, required: bool = False) -> Field:
    return Field("a list of texts", _is_texts, required)


def flag(*, required: bool = False) -> Field:
    return Field("true or false", lambda given: isinstance(given, bool), required)


def one_of(*choices: str, required: bool = False) -> Field:
    return Field("one of " + ", ".join(choices), lambda given: isinstance(given, str) and given in choices, required)


def url(*, required: bool = False) -> Field:
    expected = "an http or https URL with a host, without user:password or white space"
    return Field(expected, lambda given: split_url(given) is not None, required)


def object_of(expected: str, *, required: bool = False) -> Field:
    """An object whose own fields another form checks."""
    return Field(expected, lambda given: isinstance(given, dict), required)


def read_json(raw: bytes) -> Any:
    """The value in `raw`; BadInput when it is not JSON."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadInput([f"not JSON: {error}"]) from None


def demand(given: Any, form: Form) -> Any:
    """`given`, which fits the form; BadInput with every objection when it does not."""
    if wrong := problems(given, form):
        raise BadInput(wrong)
    return given


def split_url(given: object) -> SplitResult | None:
    """The parts of a URL that a media server could fetch; None when it could not."""
    if not isinstance(given, str) or not given.isprintable() or " " in given:
        return None
    try:
        parts = urlsplit(given)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable and "@" not in parts.netloc else None


def problems(given: object, form: Form, where: str = "") -> list[str]:
    """Every objection to `given`, in the form's order, unknown fields last; empty means that it fits."""
    if not isinstance(given, dict):
        return [f"{where.rstrip('.') or 'the body'}: expected a JSON object, got {_short(given)}"]
    found = [line for name, field in form.items() if (line := _objection(given, name, field, where))]
    return found + [_unknown(name, form, where) for name in given if name not in form]


def _objection(given: dict[str, object], name: str, field: Field, where: str) -> str | None:
    if name not in given:
        return f"{where}{name}: missing; expected {field.expected}" if field.required else None
    if field.accepts(given[name]):
        return None
    return f"{where}{name}: expected {field.expected}, got {_short(given[name])}"


def _unknown(name: object, form: Form, where: str) -> str:
    close = get_close_matches(str(name), form, n=1)
    advice = f"did you mean {close[0]}?" if close else "known are " + ", ".join(form)
    return f"{where}{name}: not a field here; {advice}"


def _short(given: object) -> str:
    shown = repr(given)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _is_texts(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(entry, str) for entry in given)
