from pathlib import Path

import pytest

from supervisors.configuration.file import file_layer
from supervisors.settings.entries import ENTRIES
from supervisors.settings_page import EXAMPLE, PAGE, page

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(), "run python -m supervisors.settings_page"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_the_page_has_a_row_for_every_setting(entry: object) -> None:
    assert f"| `{entry.key}` |" in page()  # type: ignore[attr-defined]


def test_the_example_is_taken_as_it_stands(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s\n")
    toml = EXAMPLE.partition("```toml\n")[2].partition("```")[0].replace("/run/secrets/genesys", str(secret))
    path = tmp_path / "switchboard.toml"
    path.write_text(toml)
    assert file_layer(path).problems == ()
