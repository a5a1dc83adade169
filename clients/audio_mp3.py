"""MP3 files: mutagen finds the first frame and the encoder's own note (Xing, Info, VBRI), then frames are counted.

A note may be wrong, and a file without one may have any bit rate: so of a short file every frame is counted, and the
note only tells the silence that the encoder added. Of a long one the note is believed as far as it fits the file's
size; where there is none, the duration is estimated from the first frames, and says so.
Source: ISO/IEC 11172-3 section 2.4.2.3; 13818-3 section 2.4.2.3.
"""

import re
from dataclasses import dataclass
from typing import Any

from mutagen.mp3 import MPEGInfo

from clients.audio_sound import MISREAD, BinaryFile, Sound, milliseconds
from clients.audio_source import Unreadable

COUNTED = 1 << 20  # bytes; a minute at 128 kbit/s
MOST_JUNK = 1 << 16  # bytes between frames, all together
NOTE = re.compile(rb"(?:Xing|Info)\0\0\0[\x01\x03\x05\x07\x09\x0b\x0d\x0f](....)|VBRI.{10}(....)", re.DOTALL)
NOTE_IN = 64  # bytes of the first frame: after its header and side information
SLACK = 1 << 16  # bytes of tags behind the sound
SYNC = b"\xff"
SAME = 0xFFFE_0C00  # of a header: what every frame of a stream has in common
KBIT_S = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}  # MPEG 1; MPEG 2 and 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What whole frames there are in so many `used` bytes."""

    frames: int
    used: int


def read_mp3(source: BinaryFile) -> Sound:
    """What its frames are and how many; raises Unreadable."""
    try:
        info = MPEGInfo(source)
    except MISREAD:
        raise Unreadable("not_audio", "the file is no WAV, MP3 or Ogg file") from None
    if info.layer != 3:
        raise Unreadable("not_audio", f"the file is MPEG audio, but of layer {info.layer}, not an MP3")
    source.seek(info.frame_offset)
    data = source.read(COUNTED)
    counted = count_frames(data, info.sample_rate, per_frame := 576 if info.version >= 2 else 1152)
    if counted.frames < 2 or counted.used * 2 < len(data):
        raise Unreadable("not_audio", "the file is no WAV, MP3 or Ogg file")
    seconds, exact = _duration(info, data, counted, source.size - info.frame_offset, per_frame / info.sample_rate)
    return Sound(
        container="mp3",
        codec="mp3",
        sample_rate_hz=info.sample_rate,
        channels=info.channels,
        duration_ms=milliseconds(seconds, 1),
        exact=exact,
    )


def _duration(info: Any, data: bytes, counted: Counted, whole: int, frame_s: float) -> tuple[float, bool]:
    """Seconds, and whether that is exact."""
    noted = noted_frames(data)
    frames = counted.frames - (noted is not None)  # the note's own frame is not heard
    if whole <= COUNTED:
        if noted is not None and noted > frames + 1:
            raise Unreadable("broken", f"the MP3 file was cut off: it tells of {noted} frames, {frames} are there")
        noted_is_right = noted is not None and noted >= frames - 1 and info.length > 0  # some count their own frame
        return (info.length if noted_is_right else frames * frame_s), True
    if noted and _fits(whole, info.bitrate, info.length):
        return info.length, True
    return frames * frame_s * whole / counted.used, False


def noted_frames(frame: bytes) -> int | None:
    """How many frames the encoder noted in its first `frame`; None where there is no such note."""
    found = NOTE.search(frame, 0, NOTE_IN)
    return int.from_bytes(found[1] or found[2], "big") if found else None


def count_frames(data: bytes, rate: int, per_frame: int) -> Counted:
    """The frames that lie whole in `data`, which begins with one; what is no frame between them is passed over."""
    first = int.from_bytes(data[:4], "big") & SAME
    rates = KBIT_S[per_frame == 1152]
    at, frames, used, junk = 0, 0, 0, 0
    while at + 4 <= len(data) and junk < MOST_JUNK:
        header = int.from_bytes(data[at : at + 4], "big")
        kbit_s = rates[header >> 12 & 15]
        if header & SAME != first or not kbit_s:
            following = data.find(SYNC, at + 1)
            junk += (following if following > 0 else len(data)) - at
            at = following if following > 0 else len(data)
            continue
        length = per_frame // 8 * kbit_s * 1000 // rate + (header >> 9 & 1)
        if at + length > len(data):
            break
        frames, used, at = frames + 1, used + length, at + length
    return Counted(frames=frames, used=used)


def _fits(whole: int, bit_s: int, noted_s: float) -> bool:
    """Whether the note speaks of a file of this size; `bit_s` is the noted average."""
    noted = bit_s * noted_s / 8
    if whole + SLACK < noted:
        raise Unreadable("broken", f"the MP3 file was cut off: it tells of {noted:.0f} bytes, {whole} are there")
    return whole <= noted + max(SLACK, noted / 50)
