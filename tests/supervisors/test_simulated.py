"""`--simulate`: the settings that point at a simulator, and what a given flag keeps."""

from pathlib import Path
from typing import Any, cast

import pytest

from simulator.process import SimulatorProcess
from supervisors.configuration.load import configure, missing_credentials
from supervisors.places import places
from supervisors.simulated import MEDIA_KEY, flags_for, make_box


class FakeBox:
    """A simulator as it describes itself once it is up."""

    url = "https://127.0.0.1:4711"
    ws_url = "wss://127.0.0.1:4711/api/v2/websocket"
    cdn_url = "https://127.0.0.1:4711/cdn"
    ca_file = Path("/box/ca.pem")
    client_id, client_secret = "sim-client", "sim-secret"
    transcription_addr = "127.0.0.1:4712"


HOME = Path("/home/ada/.local/state/switchboard")


def flags(environment: dict[str, str] | None = None, **given: object) -> dict[str, Any]:
    return flags_for(cast(SimulatorProcess, FakeBox()), HOME, environment or {}, given)


def test_the_gateway_is_pointed_at_the_box_with_all_it_talks_to() -> None:
    made = flags()
    ours = {key: value for key, value in made.items() if str(value).startswith(("https://", "wss://"))}
    assert {value.split("/")[2] for value in ours.values()} == {"127.0.0.1:4711"}
    assert made["genesys_streaming_url"] == "wss://127.0.0.1:4711"
    assert (made["genesys_client_id"], made["genesys_client_secret"]) == ("sim-client", "sim-secret")
    assert made["urls.allow"] == "127.0.0.1"


def test_audio_is_let_in_and_transcribed_in_the_box() -> None:
    made = flags()
    assert (made["transcription_grpc_addr"], made["media_keys"]) == ("127.0.0.1:4712", MEDIA_KEY)
    assert "media_keys" not in flags({"SWITCHBOARD_MEDIA_KEYS": "mine"})


def test_simulated_orders_are_no_part_of_a_real_record() -> None:
    made = flags()
    assert made["data_dir"] == HOME / "simulated"
    assert made["control_socket"] == HOME / "control.sock"


@pytest.mark.parametrize(
    ("environment", "given"), [({"SWITCHBOARD_DATA_DIR": "/mine"}, {}), ({}, {"data_dir": "/mine"})]
)
def test_a_data_directory_that_was_chosen_is_used(environment: dict[str, str], given: dict[str, str]) -> None:
    made = flags(environment, **given)
    assert made.get("data_dir", "/mine") == "/mine"
    assert "control_socket" not in made


def test_a_control_socket_that_was_chosen_is_used() -> None:
    assert "control_socket" not in flags({"SWITCHBOARD_CONTROL_SOCKET": "/run/c.sock"})
    assert flags(control_socket="/run/c.sock")["control_socket"] == "/run/c.sock"


def test_what_was_given_by_flag_stays() -> None:
    made = flags_for(cast(SimulatorProcess, FakeBox()), HOME, {}, {"cdn_base_url": "https://cdn.example", "x.y": 1})
    assert (made["cdn_base_url"], made["x.y"]) == ("https://cdn.example", 1)


def test_a_real_box_makes_settings_that_are_whole(tmp_path: Path) -> None:
    with make_box() as box:
        made = flags_for(box, tmp_path, {}, {})
        settings = configure({}, made).settings
        assert not missing_credentials(settings)
        where = places(settings)
        assert (where.api_url, where.login_url) == (box.url, box.url)
        assert box.events_url.startswith(where.socket_url)
        assert settings.transcription_grpc_addr == (box.transcription_addr,)
        assert settings.media_keys.get_secret_value() == MEDIA_KEY
        assert settings.tls.ca_file is not None
        assert settings.tls.ca_file.is_file()
        pid = box.pid
    assert not box.running
    assert not Path(f"/proc/{pid}").exists()
