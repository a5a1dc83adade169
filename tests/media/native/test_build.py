"""`make native`, and what is said where it cannot be."""

from pathlib import Path

import pytest
from loguru import logger

from media.native.build import CannotBuild, build, path_in
from media.native.load import native


def test_what_was_built_is_found_and_an_older_build_is_gone(built: Path, tmp_path: Path) -> None:
    (tmp_path / "kernel-of-before.so").write_bytes(b"")
    assert build(tmp_path) == path_in(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [path_in(built).name]
    assert native(tmp_path) is not None


def test_where_nothing_was_built_nothing_is_found(tmp_path: Path) -> None:
    assert native(tmp_path) is None


def test_a_build_of_other_sources_is_not_used_and_what_to_do_is_said(tmp_path: Path) -> None:
    lines: list[str] = []
    sink = logger.add(lines.append, format="{message}")
    assert native(tmp_path) is None
    assert not lines, "whoever has never built one misses nothing"
    (tmp_path / "kernel-of-before.so").write_bytes(b"")
    assert native(tmp_path) is None
    logger.remove(sink)
    (line,) = lines
    assert "run `make native`" in line


def test_what_a_compiler_of_tomorrow_warns_of_is_no_reason_to_build_nothing(built: Path, tmp_path: Path) -> None:
    assert build(tmp_path, flags=["-Wsign-conversion"]).exists()


def test_a_build_that_is_broken_is_left_alone(tmp_path: Path) -> None:
    path_in(tmp_path).write_bytes(b"no ELF")
    assert native(tmp_path) is None


def test_a_missing_compiler_is_named_with_the_package_that_has_it(built: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotBuild, match="no C compiler cc-of-nowhere: install one"):
        build(tmp_path, compiler="cc-of-nowhere")
    assert not list(tmp_path.iterdir())


def test_what_the_compiler_says_is_told(built: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotBuild, match="no-such-flag"):
        build(tmp_path, flags=["--no-such-flag"])
    assert not list(tmp_path.iterdir())
