from pathlib import Path

import pytest

from supervisors.configuration.environment import environment_layer
from supervisors.configuration.layers import Given
from supervisors.configuration.problems import Problem


def given(**environment: str) -> dict[str, Given]:
    layer = environment_layer(environment)
    assert layer.problems == ()
    return dict(layer.given)


def problem(**environment: str) -> Problem:
    (found,) = environment_layer(environment).problems
    return found


def test_reads_each_kind_of_name() -> None:
    assert given(
        GENESYS_CLIENT_ID="id", PORT="9000", MEDIA_SERVER_WEBHOOK="https://m", SWITCHBOARD_DATA_DIR="/data"
    ) == {
        "genesys_client_id": Given("id", "environment"),
        "port": Given("9000", "environment"),
        "media_server_webhook": Given("https://m", "environment"),
        "data_dir": Given("/data", "environment"),
    }


def test_reads_a_limit_of_a_group() -> None:
    found = given(SWITCHBOARD_TRANSFERS__MAX_FPS="15", SWITCHBOARD_TRANSFERS__CODECS="opus,pcmu")
    assert {key: value.value for key, value in found.items()} == {
        "transfers.max_fps": "15",
        "transfers.codecs": "opus,pcmu",
    }


def test_takes_the_names_of_genesyss_own_tools_and_says_so() -> None:
    found = given(GENESYSCLOUD_OAUTHCLIENT_ID="theirs", GENESYSCLOUD_REGION="mypurecloud.ie")
    assert found["genesys_client_id"] == Given("theirs", "environment GENESYSCLOUD_OAUTHCLIENT_ID")
    assert found["genesys_org_region"] == Given("mypurecloud.ie", "environment GENESYSCLOUD_REGION")


def test_our_own_name_goes_before_theirs() -> None:
    found = given(GENESYSCLOUD_OAUTHCLIENT_ID="theirs", GENESYS_CLIENT_ID="ours")
    assert found["genesys_client_id"] == Given("ours", "environment")


def test_an_empty_value_is_none() -> None:
    assert given(GENESYS_CLIENT_ID="", SWITCHBOARD_TRANSFERS__MAX_FPS="", SWITCHBOARD_NOT_A_SETTING="") == {}


def test_what_is_not_ours_is_left_alone() -> None:
    assert given(HOME="/h", PATH="/bin", GENESYSCLOUD_LOGLEVEL="x", switchboard_colour="red", DATA_DIR="/d") == {}


def test_what_kubernetes_sets_for_a_service_of_our_name_is_left_alone() -> None:
    links = {
        "SWITCHBOARD_SERVICE_HOST": "10.0.0.1",
        "SWITCHBOARD_SERVICE_PORT": "8080",
        "SWITCHBOARD_SERVICE_PORT_HTTP": "8080",
        "SWITCHBOARD_PORT": "tcp://10.0.0.1:8080",
        "SWITCHBOARD_PORT_8080_TCP": "tcp://10.0.0.1:8080",
        "SWITCHBOARD_PORT_8080_TCP_ADDR": "10.0.0.1",
        "GENESYS_MOCK_SERVICE_HOST": "10.0.0.1",
    }
    assert given(**links) == {}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SWITCHBOARD_TRANSFERS__MAX_FSP", "SWITCHBOARD_TRANSFERS__MAX_FPS"),
        ("SWITCHBOARD_TRANSFERS_MAX_FPS", "SWITCHBOARD_TRANSFERS__MAX_FPS"),
        ("SWITCHBOARD_MAX_FPS", "SWITCHBOARD_TRANSFERS__MAX_FPS"),
        ("SWITCHBOARD_PORT", "PORT"),
        ("GENESYS_CLIENTID", "GENESYS_CLIENT_ID"),
        ("GENESYS_REGION", "GENESYS_ORG_REGION"),
        ("GENESYS_CLIENT_SECRET_FLIE", "GENESYS_CLIENT_SECRET"),
    ],
)
def test_an_unknown_setting_comes_with_the_one_that_was_meant(name: str, meant: str) -> None:
    found = problem(**{name: "hunter2"})
    assert found.setting == name
    assert found.remedy == f"did you mean {meant}?"
    assert "hunter2" not in str(found)


def test_an_unknown_setting_like_no_other_has_a_remedy_too() -> None:
    assert problem(SWITCHBOARD_ZZZZ="1").remedy == "unset it, or see docs/settings.md"


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("hunter2\n")
    found = given(GENESYS_CLIENT_SECRET_FILE=str(path))
    assert found["genesys_client_secret"] == Given("hunter2", f"file {path} of environment GENESYS_CLIENT_SECRET_FILE")


def test_any_value_may_be_in_a_file_under_any_of_its_names(tmp_path: Path) -> None:
    path = tmp_path / "value"
    path.write_text("7")
    found = given(SWITCHBOARD_TRANSFERS__MAX_FPS_FILE=str(path), GENESYSCLOUD_OAUTHCLIENT_ID_FILE=str(path))
    assert found["transfers.max_fps"].value == found["genesys_client_id"].value == "7"


def test_a_name_that_ends_in_file_by_itself_is_a_path() -> None:
    assert given(SWITCHBOARD_LOG__FILE="/var/log/x", SWITCHBOARD_TLS__CA_FILE="/ca")["log.file"].value == "/var/log/x"


def test_a_name_and_its_file_together_are_a_problem(tmp_path: Path) -> None:
    found = problem(GENESYS_CLIENT_SECRET="hunter2", GENESYS_CLIENT_SECRET_FILE=str(tmp_path / "secret"))
    assert found.setting == "GENESYS_CLIENT_SECRET"
    assert found.message == "both GENESYS_CLIENT_SECRET and GENESYS_CLIENT_SECRET_FILE are set"
    assert found.remedy == "unset one of them"


@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "No such file"), (b"", "empty"), (b"\n", "empty"), (b"\xff\xfe", "UTF-8"), (b"x" * 1_048_577, "1048576")],
)
def test_a_file_that_gives_no_value_is_a_problem(tmp_path: Path, content: bytes | None, word: str) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    found = problem(GENESYS_CLIENT_SECRET_FILE=str(path))
    assert found.setting == "GENESYS_CLIENT_SECRET_FILE"
    assert str(path) in found.message
    assert word in found.message


def test_all_problems_are_told_and_the_rest_is_read() -> None:
    layer = environment_layer(
        {"SWITCHBOARD_A": "1", "GENESYS_B": "1", "PORT": "1", "PORT_FILE": "/x", "CDN_BASE_URL": "u"}
    )
    assert {found.setting for found in layer.problems} == {"SWITCHBOARD_A", "GENESYS_B", "PORT"}
    assert layer.given["cdn_base_url"].value == "u"
