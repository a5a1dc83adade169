"""A share of a core for each of a gateway's processes, so that the rig beside them takes nothing of what they have."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.media import build
from benchmarks.media.gateways import Gateway, Starter, family

QUOTAS = Path("/sys/fs/cgroup/cpu")  # Source: kernel's sched-bwc.rst, cgroups version 1
PERIOD_US = 10_000  # short: a worker that has used up its share is missed by its calls


def limited(start: Starter, share: float | None, quotas: Path = QUOTAS) -> Starter:
    """`start` with `share` of a core for each process and its children, None for all of it.

    build.NotAtHand where quotas cannot be set.
    """
    if share is None:
        return start
    if not os.access(quotas, os.W_OK):
        raise build.NotAtHand(f"{quotas} cannot be written, and there is no core for the rig alone")

    @contextmanager
    def begin(service: int) -> Iterator[Gateway]:
        with start(service) as gateway, ExitStack() as stack:
            for pid in gateway.pids:
                stack.enter_context(_quota(pid, share, quotas))
            yield gateway

    return begin


@contextmanager
def _quota(pid: int, share: float, quotas: Path) -> Iterator[None]:
    group = quotas / f"switchboard-benchmark-{pid}"
    group.mkdir()
    try:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(int(PERIOD_US * share)))
        for member in family(pid):
            (group / "cgroup.procs").write_text(str(member))
        yield
    finally:
        for left in (group / "cgroup.procs").read_text().split():
            (quotas / "cgroup.procs").write_text(left)
        group.rmdir()
