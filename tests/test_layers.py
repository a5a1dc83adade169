"""The layer table of docs/architecture.md, enforced: who may import what, and which modules are pure."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = (
    "messages",
    "rules",
    "genesys",
    "clients",
    "storage",
    "actors",
    "control",
    "web",
    "media",
    "supervisors",
    "simulator",
)
MAY_IMPORT_OF_OURS = {
    "messages": set(),
    "rules": {"messages"},
    "genesys": {"messages", "rules"},
    "clients": {"messages", "rules", "genesys"},
    "storage": {"messages", "rules"},
    "actors": {"messages", "rules", "genesys"},
    "control": {"messages", "rules"},
    "web": {"messages", "rules", "control"},
    "media": {"messages", "rules", "genesys"},
    "supervisors": {
        "messages",
        "rules",
        "genesys",
        "clients",
        "storage",
        "actors",
        "control",
        "web",
        "media",
        "simulator",
    },
    "simulator": set(),
}
MAY_IMPORT_OF_OTHERS = {
    "messages": {"pydantic"},
    "rules": {"orjson"},
    "genesys": {"orjson"},
    "clients": {
        "mutagen",
        "numpy",
        "scipy",
        "soundfile",
        "pyloudnorm",
        "requests",
        "urllib3",
        "httptools",
        "websocket",
        "standardwebhooks",
        "pybreaker",
    },
    "storage": {"sqlalchemy", "alembic", "orjson"},
    "actors": {"pykka", "loguru"},
    "control": {"orjson", "loguru", "pydantic", "pydantic_core", "typer", "rich", "prompt_toolkit"},
    "web": {
        "orjson",
        "loguru",
        "pydantic",
        "pydantic_core",
        "fastapi",
        "starlette",
        "uvicorn",
        "h11",
        "prometheus_client",
    },
    "media": {
        "aiofastnet",
        "google",
        "grpc",
        "hpack",
        "faster_whisper",
        "lingua",
        "loguru",
        "msgspec",
        "numpy",
        "picows",
        "soundfile",
        "webrtcvad",
        "websockets",
    },
    "supervisors": {"pykka", "loguru", "pydantic", "pydantic_settings", "typer"},
    "simulator": {"aiohttp", "orjson", "trustme", "pytest", "google", "grpc", "pocketsphinx", "picows"},
}
PURE = {"messages", "rules", "genesys"}
IMPURE_MODULES = {"time", "random", "secrets", "socket", "threading", "select", "selectors", "subprocess", "asyncio"}
IMPURE_CALLS = {"open", "print", "input"}
DEPENDENCIES = {name for names in MAY_IMPORT_OF_OTHERS.values() for name in names}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """All it imports, in full: `package.module.name`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def imports(path: Path) -> Iterator[str]:
    """The packages it imports from."""
    return (name.partition(".")[0] for name in imported(path))


def test_the_table_of_the_docs_is_the_one_that_is_enforced() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| `(\w+)/` \|[^|]+\| ([^|]+) \|", page, re.MULTILINE)
    others = {folder: " ".join({*OURS} - {folder}) for folder in OURS}
    written = {row: set(re.findall(r"\w+", allowed.replace("all others", others[row]))) for row, allowed in rows}
    assert written == MAY_IMPORT_OF_OURS


@pytest.mark.parametrize("package", OURS)
def test_a_package_imports_only_what_its_layer_may(package: str) -> None:
    allowed = {package} | MAY_IMPORT_OF_OURS[package] | MAY_IMPORT_OF_OTHERS[package]
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imports(path)
        if name not in allowed and name not in sys.stdlib_module_names
    }
    assert not wrong


@pytest.mark.parametrize("package", OURS)
def test_a_package_imports_all_that_its_layer_may(package: str) -> None:
    used = {name for path in modules(package) for name in imports(path)}
    assert MAY_IMPORT_OF_OURS[package] | MAY_IMPORT_OF_OTHERS[package] <= used


@pytest.mark.parametrize("package", sorted(PURE))
def test_a_pure_package_has_no_clock_chance_socket_or_thread(package: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imports(path)
        if name in IMPURE_MODULES
    }
    assert not wrong


@pytest.mark.parametrize("package", sorted(PURE))
def test_a_pure_package_reads_no_clock_and_opens_no_file(package: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules(package)
        if not path.stem.endswith("_page")  # writes a page of docs/ when run by hand
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS)
            or (isinstance(node.func, ast.Attribute) and node.func.attr in {"now", "utcnow", "today"})
        )
    }
    assert not wrong


@pytest.mark.parametrize("package", OURS)
def test_no_module_is_named_like_the_standard_library_or_a_dependency(package: str) -> None:
    taken = sys.stdlib_module_names | DEPENDENCIES
    assert not {path.stem for path in modules(package) if path.stem in taken - {"mailbox"}}  # the actors' own word


@pytest.mark.parametrize("package", [*OURS, "tests", "benchmarks", "examples"])
def test_no_module_runs_over_four_hundred_lines(package: str) -> None:
    assert not [path.name for path in modules(package) if len(path.read_text().splitlines()) > 400]


def test_only_the_actor_base_catches_everything() -> None:
    broad = {
        str(path.relative_to(ROOT))
        for package in OURS
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    }
    assert broad == {"actors/base.py"}


def test_no_test_imports_another_test() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("tests")
        for name in imported(path)
        if name.startswith("tests.") and ".test_" in name
    }
    assert not wrong, "what they share has a module of its own"


def test_the_simulator_shares_nothing_with_the_gateway() -> None:
    shared = {name for path in modules("simulator") for name in imports(path)} & set(OURS)
    assert shared <= {"simulator"}
