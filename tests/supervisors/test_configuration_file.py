from pathlib import Path

import pytest

from supervisors.configuration.file import file_layer
from supervisors.configuration.layers import Given, Layer
from supervisors.configuration.problems import Problem


def layer_of(directory: Path, text: str) -> tuple[Layer, Path]:
    path = directory / "switchboard.toml"
    path.write_text(text)
    return file_layer(path), path


def problem(directory: Path, text: str) -> Problem:
    layer, _ = layer_of(directory, text)
    (found,) = layer.problems
    return found


def test_reads_settings_and_the_tables_of_groups(tmp_path: Path) -> None:
    layer, path = layer_of(
        tmp_path, 'genesys_client_id = "id"\nport = 9000\n[transfers]\nmax_fps = 15\ncodecs = ["opus"]\n'
    )
    assert layer.problems == ()
    assert layer.given == {
        "genesys_client_id": Given("id", f"{path}: genesys_client_id"),
        "port": Given(9000, f"{path}: port"),
        "transfers.max_fps": Given(15, f"{path}: transfers.max_fps"),
        "transfers.codecs": Given(["opus"], f"{path}: transfers.codecs"),
    }


def test_a_secret_may_be_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    layer, path = layer_of(tmp_path, 'genesys_client_secret_file = "secret"\n')
    assert layer.given["genesys_client_secret"] == Given("hunter2", f"file {tmp_path / 'secret'} of {path}")


def test_a_limit_of_a_group_may_be_in_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("whsec_x")
    layer, _ = layer_of(tmp_path, '[webhooks]\nsecret_file = "secret"\ntries = 3\n[log]\nfile = "x"\n')
    assert {key: found.value for key, found in layer.given.items()} == {
        "webhooks.secret": "whsec_x",
        "webhooks.tries": 3,
        "log.file": "x",
    }


@pytest.mark.parametrize(
    ("text", "setting", "remedy"),
    [
        ('genesys_clientid = "x"', "genesys_clientid", "did you mean genesys_client_id?"),
        ("[transfers]\nmax_fsp = 1", "transfers.max_fsp", "did you mean transfers.max_fps?"),
        ("[transfer]\nmax_fps = 1", "transfer", "did you mean transfers?"),
        ("max_fps = 1", "max_fps", "did you mean transfers.max_fps?"),
        ("colour = 1", "colour", "remove it, or see docs/settings.md"),
        ("transfers = 1", "transfers", "write [transfers] and its settings below"),
        ("genesys_client_secret_file = 7", "genesys_client_secret_file", "give a path in quotes"),
        ('port = 1\nport_file = "p"', "port", "remove one of them"),
        ('[webhooks]\nsecret = "s"\nsecret_file = "p"', "webhooks.secret", "remove one of them"),
    ],
)
def test_what_is_wrong_comes_with_what_to_do(tmp_path: Path, text: str, setting: str, remedy: str) -> None:
    found = problem(tmp_path, text)
    assert (found.setting, found.remedy) == (setting, remedy)
    assert str(tmp_path / "switchboard.toml") in found.source


def test_a_value_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    found = problem(tmp_path, 'genesys_client_secret_file = "secret"')
    assert found.message == f"{tmp_path / 'secret'} cannot be read (No such file or directory)"


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    found = problem(tmp_path, 'genesys_client_id = "id"\ngenesys_client_secret = hunter2\n')
    assert "line 2" in found.message
    assert "hunter2" not in str(found)


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (found,) = file_layer(tmp_path / "none.toml").problems
    assert "No such file" in found.message
    assert "--config" in found.remedy


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    layer, _ = layer_of(tmp_path, "\ufeffport = 1\n")
    assert layer.given["port"].value == 1
