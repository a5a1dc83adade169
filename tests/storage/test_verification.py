"""Whatever is done to a chain is found, at the first place it was done."""

from hypothesis import given
from hypothesis import strategies as st

from storage.record import GENESIS, link, record_json
from storage.verification import Verification, Verifier, verify

Link = tuple[bytes, bytes]


def chain(length: int) -> list[Link]:
    links, head = list[Link](), GENESIS
    for seq in range(1, length + 1):
        record = record_json(seq, "2026-01-01T00:00:00.000Z", "note", f"r-{seq}", "i-1", b"null", b"{}")
        head = link(head, record)
        links.append((record, head))
    return links


def found(links: list[Link]) -> tuple[int | None, str | None]:
    verification = verify(links)
    return verification.bad_seq, verification.damage


lengths = st.integers(2, 12)
places = st.integers(0, 11)


@given(st.integers(0, 12))
def test_an_untouched_chain_is_good(length: int) -> None:
    links = chain(length)
    head = links[-1][1] if links else GENESIS
    assert verify(links) == Verification(records=length, head=head.hex())


@given(lengths, places, st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_found_at_its_record(length: int, place: int, offset: int, flip: int) -> None:
    links, place = chain(length), place % length
    record, claimed = links[place]
    bytes_ = bytearray(record)
    bytes_[offset % len(bytes_)] ^= flip
    links[place] = (bytes(bytes_), claimed)
    bad_seq, damage = found(links)
    assert bad_seq == place + 1
    assert damage == "changed" or place == length - 1  # of the last record nobody can say where it stood


@given(lengths, places)
def test_a_changed_hash_is_found_at_its_record(length: int, place: int) -> None:
    links, place = chain(length), place % length
    links[place] = (links[place][0], bytes(32))
    assert found(links) == (place + 1, "changed")


@given(lengths, places, st.integers(1, 4))
def test_records_taken_out_are_missing(length: int, place: int, number: int) -> None:
    links, place = chain(length + number), place % length
    del links[place : place + number]
    assert found(links) == (place + 1, "missing")


@given(lengths, places, places)
def test_two_records_that_changed_places_are_reordered(length: int, one: int, other: int) -> None:
    links, (one, other) = chain(length), sorted((one % length, other % length))
    links[one], links[other] = links[other], links[one]
    assert found(links) == ((one + 1, "reordered") if one != other else (None, None))


@given(lengths, places, places)
def test_a_record_that_is_there_twice_is_inserted(length: int, one: int, later: int) -> None:
    links, one = chain(length), one % length
    place = one + 1 + later % (length - one)
    links.insert(place, links[one])
    assert found(links) == (place + 1, "inserted")


@given(lengths, places)
def test_a_forged_record_before_the_genuine_one_is_inserted(length: int, place: int) -> None:
    links, place = chain(length), place % length
    forged = record_json(place + 1, "2026-01-01T00:00:00.000Z", "forged", "", "", b"null", b"{}")
    links.insert(place, (forged, bytes(32)))
    assert found(links) == (place + 1, "inserted")


@given(lengths, places)
def test_a_forged_record_with_the_right_hash_breaks_the_link_after_it(length: int, place: int) -> None:
    links, place = chain(length), place % (length - 1)
    forged = record_json(place + 1, "2026-01-01T00:00:00.000Z", "forged", "", "", b"null", b"{}")
    links[place] = (forged, link(links[place - 1][1] if place else GENESIS, forged))
    assert found(links) == (place + 2, "changed")


def test_what_was_cut_off_is_missing_when_somebody_knows_how_long_it_was() -> None:
    verifier = Verifier()
    for record, claimed in chain(3):
        verifier.feed(record, claimed)
    assert verifier.result(last_seq=3).damage is None
    assert verifier.result(last_seq=4).as_json()["first_bad"] == {"seq": 4, "damage": "missing"}


def test_another_head_than_the_known_one_is_a_changed_record() -> None:
    verifier = Verifier()
    for record, claimed in chain(3):
        verifier.feed(record, claimed)
    assert verifier.result(head=bytes(32)).as_json()["first_bad"] == {"seq": 3, "damage": "changed"}


def test_records_that_are_no_json_objects_are_changed_ones() -> None:
    assert found([(b"[]", b""), (b"{", b"")]) == (1, "changed")
