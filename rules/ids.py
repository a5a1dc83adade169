"""Identifiers: what we mint and what we take from outside."""

import re
from uuid import UUID

WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{1,128}")  # contracts 7.9


def uuid7(epoch_ms: int, random_bits: int) -> str:
    """A UUID 7 of `epoch_ms` (48 bits) and 74 random bits. Source: RFC 9562 section 5.7."""
    high = (epoch_ms & (1 << 48) - 1) << 16 | 0x7 << 12 | random_bits >> 62 & 0xFFF
    low = 0b10 << 62 | random_bits & (1 << 62) - 1
    digits = f"{high << 64 | low:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def is_id(text: str) -> bool:
    """Whether `text` may be an id in a URL path or a record: no `.`, no `..`, nothing that could climb or inject."""
    return WELL_FORMED.fullmatch(text) is not None and text not in {".", ".."}


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID in its canonical form."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
