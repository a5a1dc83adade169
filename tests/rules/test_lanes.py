"""The queue with lanes."""

from rules.lanes import Lanes


def filled() -> Lanes[str]:
    lanes: Lanes[str] = Lanes(["first", "second"])
    for lane, key in (("second", "a"), ("first", "b"), ("second", "c"), ("first", "d")):
        lanes.put(lane, key, key.upper())
    return lanes


def drained(lanes: Lanes[str], names: tuple[str, ...] = ("first", "second")) -> str:
    taken = []
    while (item := lanes.take(names)) is not None:
        taken.append(item)
    return "".join(taken)


def test_the_first_lane_goes_first_and_each_in_its_order() -> None:
    assert drained(filled()) == "BDAC"


def test_only_the_lanes_asked_for_are_emptied() -> None:
    lanes = filled()
    assert drained(lanes, ("second",)) == "AC"
    assert lanes.any_in(["first"])
    assert not lanes.any_in(["second"])


def test_what_is_put_back_is_the_next_of_its_lane() -> None:
    lanes = filled()
    lanes.put_back("first", "z", "Z")
    assert drained(lanes) == "ZBDAC"


def test_what_is_discarded_never_comes() -> None:
    lanes = filled()
    lanes.discard("d")
    lanes.discard("nobody")
    assert drained(lanes) == "BAC"


def test_counts_what_waits() -> None:
    lanes = filled()
    assert len(lanes) == 4
    assert lanes.waiting() == {"first": 2, "second": 2}
