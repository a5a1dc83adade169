"""The matrix of prompts: which files belong into it, and what the findings amount to."""

from dataclasses import replace

import pytest

from messages.audio import AudioFacts, AudioInspected, AudioLoudness
from messages.prompts import CheckPrompts, PromptCell
from rules.audio import LOUD
from rules.audio_coverage import MOST_CELLS, facts_told, matrix, plan, refusal, row, unknown
from rules.catalogue import reason

CDN = "https://cdn.test/prompts?v=2"
CHECK = CheckPrompts(
    keys=("welcome", "bye"), languages=("en", "pt-BR"), tiers=("standard", "premium"), codecs=("mp3", "opus", "wav")
)
CELL = PromptCell(key="bye", language="en", tier="premium", codec="wav", url="https://cdn.test/en/premium/bye.wav")
FACTS = AudioFacts(
    container="wav", codec="pcm_s16", sample_rate_hz=8000, channels=1, duration_ms=900, exact=True, size_bytes=14_444
)


def inspected(facts: AudioFacts | None = FACTS, refusals: str = "", warnings: str = "") -> AudioInspected:
    return AudioInspected(
        inspection_id="i1",
        facts=facts,
        refusals=tuple(reason(code) for code in refusals.split()),
        warnings=tuple(reason(code) for code in warnings.split()),
    )


def test_every_prompt_is_looked_for_in_each_language_tier_and_codec() -> None:
    cells = plan(CHECK, CDN)
    assert len(cells) == len(set(cells)) == 24
    assert [cell.url for cell in cells[:3]] == [
        f"https://cdn.test/prompts/en/standard/welcome.{codec}?v=2" for codec in ("mp3", "opus", "wav")
    ]
    assert cells[-1].url == "https://cdn.test/prompts/pt-br/premium/bye.wav?v=2"


def test_what_is_named_twice_is_looked_for_once() -> None:
    assert len(plan(replace(CHECK, languages=("en", "EN", "en")), CDN)) == 12


def test_a_check_that_can_be_done_is_not_refused() -> None:
    assert refusal(CHECK, CDN) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"keys": ("../../etc/passwd",)}, "no prompt's name"),
        ({"languages": ("en/../..",)}, "no language"),
        ({"codecs": ("mp3?x=",)}, "no codec"),
        ({"keys": ()}, "that are 0 files"),
        ({"keys": tuple(f"p{number}" for number in range(MOST_CELLS))}, "that are 24000 files"),
        ({"level": "off"}, "level off"),
        ({"within_s": 0.0}, "within_s is 0"),
        ({"within_s": float("nan")}, "within_s is nan"),
        ({"within_s": 601.0}, "within_s is 601"),
    ],
)
def test_a_check_that_cannot_be_done_is_refused_with_what_to_do(changes: dict[str, object], words: str) -> None:
    refused = refusal(replace(CHECK, **changes), CDN)  # type: ignore[arg-type]
    assert refused is not None
    assert words in refused.message
    assert refused.remedy


def test_without_a_cdn_there_is_nothing_to_look_at() -> None:
    refused = refusal(CHECK, "")
    assert refused is not None
    assert "CDN_BASE_URL" in refused.remedy


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (inspected(), "present"),
        (inspected(warnings="SB-120"), "present"),
        (inspected(warnings=f"SB-120 {LOUD}"), "too_loud"),
        (inspected(refusals="SB-117", warnings=LOUD), "unfit"),
        (inspected(None, refusals="SB-116"), "unfit"),
        (inspected(None, refusals="SB-115"), "missing"),
        (inspected(None, warnings="SB-120"), "unknown"),
    ],
)
def test_each_file_is_in_one_state(found: AudioInspected, state: str) -> None:
    told = row(CELL, found)
    assert (told.state, told.facts) == (state, found.facts)
    assert told.reasons == (*found.refusals, *found.warnings)


def test_a_matrix_tells_every_row_and_counts_them() -> None:
    told = matrix((row(CELL, inspected()), row(CELL, inspected(None, refusals="SB-115")), unknown(CELL, "no time")))
    assert told["counts"] == {"present": 1, "too_loud": 0, "unfit": 0, "missing": 1, "unknown": 1}
    assert isinstance(told["prompts"], list)
    first, second, third = told["prompts"]
    assert first == {
        "prompt_key": "bye",
        "language": "en",
        "tier": "premium",
        "codec": "wav",
        "state": "present",
        "file": "en/premium/bye.wav",
        "audio": facts_told(FACTS),
        "reasons": [],
    }
    assert second["reasons"][0]["code"] == "SB-115"  # type: ignore[call-overload, index]
    assert "no time" in third["reasons"][0]["message"]  # type: ignore[call-overload, index, operator]


def test_facts_are_told_with_their_loudness_where_it_was_measured() -> None:
    assert facts_told(None) is None
    loudness = AudioLoudness(integrated_lufs=-20.5, true_peak_dbtp=-3.0, clipped_samples=0, measured_ms=900)
    told = facts_told(replace(FACTS, loudness=loudness))
    assert told is not None
    assert told["loudness"] == {
        "integrated_lufs": -20.5,
        "true_peak_dbtp": -3.0,
        "clipped_samples": 0,
        "measured_ms": 900,
    }
    assert told["duration_ms"] == 900
