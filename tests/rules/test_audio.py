"""What an audio file's facts mean: refused for what it is, mentioned for what is doubtful, never for what was said."""

from dataclasses import replace

import pytest

from messages.audio import AudioFacts, AudioInspected, AudioLoudness, AudioProblem, InspectAudio, Trouble
from rules.audio import LoudnessLimits, chosen, judge, unchecked
from tests.kit import Probe

WAV = AudioFacts(
    container="wav",
    codec="pcm_s16",
    sample_rate_hz=8000,
    channels=1,
    duration_ms=12_000,
    exact=True,
    size_bytes=192_044,
)
MP3 = replace(WAV, container="mp3", codec="mp3")
VORBIS = replace(WAV, container="ogg", codec="vorbis")
OPUS = replace(WAV, container="ogg", codec="opus", sample_rate_hz=48_000)
FLAC = replace(WAV, container="ogg", codec="flac")
QUIET = AudioLoudness(integrated_lufs=-23.0, true_peak_dbtp=-3.0, clipped_samples=0, measured_ms=12_000)


def judged(
    found: AudioFacts | AudioProblem, url: str = "https://cdn.test/a.wav?sig=secret", **asked: object
) -> AudioInspected:
    question = InspectAudio(inspection_id="i1", url=url, level="headers", deadline_s=1.0, reply_to=Probe("barge"))
    return judge(replace(question, **asked), found, LoudnessLimits())  # type: ignore[arg-type]


def codes(inspected: AudioInspected) -> tuple[list[str], list[str]]:
    return [reason.code for reason in inspected.refusals], [reason.code for reason in inspected.warnings]


def loud(**loudness: object) -> list[str]:
    measured = replace(QUIET, **loudness)  # type: ignore[arg-type]
    inspected = judged(replace(WAV, loudness=measured), level="full")
    assert not inspected.refusals
    return [reason.message for reason in inspected.warnings]


def test_a_file_that_is_what_it_is_called_passes_with_its_facts() -> None:
    assert judged(WAV) == AudioInspected(inspection_id="i1", facts=WAV)


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("a.wav", WAV),
        ("a.WAV", WAV),
        ("a.mp3", MP3),
        ("a.ogg", VORBIS),
        ("a.ogg", OPUS),
        ("a.oga", OPUS),
        ("a.opus", OPUS),
    ],
)
def test_each_extension_has_its_formats(name: str, facts: AudioFacts) -> None:
    assert codes(judged(facts, f"https://cdn.test/{name}")) == ([], [])


@pytest.mark.parametrize(
    ("name", "facts", "words"),
    [
        ("a.wav", MP3, "called .wav and is mp3"),
        ("a.mp3", WAV, "called .mp3 and is pcm_s16 in wav"),
        ("a.ogg", FLAC, "called .ogg and is flac in ogg"),
        ("a.opus", VORBIS, "called .opus and is vorbis in ogg"),
        ("a.mp3/b.ogg", MP3, "called .ogg and is mp3"),
    ],
)
def test_another_format_than_the_extension_says_is_refused(name: str, facts: AudioFacts, words: str) -> None:
    inspected = judged(facts, f"https://cdn.test/{name}?format=.wav")
    assert codes(inspected) == (["SB-117"], [])
    assert words in inspected.refusals[0].message


def test_extensions_that_are_not_known_here_promise_nothing() -> None:
    assert codes(judged(MP3, "https://cdn.test/a.g729")) == ([], [])
    assert codes(judged(MP3, "https://cdn.test/a")) == ([], [])
    stranger = AudioProblem(trouble="not_audio", detail="the file is no WAV, MP3 or Ogg file")
    assert codes(judged(stranger, "https://cdn.test/a.g729")) == ([], ["SB-120"])


