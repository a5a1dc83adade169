import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

import simulator
from simulator.forms import BadInput
from simulator.g711 import to_linear
from simulator.server import Simulator
from simulator.transcription.options import TranscriptionOptions
from simulator.transcription.vocabulary import DEMO, Vocabulary, dictionary, read_vocabulary
from simulator.wav import read_wav
from tests.simulator.transcription.client import call, chunk

CALLS = Path(simulator.__file__).parent / "audio" / "calls"
needs_pocketsphinx = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None,
    reason="pocketsphinx is not installed: pip install 'genesys-switchboard[recogniser]'",
)


@pytest.fixture
def listening() -> Iterator[Simulator]:
    with Simulator(transcription=TranscriptionOptions(recogniser="pocketsphinx")) as box:
        yield box


def words(text: str) -> set[str]:
    return {"".join(letter for letter in word if letter.isalpha() or letter == "-") for word in text.lower().split()}


def spoken(name: str, audio_format: str = "PCMU") -> list[bytes]:
    audio = read_wav((CALLS / f"{name}.wav").read_bytes(), name).ulaw
    if audio_format == "L16":
        samples = to_linear(audio)
        samples.byteswap()
        audio = samples.tobytes()
    step = 320 if audio_format == "L16" else 160
    return [audio[at : at + step] for at in range(0, len(audio), step)]


def heard_of(box: Simulator, name: str, audio_format: str = "PCMU") -> tuple[str, int, int]:
    """All the text, the last sequence number acknowledged, and how many chunks there were."""
    pieces = spoken(name, audio_format)
    with call(box) as one:
        one.say(
            chunk(number, name, audio_data=piece, audio_format=audio_format)
            for number, piece in enumerate(pieces, start=1)
        )
        one.finish()
        results = one.rest()
    return " ".join(result.text for result in results), results[-1].sequence_number, len(pieces)


@needs_pocketsphinx
@pytest.mark.parametrize("name", sorted(path.stem for path in CALLS.glob("*.wav")))
def test_most_words_of_a_spoken_sentence_are_heard(listening: Simulator, name: str) -> None:
    expected = words((CALLS / f"{name}.txt").read_text())
    text, acknowledged, sent = heard_of(listening, name)
    assert len(expected & words(text)) >= 0.5 * len(expected), text
    assert acknowledged == sent


@needs_pocketsphinx
def test_linear_samples_are_heard_too(listening: Simulator) -> None:
    expected = words((CALLS / "en.flight.txt").read_text())
    text, _, _ = heard_of(listening, "en.flight", "L16")
    assert len(expected & words(text)) >= 0.5 * len(expected), text


@needs_pocketsphinx
def test_an_utterance_is_told_before_the_stream_ends(listening: Simulator) -> None:
    pieces = [*spoken("en.flight"), *[b"\xff" * 160] * 50]
    with call(listening) as one:
        one.say(chunk(number, audio_data=piece) for number, piece in enumerate(pieces, start=1))
        result = one.hear()
        assert "flight" in result.text
        assert 100 < result.sequence_number <= len(pieces)


@needs_pocketsphinx
def test_silence_and_unknown_formats_are_acknowledged_without_a_text(listening: Simulator) -> None:
    for audio_format in ("PCMU", "OPUS"):
        with call(listening) as one:
            one.say(chunk(number, audio_format, audio_format=audio_format) for number in range(1, 301))
            one.finish()
            assert [(result.sequence_number, result.text) for result in one.rest()] == [(250, ""), (300, "")]
    assert listening.counts()["transcription.recognised"] == 0


@needs_pocketsphinx
def test_who_is_scripted_is_not_recognised(listening: Simulator) -> None:
    listening.set_transcripts({"conversation_id": "en.flight", "texts": ["Scripted."]})
    text, _, _ = heard_of(listening, "en.flight")
    assert text.startswith("Scripted.")


@needs_pocketsphinx
def test_a_vocabulary_that_cannot_be_read_costs_the_text_and_nothing_else(tmp_path: Path) -> None:
    options = TranscriptionOptions(recogniser="pocketsphinx", vocabulary=str(tmp_path / "none.json"))
    with Simulator(transcription=options) as box:
        text, acknowledged, sent = heard_of(box, "en.flight")
        assert (text.strip(), acknowledged) == ("", sent)
        assert box.counts()["transcription.unrecognised"] >= 1


def test_a_recogniser_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadInput, match="expected pocketsphinx"):
        TranscriptionOptions(recogniser="kaldi")


def test_a_word_that_nobody_can_say_is_named() -> None:
    vocabulary = Vocabulary(sentences=("hello qwrtz",), sounds={})
    with pytest.raises(BadInput, match="no pronunciation of qwrtz"):
        list(dictionary(vocabulary, ["hello HH AH L OW\n", "hello(2) HH EH L OW\n"]))


def test_every_foreign_word_of_the_demo_has_its_sounds_and_every_sentence_its_audio() -> None:
    vocabulary = read_vocabulary(DEMO)
    assert vocabulary.sounds.keys() <= vocabulary.words
    said = {frozenset(words(path.read_text())) for path in CALLS.glob("*.txt")}
    assert said == {frozenset(words(sentence)) for sentence in vocabulary.sentences}
