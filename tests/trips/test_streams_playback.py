"""Into a call of an Audio Connector: audio at its pace, a barge, and a farewell with output variables."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from simulator.wav import read_wav
from tests.audiohook import STEREO
from tests.trips.house import ROOT
from tests.trips.studio import HookedCaller, Studio, studios

WAV = ROOT / "simulator" / "audio" / "calls" / "en.refund.wav"
PACE = 1  # messages of audio a second, after the first
LARGEST = 64_000  # bytes of one message


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with studios(audiohook__messages_per_s=PACE, audiohook__messages_burst=1) as opened:
        yield opened


def test_a_file_is_played_to_the_caller_as_fast_as_genesys_takes_it(studio: Studio) -> None:
    caller = studio.hook()
    sound = read_wav(WAV.read_bytes(), WAV.name)
    file = long(studio, 3)
    began_s = monotonic()
    told = studio.told("stream", "play", stream_of(studio, caller), str(file), "--pcmu")
    assert f"{3 * LARGEST / 8000:g} s are on their way" in told
    heard = [caller.hook.hear_audio() for _ in range(3)]
    assert monotonic() - began_s >= 2 / PACE, "the second and third message waited for their turn"
    assert b"".join(heard) == file.read_bytes()
    assert "s are on their way" in studio.told("stream", "play", stream_of(studio, caller), str(WAV))
    assert b"".join(pieces(caller, len(sound.ulaw))) == sound.ulaw


def test_what_has_not_been_played_is_dropped_by_an_interrupt(studio: Studio) -> None:
    caller = studio.hook()
    stream = stream_of(studio, caller)
    studio.told("stream", "play", stream, str(long(studio, 10)), "--pcmu")
    caller.hook.hear_audio()
    studio.told("stream", "interrupt", stream)
    assert caller.hear("event")["entities"][0]["type"] == "barge_in"
    shown = studio.until(caller.conversation_id, lambda shown: bool(barged(shown)))
    assert barged(shown)[0]["bytes"] > 0
    played = len(caller.hook.played)
    caller.hook.ping()
    assert len(caller.hook.played) == played, "nothing comes after the barge"


def test_a_session_is_ended_with_output_variables(studio: Studio) -> None:
    caller = studio.hook()
    stream = stream_of(studio, caller)
    studio.told("stream", "disconnect", stream, "--output", "intent=billing", "--output", "sure=yes")
    said = caller.hear("disconnect")
    assert (said["reason"], said["outputVariables"]) == ("completed", {"intent": "billing", "sure": "yes"})
    caller.hang_up()
    studio.event("stream.closed")
    assert "stream.disconnect" in studio.told("audit", "query", "--kind", "stream")


def test_a_call_that_cannot_be_played_into_is_told_so_at_once(studio: Studio) -> None:
    studio.call("c-1")
    stream = str(studio.show("c-1")["stream_id"])
    told = studio.told("stream", "play", stream, str(WAV), code=2)
    assert "AudioHook" in told
    stereo = studio.hook(STEREO)
    told = studio.told("stream", "play", stream_of(studio, stereo), str(WAV), code=2)
    assert "two channels" in told


def barged(shown: Mapping[str, Any]) -> list[Any]:
    """The barges in its time line."""
    return [entry for entry in shown["timeline"] if entry["what"] == "playback.barged"]


def stream_of(studio: Studio, caller: HookedCaller) -> str:
    """The id of its stream."""
    return str(studio.show(caller.conversation_id)["stream_id"])


def long(studio: Studio, messages: int) -> Path:
    """A file of so many of the largest messages."""
    file = studio.house.folder / "long.ulaw"
    file.write_bytes(bytes(index % 251 for index in range(messages * LARGEST)))
    return file


def pieces(caller: HookedCaller, size: int) -> Iterator[bytes]:
    """Audio that comes, until it is `size` bytes."""
    while size > 0:
        piece = caller.hook.hear_audio()
        size -= len(piece)
        yield piece
