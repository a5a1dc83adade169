from pathlib import Path

import pytest

from supervisors.configuration.layers import Given, Layer, contents, flags_layer, merged, value_in_file
from supervisors.configuration.problems import ConfigurationError, Problem, unknown


def test_a_later_layer_is_stronger_setting_by_setting() -> None:
    weak = Layer(given={"port": Given(1, "weak"), "log.level": Given("INFO", "weak")})
    strong = Layer(given={"port": Given(2, "strong")})
    assert merged((weak, strong)) == {"port": Given(2, "strong"), "log.level": Given("INFO", "weak")}


def test_a_flag_is_named_as_it_is_typed() -> None:
    layer = flags_layer({"log.level": "DEBUG", "control_socket": "/s"})
    assert layer.given["log.level"].source == "flag --log-level"
    assert layer.given["control_socket"].source == "flag --set control_socket"


def test_a_flag_that_was_not_given_is_none() -> None:
    assert flags_layer({"log.level": None, "colour": None}) == Layer(given={})


def test_an_unknown_flag_comes_with_the_one_that_was_meant() -> None:
    (found,) = flags_layer({"log.levle": "DEBUG"}).problems
    assert (found.setting, found.remedy) == ("log.levle", "did you mean log.level?")


def test_a_value_in_a_file_ends_before_its_line_break(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"  two words \r\n")
    assert value_in_file(path) == "  two words "
    assert contents(path) == "  two words \r\n"


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        contents(tmp_path)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("log.levl", "did you mean log.level?"),
        ("level", "did you mean log.level?"),
        ("SWITCHBOARD_LOG_LEVEL", "did you mean log.level?"),
        ("switchboard_", "look"),
        ("", "look"),
    ],
)
def test_only_a_name_that_is_like_another_is_guessed(name: str, remedy: str) -> None:
    assert unknown(name, "flag", ("log.level", "port"), "look").remedy == remedy


def test_the_error_tells_every_problem_on_a_line_of_its_own() -> None:
    first = Problem(setting="PORT", source="environment", message="it is odd", remedy="make it even")
    second = Problem(setting="CDN_BASE_URL", source="default", message="it is far", remedy="move it")
    error = ConfigurationError([first, second])
    assert error.problems == (first, second)
    assert str(error).splitlines() == [
        "PORT (environment): it is odd; make it even",
        "CDN_BASE_URL (default): it is far; move it",
    ]


def test_what_is_wrong_with_this_host_is_told_without_a_setting() -> None:
    assert str(Problem(message="port 8080 is taken", remedy="stop who has it")) == "port 8080 is taken; stop who has it"
