"""Whether a directory holds a model that can tell languages by their sound. Reads a few small files, loads nothing."""

import json
from importlib.util import find_spec
from pathlib import Path

INSTALL = "pip install 'genesys-switchboard[spoken]'"
NEEDED = ("model.bin", "config.json", "tokenizer.json")  # without the last it would be fetched from the network
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
CONVERT = "convert one with ct2-transformers-converter --copy_files tokenizer.json preprocessor_config.json"


def missing_model(path: str) -> str | None:
    """Why no spoken language can be told with the model in `path`, and what to do; None where it can be tried."""
    if find_spec("faster_whisper") is None:
        return f"the spoken language cannot be told without faster-whisper: {INSTALL}"
    directory = Path(path)
    if not directory.is_dir():
        return f"{path} is no directory: give the one of a Whisper model for CTranslate2; nothing is downloaded"
    missing = [name for name in NEEDED if not (directory / name).is_file()]
    if not any((directory / name).is_file() for name in VOCABULARIES):
        missing.append(VOCABULARIES[0])
    if missing:
        return f"{path} lacks {' and '.join(missing)}: {CONVERT}"
    return (
        None if _tells_languages(directory) else f"the model in {path} knows one language only: take a multilingual one"
    )


def _tells_languages(directory: Path) -> bool:
    try:
        config = json.loads((directory / "config.json").read_text())
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and len(config.get("lang_ids") or ()) > 1
