"""A call's audio cut into frames, mono or two channels, as it goes on the wire."""

from array import array
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from simulator.forms import BadInput
from simulator.g711 import SILENCE
from simulator.wav import Sound, l16_of, read_wav

PCMU, L16 = "PCMU", "L16"
FORMATS = (PCMU, L16)


class Tape:
    """The files that calls are about; call number n is file n, from the beginning again when there are no more.

    `silence_s` is added behind each. BadInput names every file that cannot be used.
    """

    def __init__(self, files: Sequence[Path], rate_hz: int, frame_ms: int, silence_s: float = 0.0) -> None:
        self.names = [path.name for path in files]
        quiet = bytes([SILENCE]) * round(silence_s * rate_hz)
        self._sounds = _sounds(files, rate_hz, quiet)
        self.frame_samples = rate_hz * frame_ms // 1000

    def name(self, number: int) -> str:
        return self.names[number % len(self.names)]

    def frames(self, number: int, audio_format: str = PCMU, speakers: int = 1) -> tuple[bytes, ...]:
        """All frames of a call; with two speakers the other one is the next file, samples of both by turns."""
        count = len(self._sounds)
        return self._cut(tuple((number + speaker) % count for speaker in range(speakers)), audio_format)

    def base64(self, number: int, audio_format: str) -> tuple[bytes, ...]:
        return self._encoded(number % len(self._sounds), audio_format)

    @cache  # noqa: B019 - one tape for the whole run
    def _cut(self, speakers: tuple[int, ...], audio_format: str) -> tuple[bytes, ...]:
        sounds = [self._sounds[speaker] for speaker in speakers]
        samples = max(len(sound.ulaw) for sound in sounds)
        samples += -samples % self.frame_samples
        padded = [Sound(ulaw=sound.ulaw.ljust(samples, bytes([SILENCE])), rate_hz=sound.rate_hz) for sound in sounds]
        width = 1 if audio_format == PCMU else 2
        parts = [sound.ulaw if audio_format == PCMU else l16_of(sound) for sound in padded]
        audio, step = _interleaved(parts, width), self.frame_samples * width * len(parts)
        return tuple(audio[at : at + step] for at in range(0, len(audio), step))

    @cache  # noqa: B019
    def _encoded(self, number: int, audio_format: str) -> tuple[bytes, ...]:
        return tuple(b64encode(frame) for frame in self.frames(number, audio_format))


def _sounds(files: Sequence[Path], rate_hz: int, quiet: bytes) -> list[Sound]:
    sounds, wrong = [], []
    for path in files:
        try:
            sounds.append(_sound(path, rate_hz, quiet))
        except BadInput as bad:
            wrong += bad.problems
    if wrong:
        raise BadInput(wrong)
    return sounds


def _sound(path: Path, rate_hz: int, quiet: bytes) -> Sound:
    try:
        sound = read_wav(path.read_bytes(), f"--wav {path}")
    except OSError as error:
        raise BadInput([f"--wav {path}: {error.strerror}"]) from None
    if sound.rate_hz != rate_hz:
        told = f"{sound.rate_hz} Hz, but the calls have {rate_hz} Hz; convert it, or give --rate {sound.rate_hz}"
        raise BadInput([f"--wav {path}: {told}"])
    return replace(sound, ulaw=sound.ulaw + quiet)


def _interleaved(parts: list[bytes], width: int) -> bytes:
    if len(parts) == 1:
        return parts[0]
    kind = "B" if width == 1 else "H"
    out = array(kind, bytes(sum(len(part) for part in parts)))
    for at, part in enumerate(parts):
        out[at :: len(parts)] = array(kind, part)
    return out.tobytes()