@pytest.mark.parametrize(
    ("trouble", "code"),
    [("missing", "SB-115"), ("not_audio", "SB-116"), ("broken", "SB-116"), ("empty", "SB-116"), ("too_big", "SB-118")],
)
def test_what_is_missing_or_unfit_is_refused(trouble: Trouble, code: str) -> None:
    inspected = judged(AudioProblem(trouble=trouble, detail="so it is"))
    assert (codes(inspected), inspected.facts) == (([code], []), None)
    assert inspected.refusals[0].message == "the audio file cannot be played: so it is"


def test_what_cannot_be_reached_from_here_is_only_mentioned() -> None:
    inspected = judged(AudioProblem(trouble="unreachable", detail="cdn.test does not resolve"))
    assert inspected.warnings == (unchecked("cdn.test does not resolve"),)
    assert not inspected.refusals


@pytest.mark.parametrize(("duration_ms", "refused"), [(30_000, []), (30_001, ["SB-114"])])
def test_the_files_own_length_decides_whatever_the_order_says(duration_ms: int, refused: list[str]) -> None:
    inspected = judged(replace(WAV, duration_ms=duration_ms), longest_ms=30_000, asked_ms=30_000)
    assert codes(inspected) == (refused, [])
    shorter_claim = judged(replace(WAV, duration_ms=31_000), longest_ms=30_000, asked_ms=5_000)
    assert codes(shorter_claim) == (["SB-114"], [])
    assert "lasts 31000 ms: it may have 30000" in shorter_claim.refusals[0].message


def test_a_prompt_may_last_as_long_as_it_likes() -> None:
    assert codes(judged(replace(WAV, duration_ms=600_000))) == ([], [])


def test_an_estimate_is_told_as_one() -> None:
    inspected = judged(replace(WAV, duration_ms=40_000, exact=False), longest_ms=30_000)
    assert "lasts about 40000 ms" in inspected.refusals[0].message


def test_what_will_be_cut_is_mentioned() -> None:
    inspected = judged(WAV, longest_ms=30_000, asked_ms=5_000)
    assert codes(inspected) == ([], ["SB-121"])
    assert "only the first 5000 ms" in inspected.warnings[0].message


def test_all_refusals_come_at_once() -> None:
    assert codes(judged(replace(MP3, duration_ms=31_000), longest_ms=30_000)) == (["SB-117", "SB-114"], [])


def test_a_quiet_file_is_fine() -> None:
    assert loud() == []
    assert loud(integrated_lufs=-14.0, true_peak_dbtp=-1.0) == []


def test_loud_files_are_mentioned_for_each_thing_that_is_too_much() -> None:
    assert loud(integrated_lufs=-13.9) == ["the file is too loud: -13.9 LUFS, -14 are enough"]
    assert loud(true_peak_dbtp=0.4) == ["the file peaks at 0.4 dBTP: -1 are enough"]
    assert loud(clipped_samples=7) == ["the file is clipped: 7 samples at full scale"]
    assert len(loud(integrated_lufs=-5.0, true_peak_dbtp=5.0, clipped_samples=1000)) == 3


def test_silence_is_mentioned_and_too_little_to_weigh_is_not() -> None:
    assert loud(integrated_lufs=None, true_peak_dbtp=None) == ["the file is silent"]
    assert loud(integrated_lufs=None) == []


def test_loudness_that_was_asked_for_and_not_measured_is_mentioned() -> None:
    assert codes(judged(WAV, level="full")) == ([], ["SB-120"])


def test_no_word_shows_the_url() -> None:
    said = repr(
        [judged(found) for found in (replace(MP3, duration_ms=1), AudioProblem(trouble="missing", detail="404"))]
    )
    assert "secret" not in said
    asked = InspectAudio(
        inspection_id="i1", url="https://cdn.test/?secret", level="off", deadline_s=1.0, reply_to=Probe("barge")
    )
    assert "secret" not in repr(asked)


def test_a_url_is_always_looked_at_by_the_same_inspector_and_each_has_work() -> None:
    names = ("a", "b", "c")
    urls = [f"https://cdn.test/{number}.wav" for number in range(50)]
    assert [chosen(url, names) for url in urls] == [chosen(url, names) for url in urls]
    assert {chosen(url, names) for url in urls} == set(names)
