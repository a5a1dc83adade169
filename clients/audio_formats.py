"""What a file is, by its bytes: WAV, MP3 and Ogg are read, all else is named as well as it can be."""

from clients.audio_mp3 import read_mp3
from clients.audio_ogg import read_ogg
from clients.audio_sound import BinaryFile, Sound
from clients.audio_source import Unreadable
from clients.audio_wav import read_wav

LOOKED_AT = 512  # bytes of the beginning
MARKS = (
    (0, b"fLaC", "a FLAC file"),
    (4, b"ftyp", "an MP4 file"),
    (0, b"FORM", "an AIFF file"),
    (0, b"RF64", "an RF64 file"),
    (0, b"BW64", "a BW64 file"),
    (0, b"#!AMR", "an AMR file"),
    (0, b"\xff\xf1", "an AAC file"),
    (0, b"\xff\xf9", "an AAC file"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (0, b"0&\xb2u", "a Windows Media file"),
    (0, b"%PDF", "a PDF file"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"\x89PNG", "a picture"),
    (0, b"GIF8", "a picture"),
    (0, b"\xff\xd8\xff", "a picture"),
)
HTML = (b"<!doctype html", b"<html", b"<head", b"<body")
TEXT = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0D}


def read_sound(source: BinaryFile) -> Sound:
    """What it is and how long; raises Unreadable with `not_audio`, `broken` or `empty`, and what `source` raises."""
    source.seek(0)
    start = source.read(LOOKED_AT)
    if start.startswith(b"RIFF") and start[8:12] == b"WAVE":
        sound = read_wav(source)
    elif start.startswith(b"OggS"):
        sound = read_ogg(source)
    else:
        other = what_else(start)
        if other is not None:
            raise Unreadable("not_audio", f"the file is {other}, not a WAV, MP3 or Ogg file")
        sound = read_mp3(source)
    if sound.duration_ms <= 0:
        raise Unreadable("empty", "there is no sound in the file")
    return sound


def what_else(start: bytes) -> str | None:
    """What a file that begins with `start` is instead of audio that can be played; None where it may be an MP3."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(HTML):
        return "an HTML page"
    if text.startswith(b"<?xml"):
        return "an XML document"
    for at, mark, name in MARKS:
        if start[at : at + len(mark)] == mark:
            return name
    return "text" if TEXT.issuperset(start) and not start.startswith(b"ID3") else None
