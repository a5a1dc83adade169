"""Voiced audio out of a stream's, by WebRTC's voice activity detector in 20 ms frames."""

from array import array

import webrtcvad  # type: ignore[import-untyped]

from media.g711 import decoded

FRAME_S = 0.02
AGGRESSIVENESS = 2  # 0 to 3: how readily it takes sound for noise
RATES = frozenset({8000, 16000, 32000, 48000})  # Hz; what the detector takes
ENOUGH_S = 4.0  # of voice: a full piece of evidence, and all that is kept
LEAST_S = 1.5  # of voice: worth asking when no more comes
PATIENCE_S = 30.0  # of audio without ENOUGH_S of voice in it


class VoiceGate:
    """Keeps what is voice of the first channel, at most `ENOUGH_S` of it, as 16-bit samples."""

    __slots__ = ("_channels", "_codec", "_frame", "_frames", "_left", "_rate_hz", "_vad", "_voice")

    def __init__(self, *, codec: str, rate_hz: int, channels: int = 1) -> None:
        self._vad = webrtcvad.Vad(AGGRESSIVENESS)
        self._codec = codec
        self._rate_hz = rate_hz
        self._channels = channels
        self._frame = int(rate_hz * FRAME_S) * 2  # bytes
        self._left = b""
        self._frames = 0
        self._voice = bytearray()

    def hear(self, audio: bytes) -> None:
        """What came, in whatever portions; the whole samples of every channel."""
        samples = self._left + self._first_channel(decoded(audio, self._codec))
        size = self._frame
        whole = len(samples) // size * size
        for at in range(0, whole, size):
            frame = samples[at : at + size]
            self._frames += 1
            if not self.enough and self._vad.is_speech(frame, self._rate_hz):
                self._voice += frame
        self._left = samples[whole:]

    @property
    def enough(self) -> bool:
        """Whether a full piece of evidence is there."""
        return self.voiced_s >= ENOUGH_S

    @property
    def done(self) -> bool:
        """Whether to wait no longer: enough voice, or a long time without it."""
        return self.enough or self._frames * FRAME_S >= PATIENCE_S

    @property
    def voiced_s(self) -> float:
        """Seconds of voice."""
        return len(self._voice) / (2 * self._rate_hz)

    @property
    def voice(self) -> bytes:
        """All of it, 16-bit samples, little endian, one channel."""
        return bytes(self._voice)

    def _first_channel(self, samples: bytes) -> bytes:
        if self._channels == 1:
            return samples
        interleaved = array("h", samples)
        return interleaved[:: self._channels].tobytes()
