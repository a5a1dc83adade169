"""The door to audio files: against a CDN on the loopback, with all the habits that CDNs have."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from clients.audio import AudioBounds, AudioDoor, Memory, Meter
from clients.audio_meter import Measured
from clients.audio_source import Unreadable
from genesys.errors import TimedOut
from messages.audio import AudioFacts, AudioLoudness, AudioProblem, Level
from rules.addresses import allowed
from tests.clients.audio_cdn import File, Shelf, recorded, shipped, wav
from tests.clients.peers import RawPeer, dribbles
from tests.loopback import only_loopback

QUIET = AudioLoudness(integrated_lufs=-24.0, true_peak_dbtp=-6.0, clipped_samples=0, measured_ms=1000)
ALWAYS_ASK = AudioBounds(fresh_s=0.0)


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    with only_loopback():
        yield


class Scale:
    """A meter that counts, and shows what it is told to."""

    def __init__(self, *shows: Measured | Exception) -> None:
        self.measured = 0
        self._shows = shows

    def measure(self, file: bytes, ends_at_s: float) -> Measured:
        self.measured += 1
        shown = self._shows[min(self.measured, len(self._shows)) - 1]
        if isinstance(shown, Exception):
            raise shown
        return shown


class Cdn:
    """A shelf, its address and a door to it."""

    def __init__(self, shelf: Shelf, url: str, door: AudioDoor) -> None:
        self.shelf = shelf
        self._url = url
        self._door = door

    def look(self, path: str, level: Level = "headers", timeout_s: float = 10.0) -> AudioFacts | AudioProblem:
        return self._door.inspect(self._url + path, level, timeout_s)

    def facts(self, path: str, level: Level = "headers") -> AudioFacts:
        found = self.look(path, level)
        assert isinstance(found, AudioFacts), found
        return found

    def problem(self, path: str, level: Level = "headers") -> AudioProblem:
        found = self.look(path, level)
        assert isinstance(found, AudioProblem), found
        return found


@contextmanager
def cdn(files: dict[str, File], bounds: AudioBounds = ALWAYS_ASK, meter: Meter | None = None) -> Iterator[Cdn]:
    shelf = Shelf(files)
    door = AudioDoor(bounds, meter=meter, allow=allowed("127.0.0.1"))
    with RawPeer(shelf) as peer:
        yield Cdn(shelf, peer.url, door)
        door.close()


# --- what it is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("head", [200, 405])
@pytest.mark.parametrize("chunked", [True, False])
def test_tells_what_a_file_is_whatever_its_server_can(ranges: bool, head: int, chunked: bool) -> None:
    tags = (b"Last-Modified: Tue, 06 Jan 2026 10:00:00 GMT", b"Content-Type: text/plain")
    file = File(wav(1.5), ranges=ranges, head=head, chunked=chunked, headers=tags)
    with cdn({"/en/welcome.mp3": file}) as there:
        found = there.facts("/en/welcome.mp3")
    assert found == AudioFacts(
        container="wav",
        codec="pcm_s16",
        sample_rate_hz=8000,
        channels=1,
        duration_ms=1500,
        exact=True,
        size_bytes=24_044,
        etag='"v1"',
        last_modified="Tue, 06 Jan 2026 10:00:00 GMT",
    )


@pytest.mark.parametrize(
    ("name", "codec", "duration_ms"),
    [
        ("en.standard.welcome.mp3", "mp3", 2736),
        ("en.standard.welcome.ogg", "vorbis", 2560),
        ("en.standard.welcome.opus", "opus", 2560),
        ("en.standard.long.ogg", "vorbis", 31_000),
    ],
)
def test_reads_what_the_simulators_cdn_has(name: str, codec: str, duration_ms: int) -> None:
    with cdn({"/a": File(recorded(name))}) as there:
        found = there.facts("/a")
    assert (found.codec, found.duration_ms, found.exact) == (codec, duration_ms, True)


def test_of_a_long_file_only_the_beginning_is_fetched() -> None:
    with cdn({"/a.wav": File(wav(600.0))}) as there:
        assert there.facts("/a.wav").duration_ms == 600_000
        assert there.shelf.sent == 65_536


def test_of_a_long_ogg_the_end_is_fetched_too() -> None:
    start, end = recorded("en.standard.long.ogg").split(b"OggS", 1)[0], recorded("en.standard.long.ogg")
    with cdn({"/a.ogg": File(start + end)}) as there:
        assert there.facts("/a.ogg").duration_ms == 31_000


# --- what it is not ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "trouble"),
    [
        (File(b"", status=404), "missing"),
        (File(b"", status=410), "missing"),
        (File(b""), "empty"),
        (File(b"", ranges=False), "empty"),
        (File(wav(0.0)), "empty"),
        (File(b"<!doctype html>" + bytes(1000)), "not_audio"),
        (File(wav()[:-7]), "broken"),
        (File(b"", status=500), "unreachable"),
        (File(b"", status=403), "unreachable"),
        (File(b"", status=302, headers=(b"Location: /b",)), "unreachable"),
    ],
)
def test_tells_why_there_is_no_audio(file: File, trouble: str) -> None:
    with cdn({"/a.wav": file, "/b": File(wav())}) as there:
        assert there.problem("/a.wav").trouble == trouble


def test_a_file_beyond_the_limit_is_not_fetched() -> None:
    with cdn({"/a.wav": File(wav(10.0))}, replace(ALWAYS_ASK, max_bytes=100_000)) as there:
        assert there.problem("/a.wav").trouble == "too_big"
        assert there.shelf.sent == 0


def test_addresses_that_are_not_listed_are_not_called() -> None:
    with RawPeer(Shelf({})) as peer:
        found = AudioDoor().inspect(f"{peer.url}/a.wav?signature=secret", "headers", 10.0)
    assert isinstance(found, AudioProblem)
    assert found.trouble == "forbidden"
    assert "secret" not in found.detail
    assert peer.connections == 0


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/a.wav", "http://8.8.8.8/a.wav", "https://user:pw@example.com/a.wav"]
)
def test_where_nobody_may_be_sent_is_told_without_looking_at_the_file(url: str) -> None:
    problem = AudioDoor(resolver=lambda host: (host,)).forbidden(url)
    assert problem is not None
    assert problem.trouble == "forbidden"


def test_a_name_that_resolves_to_a_private_address_is_forbidden() -> None:
    door = AudioDoor(resolver=lambda _host: ("10.0.0.7",))
    assert door.forbidden("https://cdn.example.com/a.wav") is not None


def test_a_name_that_does_not_resolve_here_may_be_right_where_it_is_fetched() -> None:
    def nobody(host: str) -> tuple[str, ...]:
        raise OSError(-2, "Name or service not known")

    assert AudioDoor(resolver=nobody).forbidden("https://nowhere.test/a.wav") is None


def test_a_name_without_an_address_and_a_closed_port_are_unreachable() -> None:
    def nobody(host: str) -> tuple[str, ...]:
        raise OSError(-2, "Name or service not known")

    found = AudioDoor(resolver=nobody).inspect("https://nowhere.test/a.wav", "headers", 10.0)
    assert isinstance(found, AudioProblem)
    assert (found.trouble, "does not resolve" in found.detail) == ("unreachable", True)
    with RawPeer(Shelf({})) as peer:
        closed = peer.url
    found = AudioDoor(allow=allowed("127.0.0.1")).inspect(f"{closed}/a.wav", "headers", 10.0)
    assert isinstance(found, AudioProblem)
    assert found.trouble == "unreachable"


def test_a_server_that_never_ends_is_left_in_time() -> None:
    with RawPeer(dribbles(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nRIFF")) as peer:
        found = AudioDoor(allow=allowed("127.0.0.1")).inspect(f"{peer.url}/a.wav", "headers", 0.3)
    assert isinstance(found, AudioProblem)
    assert found.trouble == "unreachable"


# --- what is remembered --------------------------------------------------------------------------------------


def test_an_unchanged_file_is_fetched_once() -> None:
    with cdn({"/a.wav": File(wav())}) as there:
        assert there.facts("/a.wav") == there.facts("/a.wav")
        assert there.shelf.asked == ["HEAD", "GET 0-65535", "HEAD"]


def test_a_changed_file_is_looked_at_again() -> None:
    with cdn({"/a.wav": File(wav(1.0))}) as there:
        assert there.facts("/a.wav").duration_ms == 1000
        there.shelf.change("/a.wav", content=wav(2.0), etag='"v2"')
        assert there.facts("/a.wav").duration_ms == 2000


def test_without_head_the_etag_of_the_first_part_tells() -> None:
    with cdn({"/a.ogg": File(shipped("stereo.ogg"), head=405)}) as there:
        assert there.facts("/a.ogg") == there.facts("/a.ogg")


def test_without_an_etag_it_is_looked_at_each_time() -> None:
    with cdn({"/a.wav": File(wav(1.0), etag="")}) as there:
        assert there.facts("/a.wav").duration_ms == 1000
        there.shelf.change("/a.wav", content=wav(2.0))
        assert there.facts("/a.wav").duration_ms == 2000


def test_for_a_moment_nobody_is_asked_again() -> None:
    now_s = [0.0]
    shelf = Shelf({"/a.wav": File(wav(), etag=""), "/b.wav": File(b"", status=503)})
    door = AudioDoor(AudioBounds(fresh_s=5.0), allow=allowed("127.0.0.1"), clock=lambda: now_s[0])
    with RawPeer(shelf) as peer:
        for at_s, asked in ((0.0, 4), (4.9, 4), (5.0, 8)):
            now_s[0] = at_s
            door.inspect(f"{peer.url}/a.wav", "headers", 10.0)
            door.inspect(f"{peer.url}/b.wav", "headers", 10.0)
            assert len(shelf.asked) == asked
        door.close()


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    memory = Memory[str, int](2)
    for key, value in (("a", 1), ("b", 2)):
        memory.put(key, value)
    assert memory.get("a") == 1
    memory.put("c", 3)
    assert [memory.get(key) for key in "abc"] == [1, None, 3]


# --- how loud it is ------------------------------------------------------------------------------------------


def test_what_is_decoded_is_how_long_it_is() -> None:
    scale = Scale(Measured(loudness=QUIET, duration_ms=990))
    with cdn({"/a.wav": File(wav(1.0))}, meter=scale) as there:
        found = there.facts("/a.wav", "full")
    assert (found.loudness, found.duration_ms, found.exact) == (QUIET, 990, True)


def test_what_was_decoded_in_part_is_as_long_as_its_headers_say() -> None:
    with cdn({"/a.wav": File(wav(2.0))}, meter=Scale(Measured(loudness=QUIET, duration_ms=None))) as there:
        assert there.facts("/a.wav", "full").duration_ms == 2000


def test_a_measurement_is_remembered_and_serves_who_asks_for_less() -> None:
    scale = Scale(Measured(loudness=QUIET, duration_ms=None))
    with cdn({"/a.wav": File(wav())}, meter=scale) as there:
        assert there.facts("/a.wav").loudness is None
        assert there.facts("/a.wav", "full") == there.facts("/a.wav", "full") == there.facts("/a.wav")
    assert scale.measured == 1


def test_a_meter_that_fails_takes_nothing_away_and_is_asked_again() -> None:
    scale = Scale(TimedOut("too slow", maybe_sent=False), Measured(loudness=QUIET, duration_ms=None))
    with cdn({"/a.wav": File(wav())}, meter=scale) as there:
        assert there.facts("/a.wav", "full").loudness is None
        assert there.facts("/a.wav", "full").loudness == QUIET


def test_a_file_that_cannot_be_decoded_is_broken() -> None:
    with cdn({"/a.wav": File(wav())}, meter=Scale(Unreadable("broken", "no"))) as there:
        assert there.problem("/a.wav", "full") == AudioProblem(trouble="broken", detail="no")


def test_without_a_meter_the_rest_is_told() -> None:
    with cdn({"/a.wav": File(wav())}) as there:
        assert there.facts("/a.wav", "full").loudness is None
