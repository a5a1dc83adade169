"""The kernel as `make native` builds it, in a folder of its own; no test depends on whether the package has one."""

import os
from pathlib import Path

import pytest

from media.native.build import CannotBuild, build
from media.native.load import native as load
from media.poll import Read


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("native")
    try:
        build(folder, flags=["-Wall", "-Wextra", "-Werror"])
    except CannotBuild as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(why))
    return folder


@pytest.fixture(scope="session")
def native(built: Path) -> Read:
    read = load(built)
    assert read is not None
    return read
