"""The audio that the repository ships is what simulator/audio/README.md says of it."""

import wave
from array import array
from collections import Counter

import pytest

from simulator.assets import CONTENT_TYPES, FOLDER, asset_name, make_asset, shipped

LARGEST_BYTES = 600_000  # of all files together: what a repository should carry
MP3_SYNC = b"\xff\xe3"  # MPEG 2.5 layer III, the frame header of 8 kHz. Source: ISO/IEC 11172-3, 2.4.2.3, and LAME


def head(name: str) -> bytes:
    return shipped()[name].content[:16]


def samples(name: str) -> list[int]:
    with wave.open(str(FOLDER / name)) as sound:
        return array("h", sound.readframes(sound.getnframes())).tolist()


def test_all_files_together_are_small() -> None:
    size = sum(len(asset.content) for asset in shipped().values())
    assert f"{size:,} bytes" in (FOLDER / "README.md").read_text()
    assert size <= LARGEST_BYTES


def test_every_prompt_is_in_the_readme() -> None:
    page = (FOLDER / "README.md").read_text()
    prompts = Counter(name.split(".")[2] for name in shipped())
    assert prompts == {"welcome": 16, "loud": 2, "long": 2, "lying": 1, "broken": 2}
    assert [prompt for prompt in prompts if f"| `{prompt}` |" not in page] == []


def test_nothing_but_audio_is_served() -> None:
    assert {name[name.rindex(".") :] for name in shipped()} == set(CONTENT_TYPES)


@pytest.mark.parametrize("where", ["en.standard", "en.premium", "es.standard", "es.premium"])
def test_every_welcome_is_in_the_container_it_says(where: str) -> None:
    assert head(f"{where}.welcome.wav")[:4] == b"RIFF"
    assert head(f"{where}.welcome.mp3")[0] == 0xFF
    assert head(f"{where}.welcome.ogg")[:4] == b"OggS"
    assert b"OpusHead" in shipped()[f"{where}.welcome.opus"].content[:64]
    assert b"\x01vorbis" in shipped()[f"{where}.welcome.ogg"].content[:64]


def test_the_welcome_is_below_full_scale_and_loud_is_clipped() -> None:
    assert max(samples("en.standard.welcome.wav")) < 20_000
    clipped = [sample for sample in samples("en.standard.loud.wav") if sample in (32_767, -32_768)]
    assert len(clipped) > 1_000


def test_long_is_longer_than_a_barge_may_be() -> None:
    mp3, ogg = (shipped()[f"en.standard.long.{extension}"].content for extension in ("mp3", "ogg"))
    assert len(mp3) / (8_000 / 8) > 30  # bytes at a constant 8 kbit/s
    last_page = ogg.rindex(b"OggS")
    samples_at_8_khz = int.from_bytes(ogg[last_page + 6 : last_page + 14], "little")  # granule position: RFC 3533, 6
    assert samples_at_8_khz == 31 * 8_000


def test_lying_is_an_mp3_that_calls_itself_wav() -> None:
    assert head("en.standard.lying.wav")[:2] == MP3_SYNC
    assert shipped()["en.standard.lying.wav"].content_type == "audio/wav"


def test_broken_files_cannot_be_read() -> None:
    with pytest.raises((EOFError, wave.Error)):
        samples("en.standard.broken.wav")
    assert b"\xff" not in shipped()["en.standard.broken.mp3"].content


def test_the_same_content_has_the_same_etag() -> None:
    first, again, other = (make_asset("a.wav", content) for content in (b"1", b"1", b"2"))
    assert first.etag == again.etag != other.etag
    assert first.etag.startswith('"')


def test_a_content_type_follows_the_name_unless_given() -> None:
    assert make_asset("a.OPUS", b"").content_type == "audio/ogg"
    assert make_asset("a.exe", b"").content_type == "application/octet-stream"
    assert make_asset("a.wav", b"", "text/html").content_type == "text/html"


def test_a_name_has_the_parts_of_the_path() -> None:
    assert asset_name("en", "standard", "welcome.mp3") in shipped()
