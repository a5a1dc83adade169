"""The nouns of the command line, and that only the one that is named is loaded."""

from typing import Any

import pytest
from typer.main import get_group

from control.cli import build
from control.cli.nouns import NOUNS
from tests.control.cli.conftest import loaded_by

MODULES = {f"control.cli.{module}" for module, _ in NOUNS.values()}


def verbs(noun: str) -> list[str]:
    command: Any = get_group(build()).commands[noun]
    return list(command.commands)


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_verbs(noun: str) -> None:
    assert verbs(noun)


def test_verbs_are_those_of_their_noun() -> None:
    assert verbs("session") == ["list", "restart", "close"]
    assert verbs("token") == ["status", "refresh"]


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        ("--help", set()),
        ("sesion list", set()),
        ("session --help", {"actors"}),
        ("audit verify --help", {"record"}),
        ("rpc mehtods", {"rpc"}),
        ("gateway status --socket /nonexistent", {"gateway"}),
        ("watch --count 1 sim fualts", {"sim"}),
    ],
)
def test_only_the_noun_that_is_named_is_loaded(words: str, loaded: set[str]) -> None:
    assert MODULES & loaded_by(*words.split()) == {f"control.cli.{module}" for module in loaded}
