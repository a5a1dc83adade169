"""The audit record and its chain: canonical JSON, and SHA-256 over the previous hash and the record. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

import orjson

from messages.base import Json
from messages.orders import Peer

GENESIS = sha256(b"genesys-switchboard audit chain 1").digest()  # stands before the first record


def canonical(value: object) -> bytes:
    """`value` as JSON with sorted keys and no white space; TypeError for what JSON cannot say."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS)


def canonical_order(order: object) -> bytes:
    """A message's fields in canonical JSON; the detour sorts them, which orjson does for mappings only."""
    return canonical(orjson.loads(orjson.dumps(order, default=_plain)))


@lru_cache(maxsize=1024)
def peer_json(peer: Peer | None) -> bytes:
    """`peer` in canonical JSON, `null` for none."""
    if peer is None:
        return b"null"
    told: dict[str, Json] = {"role": peer.role, "pid": peer.pid, "uid": peer.uid, "gid": peer.gid}
    return canonical(told | {"key": peer.key} if peer.key else told)


def record_json(
    seq: int, at: str, kind: str, request_id: str, interaction_id: str, peer: bytes | str, data: bytes
) -> bytes:
    """One record in canonical JSON; `peer` and `data` already are."""
    return orjson.dumps(
        {
            "at": at,
            "data": orjson.Fragment(data),
            "interaction_id": interaction_id,
            "kind": kind,
            "peer": orjson.Fragment(peer),
            "request_id": request_id,
            "seq": seq,
        }
    )


def link(previous: bytes, record: bytes) -> bytes:
    """The hash of `record` in the place after the record whose hash is `previous`."""
    return sha256(previous + record).digest()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
