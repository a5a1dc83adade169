"""The codes: each explained, each on its page, none used that is not there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.catalogue import CATALOGUE, Entry, reason
from rules.catalogue_page import FAMILIES, PATH, page

ROOT = PATH.parent.parent
PACKAGES = ("messages", "rules", "genesys", "clients", "storage", "actors", "control", "supervisors", "simulator")
CODE = re.compile(r"SB-\d+")


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def uses() -> dict[str, list[str]]:
    """Every code in the source tree, with the files that name it."""
    found: dict[str, list[str]] = {}
    for path in sources():
        for code in CODE.findall(path.read_text(encoding="utf-8")):
            found.setdefault(code, []).append(str(path.relative_to(ROOT)))
    return found


def test_every_code_that_is_used_is_explained() -> None:
    assert not {code: files for code, files in uses().items() if code not in CATALOGUE}


def test_no_code_is_explained_that_nobody_uses() -> None:
    unused = {code for code, files in uses().items() if set(files) == {"rules/catalogue.py"}}
    assert not unused


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.code)
def test_every_code_says_what_it_means_and_what_to_do(entry: Entry) -> None:
    assert re.fullmatch(r"SB-[1-9]\d\d", entry.code)
    assert CATALOGUE[entry.code] is entry
    assert entry.gate
    assert entry.meaning
    assert entry.remedy


def test_a_reason_has_its_own_words_or_the_catalogues() -> None:
    plain = reason("SB-201")
    assert (plain.gate, plain.message) == ("pre-flight", CATALOGUE["SB-201"].meaning)
    own = reason("SB-201", "gone", "look elsewhere")
    assert (own.code, own.gate, own.message, own.remedy) == ("SB-201", "pre-flight", "gone", "look elsewhere")


def test_a_code_that_is_not_in_the_catalogue_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        reason("SB-999")


def test_the_page_has_every_code_once() -> None:
    assert sorted(re.findall(r"^\| `(SB-\d+)`", page(), re.MULTILINE)) == sorted(CATALOGUE)
    assert {code[3] for code in CATALOGUE} == set(FAMILIES)


def test_no_cell_of_the_page_breaks_its_table() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert {row.count("|") for row in rows} == {5}
    assert not any("<" in row for row in rows)


def test_the_page_in_docs_is_the_one_the_catalogue_gives() -> None:
    assert PATH.read_text(encoding="utf-8") == page(), "write it anew: python -m rules.catalogue_page"
