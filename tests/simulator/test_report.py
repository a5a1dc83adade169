from simulator.report import busiest_second, handshakes_per_s, state, transfer, transfers
from simulator.state import COUNTS, Frame, Transfer, World


def world_with(number: int) -> World:
    world = World()
    for at in range(number):
        found = Transfer(f"t{at}", "i", "genesys://user/a", frames=[Frame(0.5, 1, "opus", 0, "codec_negotiated")])
        world.transfers[found.id] = found
    return world


def test_every_known_count_is_there_from_the_start() -> None:
    counts = state(World())["counts"]
    assert {counts[name] for name in COUNTS} == {0}
    assert (counts["sessions.now"], counts["transfers.known"]) == (0, 0)


def test_transfers_come_in_pages() -> None:
    world = world_with(5)
    first = state(world, offset=0, limit=3)
    last = state(world, offset=first["next_offset"], limit=3)
    assert [row["id"] for row in first["transfers"]] == ["t0", "t1", "t2"]
    assert ([row["id"] for row in last["transfers"]], last["next_offset"]) == (["t3", "t4"], None)
    assert len(transfers(world)) == 5


def test_one_transfer_is_shown_with_its_frames() -> None:
    found = transfer(world_with(1), "t0")
    assert found is not None
    assert found["frames"] == [
        {"at_s": 0.5, "session": 1, "codec": "opus", "attempt": 0, "outcome": "codec_negotiated"}
    ]
    assert transfer(World(), "t0") is None


def test_the_secret_is_not_shown() -> None:
    assert state(World())["settings"]["client_secret"] == "***"


def test_handshakes_are_counted_for_every_second_up_to_the_last() -> None:
    world = World()
    world.handshakes_s.extend([0.1, 0.9, 3.0])
    assert handshakes_per_s(world) == [2, 0, 0, 1]
    assert handshakes_per_s(World()) == []


def test_the_busiest_second_begins_anywhere() -> None:
    assert busiest_second([0.1, 0.9, 1.0, 1.05, 2.2]) == 4
    assert busiest_second([]) == 0
