"""Where Genesys is: the region, and each URL that is set instead."""

from pathlib import Path

import pytest

from supervisors.configuration.load import configure
from supervisors.places import Places, as_socket, places
from supervisors.settings.model import Settings


def settings(folder: Path, **variables: str) -> Settings:
    return configure({"SWITCHBOARD_DATA_DIR": str(folder), **variables}).settings


def test_a_region_says_it_all(tmp_path: Path) -> None:
    assert places(settings(tmp_path, GENESYS_ORG_REGION="mypurecloud.ie")) == Places(
        api_url="https://api.mypurecloud.ie",
        login_url="https://login.mypurecloud.ie",
        socket_url="wss://api.mypurecloud.ie",
    )


def test_each_url_that_is_set_wins_over_the_regions(tmp_path: Path) -> None:
    made = places(
        settings(tmp_path, GENESYS_ORG_REGION="eu-west-1", GENESYS_LOGIN_URL="https://login.example/", PORT="8080")
    )
    assert (made.login_url, made.api_url) == ("https://login.example", "https://api.mypurecloud.ie")


def test_sockets_live_on_the_apis_host_unless_they_are_said_to_live_elsewhere(tmp_path: Path) -> None:
    api = {"GENESYS_API_URL": "https://api.example:8443", "GENESYS_LOGIN_URL": "https://login.example"}
    assert places(settings(tmp_path, **api)).socket_url == "wss://api.example:8443"
    elsewhere = settings(tmp_path, **api, GENESYS_STREAMING_URL="wss://ws.example/")
    assert places(elsewhere).socket_url == "wss://ws.example"


@pytest.mark.parametrize(
    ("url", "socket"),
    [("https://a.example", "wss://a.example"), ("http://127.0.0.1:80", "ws://127.0.0.1:80")],
)
def test_a_socket_is_as_safe_as_what_it_belongs_to(url: str, socket: str) -> None:
    assert as_socket(url) == socket
