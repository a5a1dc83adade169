"""The settings themselves: defaults, bounds, what follows from what. Where values come from is not their business."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from supervisors.settings.model import Settings
from supervisors.settings.values import signing_secrets

SIGNING = "whsec_" + "QUJD" * 8


def wrong(**given: Any) -> set[str]:
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate(given)
    errors = (error for error in refused.value.errors() if error["type"] != "default_factory_not_called")
    return {".".join(map(str, error["loc"])) for error in errors}


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = Settings()
    assert settings.transfers.max_bandwidth_kbps == 128
    assert settings.transfers.codecs == ("opus", "g722", "pcmu")
    assert (settings.transfers.max_fps, settings.transfers.max_retries) == (30, 3)
    assert (settings.transfers.answer_timeout_s, settings.transfers.pong_timeout_s) == (10.0, 3.0)
    assert (settings.breaker.failures, settings.breaker.reset_s) == (5, 30.0)
    assert settings.sessions.connects_per_s == 100
    assert settings.sessions.handshake_timeout_s == 15.0
    assert settings.genesys_dialect == "tutorial"
    assert settings.http_listen == "127.0.0.1:8080"


def test_nothing_can_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError):
        Settings().transfers.max_fps = 1


def test_the_control_socket_is_in_the_data_directory_unless_it_is_set() -> None:
    assert Settings(data_dir=Path("/data")).control_socket == Path("/data/control.sock")
    assert Settings(data_dir=Path("/data"), control_socket=Path("/run/sb.sock")).control_socket == Path("/run/sb.sock")


def test_a_data_directory_too_deep_for_a_socket_is_told() -> None:
    assert wrong(data_dir="/deep" * 21) == {"control_socket"}  # 105 bytes and /control.sock
    assert wrong(control_socket="/" + "ü" * 54) == {"control_socket"}  # 109 bytes, though 55 letters
    assert Settings.model_validate({"control_socket": "/" + "s" * 106}).control_socket.name == "s" * 106


def test_port_is_the_port_of_http_listen_where_that_is_not_set() -> None:
    assert Settings(port=9000).http_listen == "127.0.0.1:9000"
    assert Settings(port=9000, http_listen="0.0.0.0:8000").http_listen == "0.0.0.0:8000"


def test_two_doors_at_one_address_are_refused_but_not_two_free_ones() -> None:
    assert wrong(port=8081) == {"media_listen"}
    assert Settings(http_listen="127.0.0.1:0", media_listen="127.0.0.1:0").port is None


@pytest.mark.parametrize("name", ["us", "us-east-1", "us_east_1", "mypurecloud.com", "api.mypurecloud.com"])
def test_a_region_goes_by_any_of_its_names(name: str) -> None:
    assert Settings(genesys_org_region=name).genesys_org_region == "us_east_1"


def test_lists_may_be_words_or_lists() -> None:
    settings = Settings.model_validate(
        {"transfers": {"codecs": "pcmu, opus"}, "token": {"scopes": "a:b c:d"}, "urls": {"allow": ["::1", "a.example"]}}
    )
    assert settings.transfers.codecs == ("pcmu", "opus")
    assert settings.token.scopes == ("a:b", "c:d")
    assert settings.urls.allow == ("::1", "a.example")


def test_a_level_is_taken_in_small_letters() -> None:
    assert Settings.model_validate({"log": {"level": "debug"}}).log.level == "DEBUG"


def test_webhooks_may_go_where_the_list_says() -> None:
    hook = "http://127.0.0.1:9/hook"
    assert wrong(media_server_webhook=hook) == {"media_server_webhook"}
    assert Settings.model_validate({"media_server_webhook": hook, "urls": {"allow": "127.0.0.1"}})
    assert wrong(media_server_webhook=hook, urls={"allow": "http://127.0.0.1"}) == {"urls.allow"}


def test_several_signing_secrets_stand_in_one_setting() -> None:
    settings = Settings.model_validate({"webhooks": {"secret": f"{SIGNING}, {SIGNING}QUJD"}})
    assert signing_secrets(settings.webhooks.secret) == (SIGNING, SIGNING + "QUJD")
    assert signing_secrets(Settings().webhooks.secret) == ()


@pytest.mark.parametrize("secret", ["hunter2", "whsec_", "whsec_QUJD", "whsec_!!!!", "whsec_" + "QUJD" * 30])
def test_a_signing_secret_has_a_form(secret: str) -> None:
    assert wrong(webhooks={"secret": secret}) == {"webhooks.secret"}


@pytest.mark.parametrize(
    ("group", "limit", "values"),
    [
        ("transfers", "max_bandwidth_kbps", [0, -1, 1_000_001, "many", "1.5", 1.5, True, None]),
        ("transfers", "answer_timeout_s", [-1, 0, 301, "nan", "inf", float("nan"), "10s", True]),
        ("transfers", "codecs", ["", ",", "opus,opus", "op us/3", 7, [1], {"opus": 1}]),
        ("transfers", "max_retries", [-1, 11]),
        ("rest", "workers", [0, 257]),
        ("sessions", "pong_timeout_s", [0, 21]),
        ("webhooks", "last_delay_s", [0, 4, 604_801]),
        ("control", "operators", ["a b!", "@", "alice,alice", 1000]),
        ("token", "scopes", ['say "hi"', "a,a"]),
        ("log", "level", ["LOUD", 7]),
        ("log", "format", ["xml"]),
        ("tls", "ca_file", [7]),
        ("urls", "allow", ["https://a.example", "10.0.0.0/33", "a.example/path"]),
    ],
)
def test_each_limit_has_its_bounds(group: str, limit: str, values: list[object]) -> None:
    for value in values:
        (place,) = wrong(**{group: {limit: value}})
        assert place.startswith(f"{group}.{limit}"), value


def test_unknown_names_are_refused_in_every_group() -> None:
    assert wrong(colour="red", transfers={"max_fsp": 1}) == {"colour", "transfers.max_fsp"}


def test_no_secret_is_in_the_text_of_the_settings_or_of_their_error() -> None:
    settings = Settings(genesys_client_secret=SecretStr("hunter2"), store_url=SecretStr("postgresql://u:hunter2@h/d"))
    assert "hunter2" not in f"{settings} {settings!r}"
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"webhooks": {"secret": "hunter2"}, "store_url": "mysql://u:hunter2@h/d"})
    assert "hunter2" not in str(refused.value)


def test_the_settings_read_neither_environment_nor_files() -> None:
    program = """
import sys
from supervisors.settings.model import Settings
seen = []
sys.addaudithook(lambda event, args: seen.append(event) if event in {"open", "os.listdir"} else None)
assert Settings().port is None and Settings().transfers.max_fps == 30, Settings()
assert not seen, seen
"""
    environment = {"PORT": "9", "GENESYS_CLIENT_ID": "x", "SWITCHBOARD_TRANSFERS__MAX_FPS": "1"}
    run = subprocess.run([sys.executable, "-c", program], env=environment, cwd=Path(__file__).parents[2], check=False)
    assert run.returncode == 0
