"""`kill -9` in the middle of everything: what was acknowledged is on record, and the chain is whole."""

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.actors import journal_life
from tests.storage.kit import NOON, due, ids, open_store

LIVES = 10
ACKNOWLEDGED = 150  # orders before the next kill; where in a group it strikes is chance


def live(data_dir: Path, acknowledge: Connection, life: int) -> None:
    """What the child does."""
    journal_life.live(data_dir, acknowledge.fileno(), life)


def killed_life(data_dir: Path, life: int) -> list[str]:
    """Let a gateway live until it has acknowledged enough, kill it, and return all that it acknowledged."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    reading, writing = context.Pipe(duplex=False)
    process = context.Process(target=live, args=(data_dir, writing, life))
    process.start()
    writing.close()
    said = b""
    while said.count(b"\n") < ACKNOWLEDGED:
        heard = os.read(reading.fileno(), 65_536)
        assert heard, "the child ended by itself"
        said += heard
    process.kill()
    while heard := os.read(reading.fileno(), 65_536):
        said += heard
    process.join()
    process.close()
    reading.close()
    return said.decode().splitlines()


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A data directory that many gateways were killed on, and every order that any of them acknowledged."""
    data_dir = tmp_path_factory.mktemp("killed")
    acknowledged = [request_id for life in range(LIVES) for request_id in killed_life(data_dir, life)]
    return data_dir, acknowledged


def orders(data_dir: Path) -> dict[str, Any]:
    store = open_store(data_dir)
    archive = store.archive()
    listed: Any = archive.newest(None, None, 1_000_000)["commands"]
    archive.close()
    store.close()
    return {command["request_id"]: command for command in listed}


def test_every_acknowledged_order_is_on_record(lives: tuple[Path, list[str]]) -> None:
    data_dir, acknowledged = lives
    assert len(acknowledged) >= LIVES * ACKNOWLEDGED
    assert set(acknowledged) - orders(data_dir).keys() == set()


def test_the_chain_is_whole(lives: tuple[Path, list[str]]) -> None:
    store = open_store(lives[0])
    archive = store.archive()
    verified = archive.verify()
    archive.close()
    store.close()
    assert verified["ok"], verified


def test_each_order_has_one_end_or_is_found_open(lives: tuple[Path, list[str]]) -> None:
    data_dir, _acknowledged = lives
    store = open_store(data_dir)
    journal, archive = store.journal(), store.archive()
    found, unreadable = journal.open_orders("transfer", NOON)
    ends: Any = archive.query(None, "transfer.ended", None, 1_000_000)["records"]
    waiting = ids(due(journal, after_s=2.0**40))
    journal.close()
    archive.close()
    store.close()
    ended = [end["request_id"] for end in ends]
    still_open = [one.order.request_id for one in found]
    assert len(set(ended)) == len(ended)
    assert sorted(ended + still_open) == sorted(orders(data_dir))
    assert sorted(waiting) == sorted(f"w-{request_id}" for request_id in ended)
    assert unreadable == ()
