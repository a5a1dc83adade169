"""Loudness, true peak and clipping, against signals of which the standards say how they measure."""

import os

import numpy as np
import numpy.typing as npt
import pytest

from clients.audio_loudness import AT_ONCE, clipped, integrated_lufs, loudness_of, measure, true_peak_dbtp
from clients.audio_source import Unreadable
from messages.audio import AudioLoudness
from tests.clients.audio_cdn import recorded, shipped, wav

Samples = npt.NDArray[np.float32]


def tone(hz: float, seconds: float, dbfs: float, rate: int = 48_000, channels: int = 1, phase: float = 0.0) -> Samples:
    at = np.arange(round(seconds * rate)) / rate
    one = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * at + phase)
    return np.repeat(one[:, None], channels, axis=1).astype(np.float32)


def measured(file: bytes, most_seconds: float = 60.0) -> tuple[AudioLoudness, int | None]:
    descriptor = os.memfd_create("audio")
    os.write(descriptor, file)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return measure(descriptor, most_seconds)


@pytest.mark.parametrize("dbfs", [-23.0, -33.0])
def test_a_stereo_tone_of_1_khz_is_as_loud_as_ebu_tech_3341_says(dbfs: float) -> None:
    assert integrated_lufs(tone(1000, 5.0, dbfs, channels=2), 48_000) == pytest.approx(dbfs, abs=0.1)


def test_pauses_do_not_make_it_quieter() -> None:
    pause = np.zeros((5 * 48_000, 2), dtype=np.float32)
    loud = tone(1000, 5.0, -23.0, channels=2)
    assert integrated_lufs(np.concatenate([loud, pause]), 48_000) == pytest.approx(-23.0, abs=0.3)


@pytest.mark.parametrize(
    "samples",
    [np.zeros((48_000, 1), dtype=np.float32), tone(1000, 0.3, -6.0), tone(1000, 1.0, -6.0, channels=6)],
    ids=["silence", "too short", "too many channels"],
)
def test_what_cannot_be_weighed_has_no_loudness(samples: Samples) -> None:
    assert integrated_lufs(samples, 48_000) is None


def test_rates_below_those_of_telephones_have_no_loudness() -> None:
    assert integrated_lufs(tone(100, 1.0, -6.0, rate=4000), 4000) is None


def test_a_peak_between_two_samples_is_found() -> None:
    samples = tone(12_000, 1.0, 0.0, phase=np.pi / 4)  # every sample is at 0.707 of the peak
    assert 20 * np.log10(np.abs(samples).max()) == pytest.approx(-3.0, abs=0.1)
    assert true_peak_dbtp(samples) == pytest.approx(0.0, abs=0.3)


def test_where_pieces_meet_there_is_no_peak() -> None:
    samples = np.full((AT_ONCE * 2 + 100, 1), 0.5, dtype=np.float32)
    steady = true_peak_dbtp(samples[1000:-1000])
    ends = true_peak_dbtp(samples[: AT_ONCE // 2])
    assert true_peak_dbtp(samples) == ends == steady


def test_silence_has_no_peak() -> None:
    assert true_peak_dbtp(np.zeros((10, 2), dtype=np.float32)) is None
    assert true_peak_dbtp(np.zeros((0, 1), dtype=np.float32)) is None


def test_only_runs_at_full_scale_are_clipped() -> None:
    runs = np.array([[1, 1, 0, 1, 1, 1, 0, -1, -1, -1, -1, 1.7]], dtype=np.float32).T
    assert clipped(runs) == 3 + 5
    assert clipped(np.zeros((0, 1), dtype=np.float32)) == 0
    assert clipped(tone(440, 1.0, -0.1)) == 0


def test_files_are_decoded_and_measured() -> None:
    for name in ("noted.mp3", "stereo.ogg"):
        loudness, duration_ms = measured(shipped(name))
        assert loudness.integrated_lufs == pytest.approx(-23.5, abs=4.0)
        assert duration_ms == pytest.approx(1250, abs=60)
    loudness, _duration = measured(recorded("en.standard.welcome.opus"))
    assert loudness.clipped_samples == 0


def test_a_loud_file_shows_on_every_meter() -> None:
    loudness, _duration = measured(recorded("en.standard.loud.wav"))
    assert loudness.integrated_lufs is not None
    assert loudness.integrated_lufs > -10
    assert loudness.true_peak_dbtp is not None
    assert loudness.true_peak_dbtp > 0
    assert loudness.clipped_samples > 1000


def test_only_the_beginning_of_a_long_file_is_measured() -> None:
    loudness, duration_ms = measured(wav(3.0), most_seconds=1.0)
    assert (loudness.measured_ms, duration_ms) == (1000, None)
    assert measured(wav(1.0), most_seconds=1.0)[1] == 1000


@pytest.mark.parametrize("file", [b"", b"RIFF", b"not audio at all" * 100, wav()[:20]])
def test_what_cannot_be_decoded_is_broken(file: bytes) -> None:
    with pytest.raises(Unreadable, match="cannot be decoded"):
        measured(file)


def test_samples_that_are_no_numbers_are_broken_and_huge_ones_are_not() -> None:
    def floats(value: float) -> bytes:
        samples = np.full(8000, value, dtype="<f4").tobytes()
        form = b"\x03\x00\x01\x00\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x20\x00"
        size = len(samples).to_bytes(4, "little")
        return b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\x00\x00\x00" + form + b"data" + size + samples

    with pytest.raises(Unreadable, match="no numbers"):
        measured(floats(np.nan))
    assert measured(floats(1e30))[0].true_peak_dbtp == pytest.approx(60.0, abs=2.0)


def test_the_meters_agree_with_what_they_show_together() -> None:
    samples = tone(440, 1.0, -6.0)
    assert loudness_of(samples, 48_000) == AudioLoudness(
        integrated_lufs=integrated_lufs(samples, 48_000),
        true_peak_dbtp=true_peak_dbtp(samples),
        clipped_samples=0,
        measured_ms=1000,
    )
