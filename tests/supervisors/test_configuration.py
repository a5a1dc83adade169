"""The whole: which place wins, what is told when it cannot be used, what is shown of it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from trustme import CA

from supervisors.configuration.explain import changed, explain
from supervisors.configuration.load import Configured, configure, missing_credentials
from supervisors.configuration.problems import ConfigurationError, Problem

NOBODY = 65_534


@pytest.fixture
def here(short_path: Path) -> Path:
    return short_path


def load(here: Path, environment: Mapping[str, str], flags: Mapping[str, object] | None = None) -> Configured:
    return configure({"HOME": str(here), **environment}, flags, system_file=here / "etc.toml", uid=NOBODY)


def problems(here: Path, environment: Mapping[str, str], flags: Mapping[str, object] | None = None) -> list[Problem]:
    with pytest.raises(ConfigurationError) as refused:
        load(here, environment, flags)
    return list(refused.value.problems)


def problem(here: Path, **environment: str) -> Problem:
    (found,) = problems(here, environment)
    return found


def test_nothing_set_gives_the_defaults(here: Path) -> None:
    configured = load(here, {})
    assert configured.settings.data_dir == here / ".local" / "state" / "switchboard"
    assert set(configured.sources.values()) == {"default"}


def test_flags_go_before_the_environment_before_the_file_before_the_default(here: Path) -> None:
    (here / "etc.toml").write_text("[transfers]\nmax_fps = 1\nmax_retries = 1\nmax_bandwidth_kbps = 1\n")
    environment = {"SWITCHBOARD_TRANSFERS__MAX_FPS": "2", "SWITCHBOARD_TRANSFERS__MAX_RETRIES": "2"}
    configured = load(here, environment, {"transfers.max_fps": 3, "log.level": None})
    limits, sources = configured.settings.transfers, configured.sources
    assert (limits.max_fps, sources["transfers.max_fps"]) == (3, "flag --set transfers.max_fps")
    assert (limits.max_retries, sources["transfers.max_retries"]) == (2, "environment")
    assert limits.max_bandwidth_kbps == 1
    assert sources["transfers.max_bandwidth_kbps"] == f"{here / 'etc.toml'}: transfers.max_bandwidth_kbps"
    assert (limits.answer_timeout_s, sources["transfers.answer_timeout_s"]) == (10.0, "default")


def test_a_secret_in_a_file_of_the_environment_goes_before_one_in_the_configuration(here: Path) -> None:
    (here / "etc.toml").write_text('genesys_client_secret = "weak"')
    (here / "secret").write_text("strong")
    configured = load(here, {"GENESYS_CLIENT_SECRET_FILE": str(here / "secret")})
    assert configured.settings.genesys_client_secret.get_secret_value() == "strong"


def test_the_file_in_the_data_directory_goes_before_the_systems(here: Path) -> None:
    (here / "etc.toml").write_text("port = 1")
    assert load(here, {"SWITCHBOARD_DATA_DIR": str(here)}).settings.port == 1
    (here / "switchboard.toml").write_text("port = 2")
    assert load(here, {"SWITCHBOARD_DATA_DIR": str(here)}).settings.port == 2
    assert load(here, {}, {"data_dir": here}).settings.port == 2


def test_the_file_that_is_named_goes_before_both_and_has_to_be_there(here: Path) -> None:
    (here / "etc.toml").write_text("port = 1")
    (here / "own.toml").write_text("port = 3")
    assert configure({}, file=here / "own.toml", system_file=here / "etc.toml", uid=NOBODY).settings.port == 3
    with pytest.raises(ConfigurationError, match="No such file"):
        configure({}, file=here / "none.toml", system_file=here / "etc.toml", uid=NOBODY)


def test_port_moves_the_http_door_and_says_so(here: Path) -> None:
    configured = load(here, {"PORT": "9000"})
    assert configured.settings.http_listen == "127.0.0.1:9000"
    assert configured.sources["http_listen"] == "default, from PORT"
    assert load(here, {"PORT": "9000", "SWITCHBOARD_HTTP_LISTEN": "[::]:80"}).settings.http_listen == "[::]:80"


def test_the_control_socket_follows_the_data_directory(here: Path) -> None:
    configured = load(here, {"SWITCHBOARD_DATA_DIR": "/data"})
    assert configured.settings.control_socket == Path("/data/control.sock")
    assert configured.sources["control_socket"] == "default, from SWITCHBOARD_DATA_DIR"


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("SWITCHBOARD_TRANSFERS__ANSWER_TIMEOUT_S", "-1", "'-1' is not a number from 0.1 to 300"),
        ("SWITCHBOARD_REST__WORKERS", "many", "'many' is not a whole number from 1 to 256"),
        ("PORT", "99999", "'99999' is not a whole number from 0 to 65535"),
        ("GENESYS_DIALECT", "klingon", "'klingon' is not one of tutorial, platform"),
        ("GENESYS_API_URL", "http://api.mypurecloud.ie", "http:// would show the token to the network"),
        ("GENESYS_API_URL", "api.mypurecloud.ie", "the URL is malformed"),
        ("GENESYS_STREAMING_URL", "https://streaming.mypurecloud.ie", "the URL has to start with wss://"),
        ("GENESYS_ORG_REGION", "eu-west-9", "no Genesys Cloud region: did you mean eu-west-"),
        ("MEDIA_SERVER_WEBHOOK", "http://10.0.0.1/hook", "it has to be https, unless SWITCHBOARD_URLS__ALLOW"),
        ("SWITCHBOARD_STORE_URL", "mysql://u:hunter2@db/x", "mysql:// is no store"),
        ("SWITCHBOARD_CONTROL_SOCKET", "/" + "s" * 120, "the path has 121 bytes"),
        ("SWITCHBOARD_HTTP_LISTEN", "8080", "'8080' has to be host:port"),
        ("SWITCHBOARD_TRANSFERS__CODECS", ",", "at least one codec is needed"),
        ("SWITCHBOARD_LOG__LEVEL", "loud", "'loud' is not one of TRACE, DEBUG"),
        ("SWITCHBOARD_SESSIONS__PONG_TIMEOUT_S", "30", "30 s is longer than the 20 s between pings"),
        ("SWITCHBOARD_WEBHOOKS__SECRET", "hunter2", "each secret has to be whsec_"),
        ("SWITCHBOARD_TLS__CA_FILE", "/no/such/ca.pem", "/no/such/ca.pem cannot be read"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_its_remedy(here: Path, name: str, value: str, word: str) -> None:
    found = problem(here, **{name: value})
    assert found.setting == name
    assert found.source == "environment"
    assert word in found.message
    assert found.remedy
    assert "hunter2" not in str(found)


def test_the_remedy_names_the_default(here: Path) -> None:
    assert problem(here, SWITCHBOARD_TRANSFERS__MAX_FPS="0").remedy == "correct it, or leave it out for the default, 30"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not one",
        "kein Schlüssel",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nTm9uZQ==\n-----END CERTIFICATE-----\n",
    ],
)
def test_a_file_of_authorities_without_certificates_is_a_problem(here: Path, text: str) -> None:
    (here / "ca.pem").write_text(text)
    assert "holds no certificate" in problem(here, SWITCHBOARD_TLS__CA_FILE=str(here / "ca.pem")).message


def test_a_file_of_authorities_is_taken(here: Path) -> None:
    (here / "ca.pem").write_bytes("# Zürich\n".encode() + CA().cert_pem.bytes())
    assert load(here, {"SWITCHBOARD_TLS__CA_FILE": str(here / "ca.pem")}).settings.tls.ca_file == here / "ca.pem"


def test_a_value_in_the_wrong_form_for_its_file_is_told_with_its_place(here: Path) -> None:
    (here / "etc.toml").write_text("genesys_client_id = 7\ngenesys_client_secret = 8\n[transfers]\nmax_fps = true\n")
    found = {each.setting: each for each in problems(here, {})}
    assert found["GENESYS_CLIENT_ID"].message == "7 is not text"
    assert found["GENESYS_CLIENT_ID"].source == f"{here / 'etc.toml'}: genesys_client_id"
    assert found["GENESYS_CLIENT_SECRET"].message == "the value is not text"
    assert "true" in found["SWITCHBOARD_TRANSFERS__MAX_FPS"].message


def test_all_problems_of_all_places_are_told_at_once(here: Path) -> None:
    (here / "etc.toml").write_text("colour = 1\n[rest]\nworkers = 0\n")
    environment = {
        "SWITCHBOARD_TYPO": "1",
        "GENESYS_CLIENT_SECRET_FILE": "/no/such/secret",
        "SWITCHBOARD_DRAIN__TIMEOUT_S": "-1",
    }
    found = problems(here, environment, {"log_level": "DEBUG"})
    assert [each.setting for each in found] == [
        "colour",
        "GENESYS_CLIENT_SECRET_FILE",
        "SWITCHBOARD_TYPO",
        "log_level",
        "SWITCHBOARD_REST__WORKERS",
        "SWITCHBOARD_DRAIN__TIMEOUT_S",
    ]
    assert found[3].remedy == "did you mean log.level?"


def test_the_error_has_a_line_for_each_problem_and_keeps_nothing_else(here: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(here, {"SWITCHBOARD_WEBHOOKS__SECRET": "hunter2", "PORT": "x"})
    assert len(str(refused.value).splitlines()) == len(refused.value.problems) == 2
    assert "hunter2" not in repr(refused.value)
    assert refused.value.__context__ is None


def test_explains_every_value_without_its_secrets(here: Path) -> None:
    environment = {
        "GENESYS_CLIENT_SECRET": "hunter2",
        "GENESYSCLOUD_OAUTHCLIENT_ID": "client",
        "SWITCHBOARD_STORE_URL": "postgresql://user:hunter2@db.example.com/switchboard",
        "SWITCHBOARD_WEBHOOKS__SECRET": "whsec_" + "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==",
    }
    rows = {row.name: row for row in explain(load(here, environment, {"log.level": "DEBUG"}))}
    assert rows["GENESYS_CLIENT_ID"][1:] == ("client", "environment GENESYSCLOUD_OAUTHCLIENT_ID")
    assert rows["GENESYS_CLIENT_SECRET"][1:] == ("****", "environment")
    assert rows["SWITCHBOARD_WEBHOOKS__SECRET"].value == "****"
    assert rows["SWITCHBOARD_LOG__LEVEL"][1:] == ("DEBUG", "flag --log-level")
    assert rows["SWITCHBOARD_TRANSFERS__CODECS"][1:] == ("opus,g722,pcmu", "default")
    assert "hunter2" not in str(rows)


def test_tells_what_a_reload_would_change(here: Path) -> None:
    before = load(here, {"SWITCHBOARD_DRAIN__TIMEOUT_S": "5"})
    after = load(here, {"SWITCHBOARD_DRAIN__TIMEOUT_S": "5", "SWITCHBOARD_LOG__LEVEL": "DEBUG", "PORT": "9000"})
    assert changed(before, after) == ("port", "http_listen", "log.level")
    assert changed(before, before) == ()


def test_says_which_credentials_are_missing_and_how_to_go_on_without(here: Path) -> None:
    found = missing_credentials(load(here, {"GENESYS_CLIENT_ID": "id"}).settings)
    assert [each.setting for each in found] == ["GENESYS_CLIENT_SECRET", "GENESYS_ORG_REGION"]
    assert all("--simulate" in each.remedy for each in found)


def test_the_region_may_be_left_out_where_the_hosts_are_given(here: Path) -> None:
    environment = {"GENESYS_CLIENT_ID": "id", "GENESYS_CLIENT_SECRET": "s"}
    hosts = {"GENESYS_API_URL": "http://127.0.0.1:1", "GENESYS_LOGIN_URL": "http://127.0.0.1:1"}
    assert len(missing_credentials(load(here, environment).settings)) == 1
    assert missing_credentials(load(here, environment | hosts).settings) == ()
    assert missing_credentials(load(here, environment | {"GENESYS_ORG_REGION": "mypurecloud.de"}).settings) == ()
