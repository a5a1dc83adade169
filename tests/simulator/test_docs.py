"""docs/simulator.md is complete and its examples are real."""

import json
import re
import tomllib
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from simulator.__main__ import parser as main_parser
from simulator.app import build
from simulator.box import Box
from simulator.calls.options import parser as calls_parser
from simulator.faults import ACTIONS, MATCHES, ROUTES, read_faults
from simulator.state import COUNTS, Settings
from simulator.transcription.__main__ import parser as transcription_parser

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
EXAMPLES: list[Any] = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
EXAMPLES += [tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_is_a_fault_that_can_be_added(example: Any) -> None:
    assert read_faults(example)


def test_every_action_has_an_example() -> None:
    assert {fault.action for example in EXAMPLES for fault in read_faults(example)} == set(ACTIONS)


def test_every_option_of_every_action_is_named() -> None:
    named = {name for action in ACTIONS.values() for name in action.options} | set(MATCHES)
    assert {name for name in named if f"`{name}`" not in PAGE and f'"{name}"' not in PAGE} == set()


@pytest.mark.parametrize(
    "known",
    [ROUTES, COUNTS, [field.name for field in fields(Settings)]],
    ids=["routes", "counts", "settings"],
)
def test_everything_known_is_on_the_page(known: Any) -> None:
    assert [name for name in known if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("parser", [main_parser, transcription_parser, calls_parser])
def test_every_option_of_the_command_line_is_on_the_page(parser: Callable[[], ArgumentParser]) -> None:
    options = [name for action in parser()._actions for name in action.option_strings if name.startswith("--")]
    assert [name for name in options if f"`{name}" not in PAGE and name != "--help"] == []


def test_every_default_is_the_one_on_the_page() -> None:
    defaults = {field.name: getattr(Settings(), field.name) for field in fields(Settings)}
    section = PAGE.partition("## Settings")[2].partition("\n## ")[0]
    rows = [row.split(" | ") for row in section.splitlines() if row.startswith("| `")]
    told = {tuple(re.findall(r"`(\w+)`", row[0])): row[1].replace("`", "") for row in rows}
    assert told == {names: ", ".join(_worded(defaults[name]) for name in names) for names in told}


ADDRESSES = {resource.canonical for resource in build(Box()).router.resources()} - {"/{path}"}


@pytest.mark.parametrize("path", sorted(ADDRESSES))
def test_every_address_is_on_the_page(path: str) -> None:
    short = path[path.index("/participants/") :] if "/participants/" in path else path
    pattern = re.sub(r"\\\{\w+\\\}", r"\\{[^}]+\\}", re.escape(short))
    assert re.search(pattern + "[`?,.]", PAGE), f"{pattern} is not on the page"


def _worded(default: object) -> str:
    """A default as the page has it."""
    if isinstance(default, list):
        return ", ".join(default)
    if default is None or isinstance(default, bool):
        return json.dumps(default)
    return str(default)
