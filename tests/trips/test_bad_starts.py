"""A gateway that cannot run as it is told says what to do, ends with 78, and leaves nothing behind."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trips.house import House, Lodge, Process, transfer

CONFIG = 78
PLACES = ("GENESYS_API_URL", "GENESYS_LOGIN_URL", "GENESYS_STREAMING_URL")
SECRET = "a-secret-nobody-may-read"
SERVICE = "127.0.0.1:9"  # a transcription service; nobody asks whether it is there


@pytest.fixture
def house(lodge: Lodge) -> Iterator[House]:
    """A house with nobody in it; after the test its gateway has left no child, no socket and no lock."""
    empty = lodge(start=False)
    yield empty
    if not empty.socket.is_socket():
        empty.open()  # whatever was claimed is free again


def refused(house: House, *arguments: str, **changes: str | None) -> str:
    """What a start that comes to nothing tells; every line of it is for the operator."""
    process = house.launch(*arguments, **changes)
    assert process.code() == CONFIG, process.log.text
    assert_left_nothing(house, process)
    lines = process.log.text.splitlines()
    assert lines
    assert all(line.startswith("switchboard: ") for line in lines), process.log.text
    assert all("; " in line for line in lines), "what is wrong; what to do"
    assert SECRET not in process.log.text
    return process.log.text


def assert_left_nothing(house: House, process: Process) -> None:
    assert not process.left_something_running()
    assert not house.socket.is_socket()


def test_a_setting_that_does_not_exist_is_told_with_the_one_that_was_meant(house: House) -> None:
    told = refused(house, SWITCHBOARD_TRANSFERS__MAX_FSP="3", GENESYS_CLIENT_SECERT=SECRET)
    assert "did you mean SWITCHBOARD_TRANSFERS__MAX_FPS?" in told
    assert "did you mean GENESYS_CLIENT_SECRET?" in told
    assert list(house.folder.iterdir()) == []


def test_a_flag_that_does_not_exist_is_told_with_the_one_that_was_meant(house: House) -> None:
    assert "did you mean transfers.max_fps?" in refused(house, "--set", "transfers.max_fpz=3")


@pytest.mark.parametrize(
    ("url", "words"),
    [("nonsense", "it has to look like scheme://host"), ("http://api.example.com", "would show the token")],
)
def test_a_bad_url_is_told_with_what_it_should_be(house: House, url: str, words: str) -> None:
    told = refused(house, GENESYS_API_URL=url)
    assert words in told
    assert "GENESYS_API_URL" in told
    assert list(house.folder.iterdir()) == []


def test_every_problem_is_told_at_once(house: House) -> None:
    told = refused(house, "--set", "log.level=loud", PORT="99999", SWITCHBOARD_TRANSFERS__MAX_FPS="lots")
    assert len(told.splitlines()) == 3


def test_missing_credentials_are_named_with_the_way_on(house: House) -> None:
    unset = dict.fromkeys(("GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", *PLACES))
    told = refused(house, **unset)
    for name in ("GENESYS_CLIENT_ID", "GENESYS_CLIENT_SECRET", "GENESYS_ORG_REGION"):
        assert f"set {name} (see docs/settings.md)" in told
    assert "--simulate" in told
    assert list(house.folder.iterdir()) == []


@pytest.mark.parametrize("place", ["/proc/switchboard", "{folder}/a-file/below"])
def test_a_data_directory_that_cannot_be_written_is_told(house: House, place: str) -> None:
    (house.folder / "a-file").write_text("")
    told = refused(house, SWITCHBOARD_DATA_DIR=place.format(folder=house.folder))
    assert "set SWITCHBOARD_CONTROL_SOCKET or SWITCHBOARD_DATA_DIR to a place that can be written" in told


def test_a_store_that_cannot_be_written_is_told_although_the_socket_could_be_had(house: House) -> None:
    told = refused(house, SWITCHBOARD_DATA_DIR="/proc/switchboard", SWITCHBOARD_CONTROL_SOCKET=str(house.socket))
    assert "the data directory /proc/switchboard cannot be written" in told


def test_a_journal_that_is_none_is_told_and_left_as_it_is(house: House) -> None:
    journal = house.folder / "journal.db"
    journal.write_bytes(b"a shopping list\n" * 1000)
    assert "file is not a database" in refused(house)
    assert journal.read_bytes() == b"a shopping list\n" * 1000
    journal.unlink()


def test_a_secret_whose_file_cannot_be_read_is_told_by_its_name(house: House) -> None:
    told = refused(house, GENESYS_CLIENT_SECRET=None, GENESYS_CLIENT_SECRET_FILE="/nowhere/secret")
    assert "/nowhere/secret cannot be read" in told
    assert "let GENESYS_CLIENT_SECRET_FILE name a file" in told


def test_authorities_and_logs_that_cannot_be_used_are_told(house: House) -> None:
    (house.folder / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nTm9uZQ==\n-----END CERTIFICATE-----\n")
    assert "holds no certificate" in refused(house, SWITCHBOARD_TLS__CA_FILE=str(house.folder / "ca.pem"))
    assert "cannot be written" in refused(house, SWITCHBOARD_LOG__FILE="/proc/gateway.log")


def test_an_address_for_audio_that_another_program_has_is_told(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = refused(house, TRANSCRIPTION_GRPC_ADDR=SERVICE, SWITCHBOARD_MEDIA_LISTEN=f"127.0.0.1:{port}")
    assert f"something listens on 127.0.0.1:{port} already" in told
    assert "set SWITCHBOARD_MEDIA_LISTEN to another port" in told


def test_audio_that_anybody_could_send_is_refused(house: House) -> None:
    told = refused(house, TRANSCRIPTION_GRPC_ADDR=SERVICE, SWITCHBOARD_MEDIA_LISTEN="0.0.0.0:0")
    assert "set SWITCHBOARD_MEDIA_KEYS" in told


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SWITCHBOARD_MEDIA_KEYS", f"key:{SECRET}!", "the secret of key 1 is not base64"),
        ("TRANSCRIPTION_GRPC_ADDR", "nonsense", "'nonsense' has to be host:port"),
        ("SWITCHBOARD_TRANSCRIPTION__CA_FILE", "/nowhere/ca.pem", "/nowhere/ca.pem cannot be read"),
        ("SWITCHBOARD_LANGUAGE__LANGUAGES", "en,xx", "'xx' can never be found; known are af, "),
    ],
)
def test_a_setting_of_the_audio_plane_that_will_not_do_is_told(house: House, name: str, value: str, words: str) -> None:
    told = refused(house, **{"TRANSCRIPTION_GRPC_ADDR": SERVICE, "SWITCHBOARD_TRANSCRIPTION__TLS": "on", name: value})
    assert words in told
    assert f"set {name} to" in told


def test_a_certificate_of_the_media_port_that_is_not_there_is_told(house: House) -> None:
    files = {"SWITCHBOARD_MEDIA__CERT_FILE": "/nowhere/cert.pem", "SWITCHBOARD_MEDIA__KEY_FILE": "/nowhere/key.pem"}
    assert "/nowhere/cert.pem cannot be read" in refused(house, TRANSCRIPTION_GRPC_ADDR=SERVICE, **files)


def test_an_operator_who_does_not_exist_is_told(house: House) -> None:
    assert "'nobody-here' is no user here" in refused(house, SWITCHBOARD_CONTROL__OPERATORS="nobody-here")


def test_the_dialect_that_is_not_there_yet_is_refused(house: House) -> None:
    assert "use `tutorial`" in refused(house, GENESYS_DIALECT="platform")


def test_a_bad_start_in_the_box_leaves_no_simulator_running(house: House) -> None:
    told = refused(house, "--simulate", SWITCHBOARD_DATA_DIR="/proc/switchboard")
    assert "place that can be written" in told


def test_a_second_gateway_on_the_same_socket_is_turned_away_and_the_first_goes_on(house: House) -> None:
    house.open()
    elsewhere = house.folder / "elsewhere"
    second = house.launch(SWITCHBOARD_DATA_DIR=str(elsewhere), SWITCHBOARD_CONTROL_SOCKET=str(house.socket))
    assert second.code() == CONFIG
    assert f"another gateway has the control socket {house.socket}; stop it" in second.log.text
    assert not elsewhere.exists()
    assert house.wire().call("transfer.start", **transfer("one"))["status"] == "succeeded"


def test_a_second_gateway_on_the_same_store_is_turned_away_and_the_first_goes_on(house: House) -> None:
    house.open()
    other = house.folder / "other.sock"
    second = house.launch(SWITCHBOARD_CONTROL_SOCKET=str(other))
    assert second.code() == CONFIG
    assert f"another gateway holds the data directory {house.folder}; stop it first" in second.log.text
    assert not other.exists()
    assert house.wire().call("transfer.start", **transfer("one"))["status"] == "succeeded"


def test_wrong_credentials_start_and_say_which_to_mend(house: House) -> None:
    process = house.launch(GENESYS_CLIENT_SECRET=SECRET)
    process.log.await_line("no token")
    process.log.await_line("ready")
    wire = house.wire()
    outcome = wire.call("transfer.start", **transfer("one"))
    assert outcome["status"] == "failed"
    (reason,) = outcome["reasons"]
    assert reason["code"] == "SB-208"
    assert "invalid_client" in reason["message"]
    assert "GENESYS_CLIENT_SECRET" in reason["message"]
    shown = wire.call("token.status")
    assert (shown["state"], shown["generation"]) == ("denied", 0)
    assert "GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET" in shown["remedy"]
    assert SECRET not in process.log.text + str(shown) + str(outcome)
    assert house.genesys.counts()["rest.interaction"] == 0


def test_a_genesys_that_is_not_there_is_no_obstacle_to_the_start(house: House) -> None:
    nobody = "http://127.0.0.1:9"  # the discard port: refused at once
    process = house.launch(**dict.fromkeys(PLACES[:2], nobody), GENESYS_STREAMING_URL="ws://127.0.0.1:9")
    process.log.await_line("ready")
    wire = house.wire()
    assert wire.call("gateway.status")["state"] == "running"
    outcome = wire.call("transfer.start", **transfer("one", deadline_s=1.0))
    assert outcome["status"] == "failed"
    assert outcome["reasons"][0]["remedy"]


def test_check_config_tells_the_same_and_starts_nothing(house: House) -> None:
    assert "did you mean SWITCHBOARD_LOG__LEVEL?" in refused(house, "--check-config", SWITCHBOARD_LOG__LEVL="INFO")
    process = house.launch("--check-config")
    assert process.code() == 0
    assert [path.name for path in Path(house.folder).iterdir()] == []
