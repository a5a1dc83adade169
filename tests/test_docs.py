"""README.md and docs/ name only what is there: pages, files, modules, make's targets, commands."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from control.cli import build

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"docs", "proto"}

of_every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def links(page: Path) -> set[Path]:
    found = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    return {(page.parent / link).resolve() for link in found if "://" not in link}


def paths(page: Path) -> set[str]:
    """Words in code that begin with one of our folders; a module may be named without its ending."""
    words = {word for code in re.findall(r"`([^`\n]+)`", page.read_text()) for word in code.split()}
    return {word for word in words if word.partition("/")[0] in FOLDERS and re.fullmatch(r"[\w.-]+/[\w./-]*", word)}


def run_modules(page: Path) -> set[str]:
    run = set(re.findall(r"python[\w.]* -m ([\w.]+)", page.read_text()))
    return {module.replace(".", "/") for module in run if module.partition(".")[0] in FOLDERS}


def is_there(name: str) -> bool:
    return (ROOT / name).exists() or (ROOT / f"{name}.py").exists()


def unknown(words: str) -> str | None:
    """The first of the words behind `switchboardctl` that is neither a noun nor a verb of it."""
    command: Any = get_command(build())
    for word in words.split():
        known = getattr(command, "commands", None)
        if known is None or word.startswith("-"):
            return None
        if word not in known:
            return word
        command = known[word]
    return None


@of_every_page
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert [link for link in links(page) if not link.exists()] == []


@of_every_page
def test_every_path_is_there(page: Path) -> None:
    assert [path for path in paths(page) if not is_there(path)] == []


@of_every_page
def test_every_module_that_is_run_is_there(page: Path) -> None:
    assert [module for module in run_modules(page) if not is_there(module)] == []


@of_every_page
def test_every_target_of_make_is_there(page: Path) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make (\w+)", page.read_text(), re.MULTILINE)) <= targets


@of_every_page
def test_every_command_of_switchboardctl_is_there(page: Path) -> None:
    given = re.findall(r"switchboardctl ((?:[a-z_-]+ ?)+)", page.read_text())
    assert {words: unknown(words) for words in given if unknown(words)} == {}


def test_every_folder_is_in_the_readme() -> None:
    tree = PAGES[0].read_text().partition("## Where everything is")[2]
    assert set(re.findall(r"^(\w+)/ ", tree, re.MULTILINE)) == FOLDERS


def test_every_page_can_be_found_from_the_readme() -> None:
    found, new = {PAGES[0]}, {PAGES[0]}
    while new:
        new = {link for page in new for link in links(page) if link.suffix == ".md"} - found
        found |= new
    assert set(PAGES[2:]) <= found
