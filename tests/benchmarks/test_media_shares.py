"""Shares of a core: set and taken back by the system's own files, or said to be impossible."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.media import build
from benchmarks.media.gateways import Gateway
from benchmarks.media.shares import PERIOD_US, QUOTAS, limited


@contextmanager
def start(_service: int) -> Iterator[Gateway]:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        yield Gateway(port=0, pids=(child.pid,))
    finally:
        child.kill()
        child.communicate()


def test_who_has_all_of_a_core_is_started_as_it_is() -> None:
    assert limited(start, None) is start


def test_where_there_are_no_quotas_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(build.NotAtHand, match="cannot be written"):
        limited(start, 0.5, tmp_path / "none")


@pytest.mark.skipif(not os.access(QUOTAS, os.W_OK), reason=f"{QUOTAS} cannot be written")
def test_each_process_has_its_share_until_it_ends() -> None:
    before = {group.name for group in QUOTAS.iterdir()}
    with limited(start, 0.5)(0) as gateway:
        (group,) = [group for group in QUOTAS.iterdir() if group.name not in before]
        assert (group / "cgroup.procs").read_text().split() == [str(pid) for pid in gateway.pids]
        assert int((group / "cpu.cfs_quota_us").read_text()) == PERIOD_US // 2
    assert {group.name for group in QUOTAS.iterdir()} == before
