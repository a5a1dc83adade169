"""The simulator shares nothing with the gateway: else a wrong request builder would agree with itself."""

import ast
import sys
from pathlib import Path

import pytest

import simulator

ALLOWED = {"simulator", "aiohttp", "orjson", "trustme", "grpc", "google", "pocketsphinx", "picows"}
TEST_ONLY = {"pytest_plugin.py": {"pytest"}}
MODULES = sorted(Path(simulator.__file__).parent.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The top-level packages that a module names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_imports_only_the_simulator_and_its_servers(path: Path) -> None:
    allowed = ALLOWED | TEST_ONLY.get(path.name, set())
    assert imported(path) - set(sys.stdlib_module_names) <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_module_is_named_like_the_standard_library(path: Path) -> None:
    assert path.stem in {"__init__", "__main__"} or path.stem not in sys.stdlib_module_names
