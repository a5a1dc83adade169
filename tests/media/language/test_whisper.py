"""A real Whisper, tiny and taught nothing, in its own process. Needs the extra `spoken`."""

import asyncio
import os
from pathlib import Path

import pytest

if not os.environ.get("CI"):
    pytest.importorskip("faster_whisper", reason="the extra `spoken` is not installed")
pytestmark = pytest.mark.filterwarnings("default")  # its libraries warn of one another

import numpy  # noqa: E402
from faster_whisper.tokenizer import _LANGUAGE_CODES  # type: ignore  # noqa: E402

from media.language.desk import LanguageDesk, spoken_process  # noqa: E402
from media.language.model_directory import missing_model  # noqa: E402
from media.language.whisper import WhisperLanguageModel, resampled  # noqa: E402
from messages.media import LanguagePlan  # noqa: E402
from rules.known_languages import BY_SOUND  # noqa: E402
from rules.language_evidence import Standing  # noqa: E402
from rules.languages import written  # noqa: E402
from tests.media.language.processes import GENEROUS_S, answer, running  # noqa: E402
from tests.media.language.sounds import speech  # noqa: E402
from tests.media.language.tiny_whisper import tiny_whisper  # noqa: E402


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_whisper(tmp_path_factory.mktemp("tiny")))


def test_the_tiny_model_is_a_whole_one(directory: str) -> None:
    assert missing_model(Path(directory)) is None


def test_the_model_answers_with_tags_and_probabilities(directory: str) -> None:
    guesses = WhisperLanguageModel(directory).identify(speech(), 8000)
    tags = [tag for tag, _probability in guesses]
    assert tags[0] == "de"
    assert len(set(tags)) == 5
    assert 0.9 < guesses[0][1] < 1
    assert [probability for _tag, probability in guesses] == sorted(
        (probability for _tag, probability in guesses), reverse=True
    )


def test_our_table_is_the_librarys() -> None:
    assert frozenset(map(written, _LANGUAGE_CODES)) == BY_SOUND


def test_what_it_hears_matters(directory: str) -> None:
    model = WhisperLanguageModel(directory)
    assert model.identify(speech(), 8000) != model.identify(bytes(64_000), 8000)


@pytest.mark.parametrize(("rate_hz", "hz"), [(8000, 440), (16_000, 3000), (48_000, 440)])
def test_a_tone_is_the_same_tone_at_the_models_rate(rate_hz: int, hz: int) -> None:
    here, there = (numpy.sin(2 * numpy.pi * hz * numpy.arange(rate) / rate) for rate in (rate_hz, 16_000))
    assert numpy.allclose(resampled(here.astype("float32"), rate_hz), there, atol=1e-3)


def test_in_its_own_process(directory: str) -> None:
    async def trip() -> None:
        process = spoken_process(directory, GENEROUS_S)
        async with running(process):
            (tag, probability), *_others = await answer(process, speech())
            assert tag == "de"
            assert probability > 0.9

    asyncio.run(trip())


def test_a_directory_without_a_model_is_refused_and_not_tried_again(tmp_path: Path) -> None:
    async def trip() -> None:
        process = spoken_process(str(tmp_path), GENEROUS_S)
        async with running(process) as keeping:
            await asyncio.wait_for(keeping, GENEROUS_S)
            assert process.failures == 0

    asyncio.run(trip())


def test_a_calls_voice_is_evidence_of_its_language(directory: str) -> None:
    async def trip() -> None:
        told: asyncio.Future[Standing] = asyncio.get_running_loop().create_future()
        plan = LanguagePlan(text=False, model=directory, languages=("de-CH", "fr"))
        desk = LanguageDesk(plan)
        assert desk.listeners is not None
        await asyncio.wait_for(desk.listeners.up.wait(), GENEROUS_S)
        book = desk.book(told.set_result, codec="L16", rate_hz=8000)
        assert book.listens
        book.audio(speech() * 4)
        standing = await asyncio.wait_for(told, GENEROUS_S)
        assert (standing.tag, standing.source, standing.evidence) == ("de-CH", "audio", "4.0 s of voice")
        book.close()
        desk.close()
        await desk.wait_closed()

    asyncio.run(trip())
