"""Whether a directory holds a model that can tell languages by their sound. Reads a few small files, loads nothing."""

import json
from importlib.util import find_spec
from pathlib import Path

LIBRARY = "faster_whisper"
INSTALL = "pip install 'genesys-switchboard[spoken]'"
NEEDED = ("model.bin", "config.json", "tokenizer.json")  # without the last it would be fetched from the network
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
WHOLE = (
    "the directory of a multilingual Whisper model in CTranslate2's format, made with ct2-transformers-converter "
    "--copy_files tokenizer.json preprocessor_config.json; nothing is downloaded"
)


def missing_model(path: Path, library: str = LIBRARY) -> tuple[str, str] | None:
    """Why no spoken language can be told with the model in `path`, and what to set instead; None where it can be."""
    if find_spec(library) is None:
        return "the spoken language cannot be told without faster-whisper", f"nothing, or install it: {INSTALL}"
    if not path.is_dir():
        return f"{path} is no directory", WHOLE
    missing = [name for name in NEEDED if not (path / name).is_file()]
    if not any((path / name).is_file() for name in VOCABULARIES):
        missing.append(VOCABULARIES[0])
    if missing:
        return f"{path} lacks {' and '.join(missing)}", WHOLE
    return None if _tells_languages(path) else (f"the model in {path} knows one language only", WHOLE)


def _tells_languages(directory: Path) -> bool:
    try:
        config = json.loads((directory / "config.json").read_text())
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and len(config.get("lang_ids") or ()) > 1
