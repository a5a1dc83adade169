"""What the log says: one line for one record, no secret, as much of each module as was asked for."""

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import orjson
import pytest
from loguru import logger

from messages.gateway import LogLevel
from supervisors.logs import ORDER, Levels, Secrets, start_logging
from supervisors.settings.groups import Log

DEBUG, INFO, WARNING = ORDER["DEBUG"], ORDER["INFO"], ORDER["WARNING"]


@pytest.fixture(autouse=True)
def logging_is_put_back() -> Iterator[None]:
    yield
    logger.remove()
    logger.configure(patcher=lambda _record: None)
    logger.add(sys.stderr)


def written(message: str, *secrets: str, level: LogLevel = "INFO", **settings: object) -> str:
    """What one record of this module makes of the log."""
    stream = StringIO()
    start_logging(Log.model_validate(settings), Levels(level), Secrets(secrets), stream)
    logger.info("{}", message)
    return stream.getvalue()


# --- lines -----------------------------------------------------------------------------------------------------------


def test_a_record_is_a_line_with_time_level_and_place() -> None:
    line = written("all is well")
    assert line.endswith("Z INFO     tests.supervisors.test_logs: all is well\n")


@pytest.mark.parametrize(
    "forged", ["a\n2026-01-01 INFO root: fine", "a\r\nb", "a\x1b[2Jb", "a\x00b", "a\u2028b", "a\u202eb", "a\x85b"]
)
def test_no_line_can_be_forged_and_no_terminal_steered(forged: str) -> None:
    (line,) = written(forged).splitlines()
    assert line.isprintable()


def test_half_a_character_does_not_stop_the_log(tmp_path: Path) -> None:
    start_logging(Log(file=tmp_path / "log"), Levels("INFO"), Secrets())
    logger.info("{}", "a\udc80b")
    logger.remove()
    assert "a\\udc80b" in (tmp_path / "log").read_text()


def test_braces_in_what_others_say_are_no_format() -> None:
    assert "{extra[where]} {0}" in written("{extra[where]} {0}")


def test_as_json_it_is_an_object_a_line() -> None:
    told = orjson.loads(written("a\nb", format="json"))
    assert told["record"]["message"] == "a\\nb"


def test_it_goes_to_a_file_where_one_is_set(tmp_path: Path) -> None:
    start_logging(Log(file=tmp_path / "log"), Levels("INFO"), Secrets())
    logger.info("here")
    logger.remove()
    assert "here" in (tmp_path / "log").read_text()


def test_a_traceback_shows_no_values() -> None:
    stream = StringIO()
    start_logging(Log(), Levels("INFO"), Secrets(), stream)
    hidden, empty = "canary", dict[int, str]()
    try:
        _ = empty[len(hidden)]
    except KeyError:
        logger.exception("it failed")
    assert "KeyError" in stream.getvalue()
    assert "canary'" not in stream.getvalue()


# --- secrets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["hush-hush", "Basic hush-hush, twice hush-hush", "xhush-hushx"])
def test_secrets_are_masked_wherever_they_are(said: str) -> None:
    line = written(said, "hush-hush")
    assert "hush" not in line
    assert "****" in line


@pytest.mark.parametrize("secret", ["whsec_first00", "whsec_second0", "key-of-media", "c2VjcmV0LXNlY3JldA=="])
def test_of_a_list_of_secrets_each_one_is(secret: str) -> None:
    lists = ("whsec_first00 whsec_second0", "key-of-media:c2VjcmV0LXNlY3JldA==,other-key-of")
    assert secret not in written(f"it was {secret}.", *lists)


def test_one_that_begins_with_another_is_masked_as_a_whole() -> None:
    assert "-longer" not in written("secret-0-longer", "secret-0", "secret-0-longer")


def test_one_that_becomes_known_later_is_masked_from_then_on_beside_those_before() -> None:
    stream, secrets = StringIO(), Secrets(["the-old-key"])
    start_logging(Log(), Levels("INFO"), secrets, stream)
    secrets.add(["the-new-key"])
    logger.info("the-old-key the-new-key")
    assert stream.getvalue().endswith(": **** ****\n")


def test_no_secret_at_all_masks_nothing() -> None:
    assert "all is well" in written("all is well", "")


# --- levels -----------------------------------------------------------------------------------------------------


def test_what_is_below_the_level_is_not_written() -> None:
    assert written("quiet", level="WARNING") == ""


def test_the_longest_matching_name_decides() -> None:
    levels = Levels("INFO")
    levels.set("WARNING", "actors")
    levels.set("DEBUG", "actors.rest")
    assert levels.admits("actors.rest", DEBUG)
    assert levels.admits("actors.rest.deeper", DEBUG)
    assert not levels.admits("actors.resting", INFO)
    assert not levels.admits("actors", INFO)
    assert levels.admits("clients.rest", INFO)
    assert not levels.admits("clients.rest", DEBUG)
    assert levels.admits(None, INFO)


def test_a_module_goes_back_to_what_holds_for_all() -> None:
    levels = Levels("INFO")
    levels.set("DEBUG", "actors.rest")
    levels.reset("actors.rest")
    levels.reset("never.set")
    assert not levels.admits("actors.rest", DEBUG)


def test_everything_goes_back_to_the_settings_and_modules_stay() -> None:
    levels = Levels("INFO")
    levels.set("DEBUG", None)
    levels.set("WARNING", "actors")
    assert levels.admits("clients", DEBUG)
    levels.reset(None)
    assert not levels.admits("clients", DEBUG)
    assert not levels.admits("actors", INFO)
    levels.set("DEBUG", None)
    levels.reset("actors")
    assert levels.admits("actors", DEBUG)


def test_the_settings_may_change_their_mind() -> None:
    levels = Levels("INFO")
    levels.set("DEBUG", "actors")
    levels.configure("WARNING")
    assert not levels.admits("clients", INFO)
    assert levels.admits("actors", DEBUG)
    levels.reset(None)
    assert not levels.admits("clients", INFO)


def test_levels_change_while_it_logs() -> None:
    stream, levels = StringIO(), Levels("WARNING")
    start_logging(Log(), levels, Secrets(), stream)
    logger.info("unheard")
    levels.set("INFO", "tests.supervisors")
    logger.info("heard")
    assert stream.getvalue().count("\n") == 1
