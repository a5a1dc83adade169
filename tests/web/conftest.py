"""The probes' house and its door."""

from collections.abc import Iterator

import pytest

from tests.web.house import Door, WebHouse


@pytest.fixture
def house() -> WebHouse:
    return WebHouse()


@pytest.fixture
def door(house: WebHouse) -> Iterator[Door]:
    """An open door without keys, on loopback."""
    with house.door() as opened:
        yield opened
