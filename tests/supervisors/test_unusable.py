"""Settings that can be read, and with which no gateway can run: told by a start, and by `--check-config` as well."""

import pytest

from supervisors.configuration.load import configure
from supervisors.configuration.problems import ConfigurationError
from supervisors.launch import CONFIG, Launch, check, usable
from supervisors.logs import Secrets
from supervisors.unusable import unusable

SERVICE = {"TRANSCRIPTION_GRPC_ADDR": "127.0.0.1:9"}
KEY = "a-key-of-sixteen-letters"


def told(**environment: str) -> list[str]:
    return [str(problem) for problem in unusable(configure(environment, {}).settings)]


def test_the_defaults_can_be_used() -> None:
    assert told() == []
    assert told(**SERVICE) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("GENESYS_DIALECT", "platform", "use `tutorial`"),
        ("SWITCHBOARD_CONTROL__OPERATORS", "nobody-here", "'nobody-here' is no user here"),
        ("SWITCHBOARD_CONTROL__VIEWERS", "@nobody-here", "no @group"),
        ("SWITCHBOARD_HTTP__KEYS", "short", "key 1 has to be 16 to 512"),
        ("SWITCHBOARD_HTTP_LISTEN", "0.0.0.0:8080", "set SWITCHBOARD_HTTP__KEYS"),
        ("SWITCHBOARD_HTTP_LISTEN", "no.such.host.invalid:8080", "no address of this machine"),
        ("SWITCHBOARD_MEDIA_LISTEN", "0.0.0.0:8081", "set SWITCHBOARD_MEDIA_KEYS"),
    ],
)
def test_what_cannot_be_used_is_told_with_what_to_do(name: str, value: str, words: str) -> None:
    (problem,) = told(**{**SERVICE, name: value})
    assert words in problem


def test_a_door_with_keys_may_be_open_and_one_that_is_off_needs_none() -> None:
    assert told(SWITCHBOARD_HTTP_LISTEN="0.0.0.0:8080", SWITCHBOARD_HTTP__KEYS=KEY) == []
    assert told(SWITCHBOARD_MEDIA_LISTEN="0.0.0.0:8081", SWITCHBOARD_MEDIA_KEYS=KEY, **SERVICE) == []
    assert told(SWITCHBOARD_MEDIA_LISTEN="0.0.0.0:8081") == []


def test_a_check_of_the_configuration_tells_all_of_it_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    environment = {
        "GENESYS_DIALECT": "platform",
        "SWITCHBOARD_CONTROL__OPERATORS": "nobody-here",
        "SWITCHBOARD_HTTP__KEYS": "short",
    }
    assert check(Launch(environment=environment, flags={}), simulate=True) == CONFIG
    assert len(capfd.readouterr().err.splitlines()) == len(environment)


def test_a_reload_refuses_what_a_start_would_refuse_and_knows_its_secrets() -> None:
    environment = {
        **SERVICE,
        "GENESYS_CLIENT_ID": "id",
        "GENESYS_CLIENT_SECRET": "a-secret",
        "GENESYS_ORG_REGION": "eu-west-1",
        "SWITCHBOARD_MEDIA_LISTEN": "0.0.0.0:8081",
        "SWITCHBOARD_MEDIA_KEYS": KEY,
    }
    secrets = Secrets()
    read = usable(lambda: configure(environment, {}), secrets)
    assert read().settings.media_keys.get_secret_value() == KEY
    assert secrets.masked(f"{KEY} a-secret") == "**** ****"
    del environment["SWITCHBOARD_MEDIA_KEYS"]
    with pytest.raises(ConfigurationError, match="set SWITCHBOARD_MEDIA_KEYS"):
        read()
