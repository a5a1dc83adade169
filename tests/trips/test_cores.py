"""A gateway keeps to one core, its audio workers to none; seen by asking the system about its processes."""

import os
from pathlib import Path

import pytest

from tests.trips.house import Lodge
from tests.trips.studio import studios

ALL = os.sched_getaffinity(0)


def where(pid: int) -> set[int]:
    """All cores that some thread of the process may run on."""
    return set().union(*(os.sched_getaffinity(int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir()))


def test_all_threads_of_a_gateway_share_one_core_and_its_workers_have_all() -> None:
    with studios() as studio:
        shown = studio.wire.call("actor.show", name="cores")["facts"]
        assert shown == {"core": shown["core"], "of": sorted(ALL), "moves": shown["moves"]}
        first = studio.ready(studio.wire, "media.1")
        studio.wire.call("actor.restart", name="media.1", reason="the next is started by a thread that is kept")
        second = studio.ready(studio.wire, "media.1")
        assert first != second
        assert where(second) == where(studio.ready(studio.wire, "media.2")) == ALL
        assert where(studio.house.process.pid) == {studio.wire.call("actor.show", name="cores")["facts"]["core"]}


@pytest.mark.skipif(len(ALL) < 2, reason="there is one core only")
def test_where_it_is_left_to_the_system_threads_run_anywhere(lodge: Lodge) -> None:
    house = lodge(one_core="off")
    assert house.wire().error("actor.show", name="cores")["message"]
    assert where(house.process.pid) == ALL
