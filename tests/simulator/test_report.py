from simulator.assist_records import Action
from simulator.report import actions, assist, busiest_second, counts, handshakes_per_s, state, transfer, transfers
from simulator.state import COUNTS, Frame, Transfer, World


def world_with(number: int) -> World:
    world = World()
    for at in range(number):
        found = Transfer(f"t{at}", "i", "genesys://user/a", frames=[Frame(0.5, 1, "opus", 0, "codec_negotiated")])
        world.transfers[found.id] = found
    return world


def test_every_known_count_is_there_from_the_start() -> None:
    told = state(World())["counts"]
    assert {told[name] for name in COUNTS} == {0}
    assert (told["sessions.now"], told["transfers.known"]) == (0, 0)


def test_nothing_is_in_flight_at_the_start() -> None:
    world = World()
    assert assist(world) == {"known": 0, "in_flight": 0, "most_in_flight": 0, "actions": [], "next_offset": None}
    world.assist.in_flight = world.assist.most_in_flight = 2
    assert (counts(world)["assist.in_flight"], counts(world)["assist.most_in_flight"]) == (2, 2)


def test_actions_come_in_pages_and_by_session() -> None:
    world = World()
    for name in ("a", "b", "c"):
        world.assist.actions[name] = Action(name, "sentiment_analysis", "agent", "odd" if name == "b" else "even")
    assert [row["correlation_id"] for row in actions(world, offset=1, limit=1)] == ["b"]
    assert [row["correlation_id"] for row in actions(world, "even")] == ["a", "c"]
    assert assist(world, 0, 2)["next_offset"] == 2


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
