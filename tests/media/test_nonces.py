"""What an AudioHook request was signed with all workers of a gateway remember, also when one of them is killed."""

import os
from collections.abc import Iterator

import pytest

from genesys.audiohook_nonces import TABLE_BYTES
from media.nonces import nonces_of
from tests.media.audiohook_knocks import plan, signed, status
from tests.media.workers import working


@pytest.fixture
def memory() -> Iterator[int]:
    descriptor = os.memfd_create("nonces")
    os.ftruncate(descriptor, TABLE_BYTES)
    yield descriptor
    os.close(descriptor)


def test_who_is_given_the_same_memory_remembers_the_same(memory: int) -> None:
    one, other, alone = nonces_of(memory), nonces_of(memory), nonces_of(None)
    assert one.take("key", "nonce", 1.0)
    assert not other.take("key", "nonce", 1.0)
    assert alone.take("key", "nonce", 1.0)


def test_a_request_that_one_worker_has_let_in_no_other_does_nor_the_next_one_after_it(memory: int) -> None:
    told = plan(nonces_descriptor=memory)
    with working(told) as one, working(told) as other:
        captured = signed()
        assert [status(one.port, captured), status(other.port, captured)] == [101, 401]
        assert status(other.port, signed()) == 101
        one.process.kill()
    with working(told) as after:
        assert status(after.port, captured) == 401
