"""Is the chain as it was written? Finds the first place where it is not, and what was done there. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson

from messages.base import Json
from storage.record import GENESIS, link

Damage: TypeAlias = Literal["changed", "missing", "reordered", "inserted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """`records` were read; `head` is the hash of the last one in order, in hex."""

    records: int
    head: str
    bad_seq: int | None = None
    damage: Damage | None = None

    def as_json(self) -> dict[str, Json]:
        """The answer of audit.verify."""
        bad: dict[str, Json] | None = None
        if self.damage is not None:
            bad = {"seq": self.bad_seq, "damage": self.damage}
        return {"ok": bad is None, "records": self.records, "first_bad": bad, "head": self.head}


class Verifier:
    """Fed with every record and its hash, in the order found. After the first damage it only looks for its nature."""

    def __init__(self) -> None:
        self.records = 0
        self._expected = 1
        self._head = GENESIS
        self._damage: Damage | None = None
        self._strange_hash: bytes | None = None  # of the first strange record, until the one after it was seen

    def feed(self, record: bytes, claimed: bytes) -> None:
        """Take one record and the hash that stands beside it."""
        self.records += 1
        seq = _seq(record)
        fits = seq == self._expected and link(self._head, record) == claimed
        if self._damage is not None:
            self._look_back(seq, record, claimed, fits)
        elif fits:
            self._expected += 1
            self._head = claimed
        else:
            self._damage = self._first_guess(seq)
            self._strange_hash = claimed

    def condemn(self, damage: Damage) -> None:
        """The caller knows of `damage` at this place, unless there was some before."""
        if self._damage is None:
            self._damage = damage

    def result(self, last_seq: int | None = None, head: bytes | None = None) -> Verification:
        """What was found; `last_seq` and `head` say where the chain ends by another account."""
        damage, seq = self._damage, self._expected
        if damage is None and last_seq is not None and last_seq >= self._expected:
            damage = "missing"
        elif damage is None and head is not None and head != self._head:
            damage, seq = "changed", max(1, self._expected - 1)
        return Verification(
            records=self.records,
            head=self._head.hex(),
            bad_seq=seq if damage else None,
            damage=damage,
        )

    def _first_guess(self, seq: int | None) -> Damage:
        if seq is None or seq == self._expected:
            return "changed"
        return "missing" if seq > self._expected else "inserted"

    def _look_back(self, seq: int | None, record: bytes, claimed: bytes, fits: bool) -> None:
        before, self._strange_hash = self._strange_hash, None
        if fits:  # the genuine record comes only now
            self._damage = "reordered" if self._damage == "missing" else "inserted"
        elif before is not None and seq == self._expected + 1 and link(before, record) == claimed:
            self._damage = "changed"  # the strange record stands where the genuine one did


def verify(links: Iterable[tuple[bytes, bytes]]) -> Verification:
    """Walk a whole chain of (record, hash), holding one at a time."""
    verifier = Verifier()
    for record, claimed in links:
        verifier.feed(record, claimed)
    return verifier.result()


def _seq(record: bytes) -> int | None:
    try:
        fields: Any = orjson.loads(record)
    except orjson.JSONDecodeError:
        return None
    seq = fields.get("seq") if isinstance(fields, dict) else None
    return seq if type(seq) is int else None
