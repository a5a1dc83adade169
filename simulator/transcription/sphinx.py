"""`python -m simulator.transcription.sphinx`: pocketsphinx in a process of its own, one utterance after the other.

On stdin each utterance is its length in bytes (4, most significant first), its rate in Hz (4), and 16-bit samples,
least significant byte first. On stdout each answer is one line of JSON: `{"text": …}`; the first, `{}`, means ready.
Ends with stdin.
"""

import sys
from array import array
from math import factorial, pi, sin, sqrt
from pathlib import Path
from struct import Struct
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import orjson

from simulator.forms import BadInput
from simulator.transcription.vocabulary import FULL, Vocabulary, corpus, dictionary, read_vocabulary
from simulator.wav import samples_of

HEAD = Struct("!II")
MODEL_RATE_HZ = 16_000
DISCOUNT = 0.05  # share of the language model's mass for what no sentence has: little, the sentences are known
LANGUAGE_WEIGHT = 20.0  # of the language model against the sound; the model's own is 6.5, for open vocabularies
BAD_CONFIGURATION = 78
_REACH, _KAISER_BETA = 10, 5.0  # of the filter, to each side


def decoder(vocabulary: str) -> Any:
    """A pocketsphinx decoder for the vocabulary in a file, or FULL. BadInput names what is wrong with the file."""
    import pocketsphinx
    from pocketsphinx.lm import ArpaBoLM

    if vocabulary == FULL:
        return pocketsphinx.Decoder(loglevel="FATAL")
    read: Vocabulary = read_vocabulary(Path(vocabulary))
    shipped = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
    with TemporaryDirectory(prefix="simulator-sphinx-") as name:
        words, model = Path(name) / "words.dict", Path(name) / "sentences.lm"
        with shipped.open(encoding="utf-8") as known:
            words.write_text("".join(dictionary(read, known)), encoding="utf-8")
        counted = ArpaBoLM(text=corpus(read), discount_mass=DISCOUNT)
        counted.compute()
        counted.write_file(str(model))
        return pocketsphinx.Decoder(loglevel="FATAL", lm=str(model), dict=str(words), lw=LANGUAGE_WEIGHT)


def doubled(samples: "array[int]") -> "array[int]":
    """Twice as many samples a second: each new one between two old ones, by a half-band filter.

    A poorer filter leaves images above 4 kHz, which cost the model a third of the words.
    """
    reach = len(_HALF_BAND)
    padded = [0] * (reach - 1) + list(samples) + [0] * reach
    between = [0.0] * len(samples)
    for away, weight in enumerate(_HALF_BAND):
        before, after = padded[reach - 1 - away :], padded[reach + away :]
        between = [sum_ + weight * (x + y) for sum_, x, y in zip(between, before, after, strict=False)]
    out = array("h", bytes(4 * len(samples)))
    out[0::2] = samples
    out[1::2] = array("h", (max(-32_768, min(32_767, round(value))) for value in between))
    return out


def _half_band() -> list[float]:
    """Weights of the samples 0.5, 1.5 … away: a sinc under a Kaiser window."""
    edge = _bessel(_KAISER_BETA)
    places = [(number + 0.5) / _REACH for number in range(_REACH)]
    windows = [_bessel(_KAISER_BETA * sqrt(1 - place * place)) / edge for place in places]
    arguments = [pi * (number + 0.5) for number in range(_REACH)]
    return [window * sin(argument) / argument for window, argument in zip(windows, arguments, strict=True)]


def _bessel(value: float) -> float:
    """The modified Bessel function of order 0."""
    return sum((value / 2) ** (2 * power) / factorial(power) ** 2 for power in range(30))


_HALF_BAND = _half_band()


def text_of(engine: Any, samples: "array[int]", rate_hz: int) -> str:
    """The words that were heard; empty when there were none."""
    fitting = samples if rate_hz == MODEL_RATE_HZ else doubled(samples)
    engine.start_utt()
    engine.process_raw(fitting.tobytes(), full_utt=True)
    engine.end_utt()
    found = engine.hyp()
    return "" if found is None else str(found.hypstr)


def serve(engine: Any, asked: BinaryIO, answered: BinaryIO) -> None:
    """Until there is nothing more to hear."""
    _answer(answered, {})
    while len(head := asked.read(HEAD.size)) == HEAD.size:
        size, rate_hz = HEAD.unpack(head)
        _answer(answered, {"text": text_of(engine, samples_of(asked.read(size)), rate_hz)})


def _answer(answered: BinaryIO, told: dict[str, str]) -> None:
    answered.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
    answered.flush()


def main() -> int:
    try:
        engine = decoder(sys.argv[1])
    except BadInput as bad:
        sys.stderr.write("".join(f"simulator: {problem}\n" for problem in bad.problems))
        return BAD_CONFIGURATION
    serve(engine, sys.stdin.buffer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
