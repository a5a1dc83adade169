"""What a call held is freed when it ends: nothing waits for a collection, of which there are few."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from media.house import House
from messages.media import AudioStreamClosed
from tests.audiohook import STEREO
from tests.media.audiohook_house import audiohook_house, hooked
from tests.media.callers import calling
from tests.media.houses import housed
from tests.media.workers import PATIENCE_S, plan


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def freeing(house: House) -> tuple[threading.Event, threading.Event]:
    """Set when the house's only call is freed, and its transport; to be asked for on its loop."""
    (call,) = house.connections
    assert call.transport is not None
    freed = threading.Event(), threading.Event()
    weakref.finalize(call, freed[0].set)
    weakref.finalize(call.transport.underlying_transport, freed[1].set)
    return freed


@pytest.mark.usefixtures("uncollected")
def test_a_call_of_the_tutorial_is_freed() -> None:
    with housed(plan()) as house:
        with calling(house.port) as caller:
            caller.upgraded().say(range(1, 5))
            freed = house.do(lambda: freeing(house.house))
            caller.hang_up()
            house.line.hears(AudioStreamClosed)
        assert all(one.wait(PATIENCE_S) for one in freed)


@pytest.mark.usefixtures("uncollected")
def test_a_session_of_audiohook_is_freed() -> None:
    with audiohook_house(plan()) as house:
        with hooked(house.port) as caller:
            caller.opened(STEREO)
            caller.audio(160)
            freed = house.on_loop(lambda: freeing(house.house))
            caller.close()
        house.hears(AudioStreamClosed)
        assert all(one.wait(PATIENCE_S) for one in freed)
