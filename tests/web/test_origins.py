"""Which pages may talk to the door."""

import pytest

from web.origins import foreign

HERE = "127.0.0.1:8080"


@pytest.mark.parametrize("host", [HERE, "localhost:8080", "LOCALHOST", "[::1]:8080", "127.8.9.1", None])
def test_programs_on_this_machine_may(host: str | None) -> None:
    assert foreign(None, host, keyless=True) is None


@pytest.mark.parametrize("host", ["evil.example:8080", "192.168.1.5:8080", "", "a b", "localhost.evil.example", "[::1"])
def test_without_keys_a_name_that_was_made_to_point_here_may_not(host: str) -> None:
    assert foreign(None, host, keyless=True) is not None


def test_with_keys_the_door_may_go_by_any_name() -> None:
    assert foreign(None, "switchboard.example", keyless=False) is None


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8080", HERE),
        ("https://switchboard.example", "switchboard.example"),
        ("https://Switchboard.example", "switchboard.example:443"),
        ("http://switchboard.example", "switchboard.example:80"),
    ],
)
def test_its_own_pages_may(origin: str, host: str) -> None:
    assert foreign(origin, host, keyless=False) is None


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://127.0.0.1:8081",
        "http://127.0.0.1:8080.evil.example",
        "http://127.0.0.1:8080/",
        "file://127.0.0.1:8080",
        "http://user@127.0.0.1:8080",
        "127.0.0.1:8080",
    ],
)
def test_pages_of_others_may_not(origin: str) -> None:
    assert foreign(origin, HERE, keyless=False) is not None


def test_an_origin_without_a_host_is_foreign() -> None:
    assert foreign("http://127.0.0.1:8080", None, keyless=False) is not None
