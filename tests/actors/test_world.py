"""The real world's identities, clocks and chance."""

from uuid import UUID

from actors.world import RealWorld


def test_ids_sort_in_the_order_in_which_they_were_minted() -> None:
    world = RealWorld()
    minted = [world.new_id() for _ in range(10_000)]
    assert minted == sorted(minted)
    assert len(set(minted)) == len(minted)


def test_ids_are_uuids_of_version_seven() -> None:
    minted = UUID(RealWorld().new_id())
    assert (minted.version, minted.variant) == (7, "specified in RFC 4122")


def test_the_wall_clock_is_aware_and_chance_is_a_share() -> None:
    world = RealWorld()
    assert world.utc_now().utcoffset() is not None
    assert 0.0 <= world.random() < 1.0
    assert world.monotonic() <= world.monotonic()
