"""A gateway keeps to one core, its audio workers to none; seen by asking the system about its processes."""

import os
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.trips.house import Lodge
from tests.trips.studio import Studio, studios
from tests.trips.wire import PATIENCE_S

ALL = os.sched_getaffinity(0)


def where(pid: int) -> set[int]:
    """All cores that some thread of the process may run on."""
    cores: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # it has ended
            cores |= os.sched_getaffinity(int(task.name))
    return cores


def keeps_to_one(studio: Studio) -> bool:
    """Whether all threads of the gateway are where it says that it is."""
    return where(studio.house.process.pid) == {studio.wire.call("actor.show", name="cores")["facts"]["core"]}


def test_all_threads_of_a_gateway_share_one_core_and_its_workers_have_all() -> None:
    with studios() as studio:
        shown = studio.wire.call("actor.show", name="cores")["facts"]
        assert shown == {"core": shown["core"], "of": sorted(ALL), "moves": shown["moves"]}
        first = studio.ready(studio.wire, "media.1")
        studio.wire.call("actor.restart", name="media.1", reason="the next is started by a thread that is kept")
        second = studio.ready(studio.wire, "media.1")
        assert first != second
        assert where(second) == where(studio.ready(studio.wire, "media.2")) == ALL
        ends_s = monotonic() + PATIENCE_S
        while not keeps_to_one(studio):  # it may be on its way to another one
            assert monotonic() < ends_s


@pytest.mark.skipif(len(ALL) < 2, reason="there is one core only")
def test_where_it_is_left_to_the_system_threads_run_anywhere(lodge: Lodge) -> None:
    house = lodge(one_core="off")
    assert house.wire().error("actor.show", name="cores")["message"]
    assert where(house.process.pid) == ALL
