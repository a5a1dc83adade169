"""Gateways for trips: one that a module shares and nobody breaks, and ones of a test's own."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.trips.house import House, Lodge, lodging
from tests.trips.wire import Wire


@pytest.fixture(scope="module")
def shared() -> Iterator[House]:
    """A gateway that every test of the module uses with interactions of its own; nothing may break its session."""
    with TemporaryDirectory(prefix="trip-") as folder, lodging(Path(folder)) as house:
        yield house.open()


@pytest.fixture
def house(shared: House) -> Iterator[House]:
    """The shared gateway; faults are gone after the test."""
    yield shared
    shared.genesys.remove_faults()


@pytest.fixture
def wire(house: House) -> Iterator[Wire]:
    """A connection to the shared gateway."""
    with house.wire() as connected:
        yield connected


@pytest.fixture
def lodge() -> Iterator[Lodge]:
    """`lodge(transfers__max_retries=1)` is a house with a running gateway of the test's own."""
    numbers = count(1)
    with TemporaryDirectory(prefix="trip-") as folder, ExitStack() as stack:

        def make(*, start: bool = True, **settings: object) -> House:
            place = Path(folder) / str(next(numbers))
            place.mkdir()
            house = stack.enter_context(lodging(place, **settings))
            return house.open() if start else house

        yield make
