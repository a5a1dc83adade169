"""Threads on one core and children on all, seen by asking the system in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clients.cores import Cores

ROOT = Path(__file__).parents[2]
SEVERAL = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one core only")
CROWD = """
import os, subprocess, sys, threading
from contextlib import suppress
from clients.cores import Cores

over = threading.Event()

def crowd(number):
    for _ in range(number):
        threading.Thread(target=over.wait, daemon=True).start()

def where():
    found = set()
    for name in os.listdir("/proc/self/task"):
        with suppress(ProcessLookupError):  # it has ended meanwhile
            found.add(tuple(sorted(os.sched_getaffinity(int(name)))))
    return sorted(found)

def child():
    words = "import os; print(sorted(os.sched_getaffinity(0)))"
    return subprocess.run([sys.executable, "-c", words], capture_output=True, text=True).stdout.strip()

cores = Cores()
first, *_, last = allowed = sorted(cores.allowed)
"""


def seen(program: str) -> list[str]:
    """What it prints, line by line."""
    command = [sys.executable, "-c", CROWD + program]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()


@SEVERAL
def test_every_thread_is_kept_to_the_core_those_too_that_come_later() -> None:
    program = """
crowd(20)
cores.keep_to(last)
crowd(5)
print(where() == [(last,)])
cores.keep_to(first)
print(where() == [(first,)])
"""
    assert seen(program) == ["True", "True"]


@SEVERAL
def test_threads_that_are_begun_meanwhile_are_moved_too() -> None:
    program = """
def breed():
    while not over.is_set():
        threading.Thread(target=over.wait, args=(0.01,), daemon=True).start()

for _ in range(3):
    threading.Thread(target=breed, daemon=True).start()
for core in [first, last] * 10:
    cores.keep_to(core)
over.set()
print(where() == [(last,)])
"""
    assert seen(program) == ["True"]


@SEVERAL
def test_a_child_may_run_on_all_while_its_parent_stays() -> None:
    program = """
cores.keep_to(last)
with cores.lifted():
    print(child() == str(allowed))
print(where() == [(last,)], child() == str([last]))
"""
    assert seen(program) == ["True", "True True"]


def test_where_no_thread_is_kept_the_system_is_not_asked_for_anything() -> None:
    program = """
def forbidden(*_):
    raise PermissionError("Operation not permitted")

os.sched_setaffinity = forbidden
cores.let_go()
with cores.lifted():
    print(child() == str(allowed))
"""
    assert seen(program) == ["True"]


@SEVERAL
def test_after_it_let_go_threads_run_anywhere_it_was_allowed_at_first() -> None:
    program = """
crowd(3)
cores.keep_to(first)
cores.let_go()
print(where() == [tuple(allowed)])
"""
    assert seen(program) == ["True"]


def test_a_core_that_there_is_not_is_refused() -> None:
    program = """
try:
    cores.keep_to(100_000)
except OSError as error:
    print("refused")
cores.let_go()
print(where() == [tuple(allowed)])
"""
    assert seen(program) == ["refused", "True"]


def test_what_was_taken_of_each_core_grows() -> None:
    cores = Cores()
    before = cores.spent()
    while cores.spent().own_s < before.own_s + 0.1:
        pass
    now = cores.spent()
    assert set(now.cores) == cores.allowed
    assert sum(now.cores.values()) > sum(before.cores.values())
    assert now.at_s > before.at_s


def test_idle_time_and_that_of_guests_is_not_counted(tmp_path: Path) -> None:
    own, tick_s = min(Cores().allowed), 1 / os.sysconf("SC_CLK_TCK")
    stat = tmp_path / "stat"
    stat.write_text(f"cpu 9 9 9 9 9 9 9 9 9 9\ncpu{own} 1 2 4 1000 2000 8 16 32 7 7\ncpu9999 1 1 1 1 1 1 1 1\nintr 5\n")
    assert Cores(stat).spent().cores == {own: pytest.approx(63 * tick_s)}


@pytest.mark.parametrize("said", ["cpu0 what is this", "cpu0 1 2", None])
def test_where_the_system_does_not_tell_that_is_said(tmp_path: Path, said: str | None) -> None:
    stat = tmp_path / "stat"
    if said is not None:
        stat.write_text(said)
    with pytest.raises(OSError):
        Cores(stat).spent()
