"""AudioHook's media: what is chosen of an offer, how its bytes lie, and where in the stream they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from genesys.audiohook_durations import ZERO

Format = Literal["PCMU", "L16"]

RATE_HZ = 8000  # the only rate there is; genesys-platform 3.4
SAMPLE_BYTES: Mapping[str, int] = {"PCMU": 1, "L16": 2}
CHANNELS = frozenset({"external", "internal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One element of an offer; `raw` is it as it came, to be echoed unmodified."""

    format: Format
    channels: tuple[str, ...]
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel: audio comes in whole multiples."""
        return SAMPLE_BYTES[self.format] * len(self.channels)


def read_media(offered: object) -> Media | None:
    """One element of an offer, None where it is nothing that we know."""
    if not isinstance(offered, dict) or offered.get("type") != "audio" or offered.get("rate") != RATE_HZ:
        return None
    layout, channels = offered.get("format"), offered.get("channels")
    if layout not in ("PCMU", "L16") or not isinstance(channels, list) or not 1 <= len(channels) <= 2:
        return None
    if any(not isinstance(name, str) or name not in CHANNELS for name in channels) or len({*channels}) < len(channels):
        return None
    return Media(format=layout, channels=tuple(channels), raw=offered)


def choose(offer: Sequence[Media], *, stereo: bool) -> Media | None:
    """The element to open with: stereo before mono if `stereo`, the customer before the agent, else their order."""

    def rank(media: Media) -> tuple[bool, bool]:
        return (len(media.channels) == 2) is not stereo, "external" not in media.channels

    return min(offer, key=rank, default=None)


def splitter(media: Media) -> Callable[[bytes], tuple[bytes, ...]]:
    """What takes one frame of whole samples apart, in the order of `media.channels`."""
    if len(media.channels) == 1:
        return _whole
    return _bytes_apart if media.format == "PCMU" else _pairs_apart


def _whole(audio: bytes) -> tuple[bytes, ...]:
    return (audio,)


def _bytes_apart(audio: bytes) -> tuple[bytes, ...]:
    return audio[0::2], audio[1::2]


def _pairs_apart(audio: bytes) -> tuple[bytes, ...]:
    samples = memoryview(audio).cast("H")
    return samples[0::2].tobytes(), samples[1::2].tobytes()


def linear_of(ulaw: bytes) -> bytes:
    """PCMU as L16, low byte first, as clients take it. Source: ITU-T G.711; genesys-platform 3.8."""
    linear = bytearray(2 * len(ulaw))
    linear[0::2], linear[1::2] = ulaw.translate(_LOW), ulaw.translate(_HIGH)
    return bytes(linear)


def _linear_sample(code: int) -> int:
    turned = ~code & 0xFF
    size = (((turned & 0x0F) << 3) + 0x84 << (turned >> 4 & 0x07)) - 0x84
    return -size if turned & 0x80 else size


_LOW = bytes(_linear_sample(code) & 0xFF for code in range(256))
_HIGH = bytes(_linear_sample(code) >> 8 & 0xFF for code in range(256))


Samples = Fraction | int  # whole ones are an int: reckoning with fractions costs ten times as much


def samples_in(seconds: Fraction) -> Samples:
    """How many samples, or parts of one, take so long."""
    samples = seconds * RATE_HZ
    return samples.numerator if samples.denominator == 1 else samples


def seconds_of(samples: Samples) -> Fraction:
    """How long they take, exactly."""
    return Fraction(samples, RATE_HZ)


class Position:
    """Where in the stream the next sample lies: samples heard and samples reported as lost, never a clock.

    Source: genesys-platform 3.8.
    """

    __slots__ = ("_base", "_origin", "disagreements", "samples")

    def __init__(self, origin_s: Fraction = ZERO) -> None:
        self._origin = self._base = samples_in(origin_s)
        self.samples = 0  # heard since `_base`
        self.disagreements = 0  # messages whose position was not ours

    @property
    def at(self) -> Samples:
        """In samples, as the client counts."""
        return self._base + self.samples

    @property
    def since_open(self) -> Samples:
        """In samples from where the session opened: what transcripts count from."""
        return self.at - self._origin

    def told(self, *sent_s: Fraction) -> None:
        """A message was sent at `sent_s`, where its position says anything."""
        if not {*sent_s} <= {seconds_of(self.at)}:
            self.disagreements += 1

    def skipped(self, start_s: Fraction, discarded_s: Fraction, *sent_s: Fraction) -> tuple[Samples, Samples]:
        """Audio from `start_s` on was lost: the next sample lies at its end, whatever we had counted.

        `sent_s` is the position of the message that tells so, where it says anything: it may be counted before or after
        what was lost. Gives where the next sample would have been, and where it is.
        """
        begins, begins_s = self.at, seconds_of(self.at)
        if start_s != begins_s or not {*sent_s} <= {begins_s, start_s + discarded_s}:
            self.disagreements += 1
        self._base, self.samples = samples_in(start_s + discarded_s), 0
        return begins, self.at
