"""Where recordings go."""

import os
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.recording.shelf import create, file_name, missing_flac, unusable_directory


def test_a_directory_that_is_there_and_writable_will_do(tmp_path: Path) -> None:
    assert unusable_directory(tmp_path) is None


def test_a_directory_that_is_missing_or_a_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "calls", tmp_path / "file"):
        fault, remedy = unusable_directory(path) or ("", "")
        assert str(path) in fault
        assert "may write" in remedy


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_both_forms_can_be_written_here(form: Literal["wav", "flac"]) -> None:
    assert missing_flac(form) is None


def test_names_sort_by_time_and_tell_the_stream() -> None:
    name = file_name("1:c0ffee.external", "2026-11-28T11:09:23.512Z", "wav")
    assert name == "20261128T110923Z-1_c0ffee.external.wav"


@given(st.text(max_size=128), st.text(max_size=40))
def test_no_name_leaves_the_directory(stream_id: str, opened_at: str) -> None:
    name = file_name(stream_id, opened_at, "flac")
    assert Path("/calls", name).parent == Path("/calls")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert not name.startswith(".")


def test_a_file_is_its_owners_alone_and_no_other_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with os.fdopen(create(path), "wb") as file:
        file.write(b"mine")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        create(path)
    assert path.read_bytes() == b"mine"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "call.wav").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        create(tmp_path / "call.wav")
