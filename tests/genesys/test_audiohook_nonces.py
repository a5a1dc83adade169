"""A nonce is good once, in a table that may be anybody's memory."""

from hypothesis import given, settings
from hypothesis import strategies as st

from genesys.audiohook_nonces import BUCKETS, KEPT_S, PLACES, TABLE_BYTES, NonceTable


def table() -> NonceTable:
    return NonceTable(memoryview(bytearray(TABLE_BYTES)))


def test_a_nonce_is_taken_once_while_its_signature_could_pass() -> None:
    nonces = table()
    assert nonces.take("key", "nonce", 100.0)
    assert not nonces.take("key", "nonce", 100.0 + KEPT_S - 0.001)
    assert nonces.take("key", "nonce", 100.0 + KEPT_S)


def test_another_keys_nonce_is_another() -> None:
    nonces = table()
    assert nonces.take("key", "nonce", 1.0)
    assert nonces.take("other", "nonce", 1.0)
    assert nonces.take("ke", "ynonce", 1.0)


def test_who_has_the_same_memory_has_the_same_nonces() -> None:
    memory = memoryview(bytearray(TABLE_BYTES))
    assert NonceTable(memory).take("key", "nonce", 1.0)
    assert not NonceTable(memory).take("key", "nonce", 1.0)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 9)), max_size=40))
@settings(max_examples=50)
def test_it_remembers_as_long_as_it_should_and_no_longer(taken: list[tuple[str, float]]) -> None:
    nonces, kept_until_s, now_s = table(), dict[str, float](), 1.0
    for nonce, later_s in taken:
        now_s += later_s
        new = kept_until_s.get(nonce, 0.0) <= now_s
        assert nonces.take("key", nonce, now_s) is new
        if new:
            kept_until_s[nonce] = now_s + KEPT_S


def test_more_than_a_machine_can_take_find_room_and_when_there_is_none_none_is_taken() -> None:
    nonces = table()
    new = [nonces.take("key", str(number), 1.0) for number in range(BUCKETS * PLACES * 2)]
    assert all(new[: BUCKETS * PLACES // 4])
    assert sum(new) == BUCKETS * PLACES
    assert nonces.take("key", "later", 1.0 + KEPT_S)
