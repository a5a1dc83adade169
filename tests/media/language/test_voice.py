"""What is voice and what is not."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.language.voice import ENOUGH_S, PATIENCE_S, VoiceGate
from tests.media.language.sounds import hiss, silence, speech, tone

SPEECH = speech()


def gate(audio: bytes, portion: int = 320, *, codec: str = "L16", rate_hz: int = 8000, channels: int = 1) -> VoiceGate:
    listening = VoiceGate(codec=codec, rate_hz=rate_hz, channels=channels)
    for at in range(0, len(audio), portion):
        listening.hear(audio[at : at + portion])
    return listening


def test_speech_is_voice_most_of_the_time() -> None:
    seconds = len(SPEECH) / 16_000
    assert 0.6 * seconds < gate(SPEECH).voiced_s <= seconds


@pytest.mark.parametrize("name", ["en.premium.welcome.wav", "es.premium.welcome.wav"])
def test_at_sixteen_kilohertz_too(name: str) -> None:
    audio = speech(name)
    assert gate(audio, 640, rate_hz=16_000).voiced_s > 0.6 * len(audio) / 32_000


def test_silence_is_no_voice() -> None:
    assert gate(silence(5)).voiced_s == 0


def test_line_noise_is_no_voice_for_long() -> None:
    assert gate(hiss(5)).voiced_s < 0.5


def test_a_tone_passes_and_is_left_to_the_model() -> None:
    assert gate(tone(5)).enough


def test_pauses_are_cut_out() -> None:
    spoken = gate(SPEECH)
    paused = gate(SPEECH + silence(3) + SPEECH)
    assert paused.voiced_s < 2.5 * spoken.voiced_s


def test_it_keeps_no_more_than_is_enough() -> None:
    listening = gate(SPEECH * 10)
    assert listening.enough
    assert listening.done
    assert ENOUGH_S <= listening.voiced_s < ENOUGH_S + 0.02


def test_it_does_not_wait_for_voice_for_ever() -> None:
    assert not gate(silence(PATIENCE_S - 1)).done
    assert gate(silence(PATIENCE_S)).done


@given(st.integers(2, 5000).map(lambda half: half // 2 * 2))
def test_it_does_not_matter_in_what_portions_audio_comes(portion: int) -> None:
    assert gate(SPEECH, portion).voice == gate(SPEECH, len(SPEECH)).voice


def test_the_other_channel_is_not_heard() -> None:
    left, right = array("h", SPEECH), array("h", tone(len(SPEECH) / 16_000))
    both = array("h", [sample for pair in zip(left, right, strict=True) for sample in pair])
    assert gate(both.tobytes(), 640, channels=2).voice == gate(SPEECH).voice


@pytest.mark.parametrize(("codec", "quiet"), [("PCMU", b"\xff"), ("PCMA", b"\xd5")])
def test_packed_silence_is_no_voice(codec: str, quiet: bytes) -> None:
    assert gate(quiet * 8000, 160, codec=codec).voiced_s == 0
