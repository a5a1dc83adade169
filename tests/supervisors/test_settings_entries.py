from pathlib import Path

from pydantic import SecretStr

from supervisors.settings.entries import BY_KEY, BY_NAME, ENTRIES, GROUPS
from supervisors.settings.model import Settings

LITERAL = {
    "GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", "GENESYS_ORG_REGION", "GENESYS_DIALECT", "GENESYS_API_URL",
    "GENESYS_LOGIN_URL", "GENESYS_STREAMING_URL", "MEDIA_SERVER_WEBHOOK", "CRM_WEBHOOK_URL", "QA_WEBHOOK_URL",
    "CDN_BASE_URL", "TRANSCRIPTION_GRPC_ADDR", "PORT", "SWITCHBOARD_DATA_DIR", "SWITCHBOARD_STORE_URL",
    "SWITCHBOARD_CONTROL_SOCKET", "SWITCHBOARD_HTTP_LISTEN", "SWITCHBOARD_MEDIA_LISTEN", "SWITCHBOARD_MEDIA_KEYS",
    "SWITCHBOARD_URLS__ALLOW", "SWITCHBOARD_WEBHOOKS__SECRET", "SWITCHBOARD_ASSIST__MAX_IN_FLIGHT",
    "SWITCHBOARD_SESSIONS__CONNECTS_PER_S",
}  # fmt: skip


def test_every_name_of_the_design_is_a_setting() -> None:
    assert set(BY_NAME) >= LITERAL


def test_the_names_of_genesyss_own_tools_are_taken_too() -> None:
    assert BY_NAME["GENESYSCLOUD_OAUTHCLIENT_ID"].key == "genesys_client_id"
    assert BY_NAME["GENESYSCLOUD_OAUTHCLIENT_SECRET"].key == "genesys_client_secret"
    assert BY_NAME["GENESYSCLOUD_REGION"].key == "genesys_org_region"


def test_no_two_settings_share_a_name() -> None:
    assert len(BY_NAME) == sum(len(entry.names) for entry in ENTRIES)
    assert len(BY_KEY) == len(ENTRIES)


def test_every_setting_says_what_it_means_and_every_number_its_bounds() -> None:
    for entry in ENTRIES:
        assert str(entry.field.description).endswith("."), entry.key
        if entry.field.annotation in (int, float):
            low, high = entry.bounds
            assert low is not None, entry.key
            assert low < high, entry.key


def test_every_measure_carries_its_unit() -> None:
    measures = {entry.unit for entry in ENTRIES if entry.field.annotation is float}
    assert measures == {"seconds", "days", "LUFS", "dBTP", "of 1"}


def test_a_limit_is_found_by_its_group() -> None:
    entry = BY_KEY["transfers.max_fps"]
    assert "transfers" in GROUPS
    assert entry.name == "SWITCHBOARD_TRANSFERS__MAX_FPS"
    assert entry.value(Settings()) == 30
    assert entry.expects == "a whole number from 1 to 240"


def test_secrets_are_never_shown() -> None:
    settings = Settings(
        genesys_client_secret=SecretStr("hunter2"),
        media_keys=SecretStr("hunter2"),
        store_url=SecretStr("postgresql://user:hunter2@db.example.com/switchboard"),
        media_server_webhook="https://media.example.com/?key=hunter2",
    )
    shown = {entry.key: entry.shown(entry.value(settings)) for entry in ENTRIES}
    assert "hunter2" not in str(shown)
    assert shown["genesys_client_secret"] == shown["media_keys"] == "****"
    assert shown["store_url"] == "postgresql://user:****@db.example.com/switchboard"


def test_values_are_shown_as_they_could_be_typed() -> None:
    assert BY_KEY["transfers.codecs"].shown(("opus", "pcmu")) == "opus,pcmu"
    assert BY_KEY["webhooks.last_delay_s"].shown(604_800.0) == "604800"
    assert BY_KEY["data_dir"].shown(Path("/data")) == "/data"
    assert BY_KEY["genesys_client_secret"].shown(SecretStr("")) == ""
    assert BY_KEY["port"].shown(None) == ""
    assert BY_KEY["port"].shown(0) == "0"
