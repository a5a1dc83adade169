"""The audit chain as a file: canonical JSON lines, each record beside its hash, and a last line that ends it."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import orjson

from messages.base import Json
from storage.record import GENESIS
from storage.verification import Verification, Verifier

OPEN, MIDDLE, CLOSE = b'{"hash":"', b'","record":', b"}"
HASH_DIGITS = 64


def write_export(path: Path, links: Iterable[tuple[bytes, bytes]]) -> tuple[int, bytes]:
    """Write `links` to the new private file `path`, durably; how many, and the last hash. OSError, nothing left."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with ExitStack() as undo, os.fdopen(descriptor, "wb") as file:
        undo.callback(path.unlink)
        written = _write(file, links)
        file.flush()
        os.fsync(file.fileno())
        undo.pop_all()
    return written


def verify_export(path: Path) -> dict[str, Json]:
    """The answer of audit.verify for an exported file, without any store; OSError where it cannot be read.

    A file without its last line was cut off: `missing`, at the first record it lacks.
    """
    with path.open("rb") as file:
        return _verify_lines(file).as_json()


def _write(file: BinaryIO, links: Iterable[tuple[bytes, bytes]]) -> tuple[int, bytes]:
    number, head = 0, GENESIS
    for record, head in links:
        file.write(OPEN + head.hex().encode() + MIDDLE + record + CLOSE + b"\n")
        number += 1
    file.write(orjson.dumps({"head": head.hex(), "records": number}) + b"\n")
    return number, head


def _verify_lines(lines: Iterable[bytes]) -> Verification:
    verifier = Verifier()
    trailer: tuple[int, bytes] | None = None
    for line in lines:
        if trailer is not None:  # something follows the end
            verifier.condemn("inserted")
            break
        trailer = _trailer(line)
        if trailer is None:
            verifier.feed(*_link(line))
    if trailer is None:
        return verifier.result(last_seq=verifier.records + 1)
    if trailer[0] < verifier.records:
        verifier.condemn("inserted")
    return verifier.result(last_seq=trailer[0], head=trailer[1])


def _link(line: bytes) -> tuple[bytes, bytes]:
    """The record's very bytes and its hash; a line of another shape is a record that no hash fits."""
    start = len(OPEN) + HASH_DIGITS
    record = start + len(MIDDLE)
    if not (line.startswith(OPEN) and line[start:record] == MIDDLE and line.endswith(CLOSE + b"\n")):
        return line, b""
    return line[record : -len(CLOSE) - 1], _unhex(line[len(OPEN) : start])


def _trailer(line: bytes) -> tuple[int, bytes] | None:
    if not line.startswith(b'{"head":'):
        return None
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    number, head = fields.get("records"), fields["head"]
    return (number, _unhex(head.encode())) if type(number) is int and isinstance(head, str) else None


def _unhex(digits: bytes) -> bytes:
    """The hash that was written as `digits`; none that fits anything where they are not as we write them."""
    try:
        value = bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return b""
    return value if value.hex().encode() == digits else b""
