"""A nonce is good once."""

from genesys.audiohook_nonces import KEPT_S, NonceStore


def test_a_nonce_is_taken_once_while_its_signature_could_pass() -> None:
    nonces = NonceStore()
    assert nonces.take("key", "nonce", 0.0)
    assert not nonces.take("key", "nonce", KEPT_S - 0.001)


def test_another_keys_nonce_is_another() -> None:
    nonces = NonceStore()
    assert nonces.take("key", "nonce", 0.0)
    assert nonces.take("other", "nonce", 0.0)


def test_a_nonce_is_forgotten_when_no_signature_can_pass_any_more() -> None:
    nonces = NonceStore()
    nonces.take("key", "nonce", 0.0)
    nonces.take("key", "later", 1.0)
    nonces.take("key", "last", KEPT_S)
    assert len(nonces) == 2


def test_a_full_store_takes_none_until_there_is_room() -> None:
    nonces = NonceStore(most=1)
    assert nonces.take("key", "one", 0.0)
    assert not nonces.take("key", "two", 1.0)
    assert nonces.take("key", "two", KEPT_S)
