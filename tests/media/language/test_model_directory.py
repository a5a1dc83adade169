"""Whether a directory holds a model that can tell languages by their sound."""

import json
from functools import partial
from pathlib import Path

import pytest

from media.language import model_directory

FILES = ("model.bin", "tokenizer.json", "vocabulary.json")
missing_model = partial(
    model_directory.missing_model, library="json"
)  # one that is installed: only the directory counts


def directory(path: Path, *, without: str = "", lang_ids: object = (50259, 50260)) -> Path:
    for name in FILES:
        if name != without:
            (path / name).touch()
    (path / "config.json").write_text(json.dumps({"lang_ids": lang_ids}))
    return path


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    told = str(missing_model(directory(tmp_path), library="faster_whisper_that_nobody_has"))
    assert "genesys-switchboard[spoken]" in told


def test_a_whole_directory_will_do(tmp_path: Path) -> None:
    assert missing_model(directory(tmp_path)) is None


def test_a_name_to_be_downloaded_will_not() -> None:
    assert "nothing is downloaded" in str(missing_model(Path("large-v3")))


@pytest.mark.parametrize("name", FILES)
def test_what_is_missing_is_named(name: str, tmp_path: Path) -> None:
    assert name in str(missing_model(directory(tmp_path, without=name)))


@pytest.mark.parametrize("lang_ids", [None, [], [50259]])
def test_a_model_of_one_language_cannot_tell_it_from_others(lang_ids: object, tmp_path: Path) -> None:
    assert "one language only" in str(missing_model(directory(tmp_path, lang_ids=lang_ids)))


def test_a_broken_configuration_is_no_model(tmp_path: Path) -> None:
    path = directory(tmp_path)
    (tmp_path / "config.json").write_text("{")
    assert missing_model(path) is not None
