"""docs/http.md says what is so."""

import re
from pathlib import Path

from tests.web.inquired import ANSWERS, DOOR
from web.description import INJECT_RESPONSES
from web.limits import Limits
from web.metrics import render
from web.problems import TITLES

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text()


def test_every_status_and_every_kind_of_problem_is_told() -> None:
    rows = set(re.findall(r"^\| (\d{3}) \|", PAGE, re.MULTILINE))
    assert {str(status) for status in INJECT_RESPONSES} - {"500"} <= rows
    assert not [slug for slug in TITLES if f"`{slug}`" not in PAGE]


def test_every_metric_is_told() -> None:
    families = re.findall(r"^# TYPE switchboard_(\w+)", render(ANSWERS, DOOR).decode(), re.MULTILINE)
    told = {name for name in families if f"`switchboard_{name}`" in PAGE or f"switchboard_{name}{{" in PAGE}
    short = {name for name in families if any(f"`_{end}`" in PAGE for end in _ends(name))}
    assert set(families) == told | short


def _ends(name: str) -> list[str]:
    words = name.split("_")
    return ["_".join(words[start:]) for start in range(1, len(words))]


def test_the_limits_are_those_of_the_code() -> None:
    limits = Limits()
    assert (limits.request_s, limits.write_s, limits.keep_alive_s, limits.scrape_s) == (10, 10, 5, 2)
    assert (limits.body_bytes, limits.head_bytes, limits.discard_bytes) == (64 * 1024, 16 * 1024, 1024 * 1024)
    assert f"| connections served | {limits.most_served} |" in PAGE
    assert f"| connections open | {limits.most_connections:,} |" in PAGE
