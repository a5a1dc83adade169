"""A Whisper model small enough to be made in a test: whole in every part, taught nothing.

Its weights are random, but for the last layer, which makes `language` likely whatever was heard.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy
from ctranslate2.specs.whisper_spec import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
    WhisperConfig,
    WhisperSpec,
)
from tokenizers import Tokenizer  # type: ignore[import-untyped,import-not-found,unused-ignore]
from tokenizers.models import WordLevel  # type: ignore[import-untyped,import-not-found,unused-ignore]

WIDTH, FRAMES, TOKENS, MELS = 8, 1500, 448, 80
VOCABULARY = 51_865
LANGUAGES = ("en", "zh", "de", "es", "ru", "fr", "pt", "no", "jw")
START, FIRST_LANGUAGE = 50_258, 50_259
FACTORS = {
    "self_attention/linear_0": (3, 1),
    "attention/linear_1": (2, 1),
    "ffn/linear_0": (4, 1),
    "ffn/linear_1": (1, 4),
}


def tiny_whisper(directory: Path, language: str = "de") -> Path:
    """Write a model that can be loaded from `directory`, and give it back."""
    directory.mkdir(parents=True, exist_ok=True)
    spec = WhisperSpec(1, 1, 1, 1)
    _fill(spec, language)
    tokens = list(_tokens())
    spec.register_vocabulary(tokens)
    spec._config = WhisperConfig(
        suppress_ids=[], suppress_ids_begin=[], lang_ids=[FIRST_LANGUAGE + at for at in range(len(LANGUAGES))]
    )
    spec.validate()
    spec.optimize()
    spec.save(str(directory))
    Tokenizer(WordLevel({token: at for at, token in enumerate(tokens)}, unk_token="w0")).save(
        str(directory / "tokenizer.json")
    )
    (directory / "preprocessor_config.json").write_text(json.dumps({"feature_size": MELS}))
    return directory


def _tokens() -> Iterator[str]:
    special = {
        START: "<|startoftranscript|>",
        50_257: "<|endoftext|>",
        50_256: "",
    }  # "": by it a model is known to be multilingual
    special |= {FIRST_LANGUAGE + at: f"<|{language}|>" for at, language in enumerate(LANGUAGES)}

    special |= {50_362: "<|nospeech|>", 50_363: "<|notimestamps|>"}
    yield from (special.get(at, f"w{at}") for at in range(VOCABULARY))


def _fill(spec: WhisperSpec, language: str) -> None:
    random = numpy.random.default_rng(1)

    def some(*shape: int) -> "numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float32]]":
        return random.normal(0, 0.1, shape).astype("float32")

    for name, value in list(spec.variables(ordered=True)):
        if value is not None:
            continue
        _put(spec, name, some(*_shape(name)))
    spec.encoder.conv1.bias, spec.encoder.conv2.bias = some(WIDTH), some(WIDTH)
    spec.encoder.position_encodings.encodings = some(FRAMES, WIDTH)
    spec.decoder.position_encodings.encodings = some(TOKENS, WIDTH)
    spec.decoder.layer_norm.beta = numpy.ones(WIDTH, "float32")
    spec.decoder.projection.weight[FIRST_LANGUAGE + LANGUAGES.index(language)] += 0.8


def _shape(name: str) -> tuple[int, ...]:
    if name.endswith(("gamma", "beta")):
        return (WIDTH,)
    if "conv" in name:
        return (WIDTH, MELS if "conv1" in name else WIDTH, 3)
    if name in {"decoder/embeddings/weight", "decoder/projection/weight"}:
        return (VOCABULARY, WIDTH)
    rows, columns = 1, 1
    for part, factor in FACTORS.items():
        cross = "self_attention" not in name
        if part in name and not (part == "attention/linear_1" and not cross):
            rows, columns = factor
    return (rows * WIDTH, columns * WIDTH)


def _put(spec: WhisperSpec, name: str, value: object) -> None:
    *path, last = name.split("/")
    for part in path:
        stem, _, at = part.rpartition("_")
        if stem in {"layer", "linear"} and at.isdigit() and not hasattr(spec, part):
            spec = getattr(spec, stem)[int(at)]
        else:
            spec = getattr(spec, part)
    setattr(spec, last, value)
