"""What operators have done to a live stream."""

import struct

from messages.media import BargeIntoStream, DisconnectStream, PlayIntoStream
from messages.transcription import EndStream, InterruptStream, PlayStream
from tests.actors.live_streams import Scene, closed, opened


def wav(samples: int) -> bytes:
    form = struct.pack("<HHIIHH", 7, 1, 8000, 8000, 1, 8)
    body = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", samples) + bytes(samples)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def test_a_file_is_played_into_the_call_that_has_it() -> None:
    scene = Scene()
    scene.hear(opened(), worker=1)
    assert scene.ask(PlayStream(stream_id="s1", audio=wav(4_000))) == {"stream_id": "s1", "duration_ms": 500}
    assert scene.workers[1].take(PlayIntoStream).audio == bytes(4_000)
    assert scene.ask(InterruptStream(stream_id="s1")) == {"stream_id": "s1"}
    scene.workers[1].take(BargeIntoStream)


def test_a_file_that_does_not_fit_is_refused_with_the_reason() -> None:
    scene = Scene()
    scene.hear(opened())
    refused = scene.ask(PlayStream(stream_id="s1", audio=b"ID3"))
    assert (refused.code, refused.message) == ("SB-143", "it is no WAV file")
    assert not scene.workers[0].heard


def test_nothing_is_played_where_no_audio_goes_back() -> None:
    scene = Scene()
    scene.hear(opened("s1", protocol="media-api", plays=False), opened("s2", channel="external", plays=False))
    for stream_id, why in (("s1", "/media-api"), ("s2", "two channels")):
        for asked in (PlayStream(stream_id=stream_id, audio=wav(8)), InterruptStream(stream_id=stream_id)):
            refused = scene.ask(asked)
            assert refused.code == "SB-142"
            assert why in refused.message
    assert not scene.workers[0].heard


def test_a_call_is_disconnected_with_what_it_is_to_hear() -> None:
    scene = Scene()
    scene.hear(opened(protocol="media-api"))
    scene.ask(EndStream(stream_id="s1", reason="completed", output_variables={"next": "queue"}))
    told = scene.workers[0].take(DisconnectStream)
    assert (told.reason, told.output_variables) == ("completed", {"next": "queue"})


def test_nothing_is_done_to_a_stream_that_has_ended() -> None:
    scene = Scene()
    scene.hear(opened(), closed(reason="the caller hung up"))
    refused = scene.ask(EndStream(stream_id="s1"))
    assert (refused.code, "the caller hung up" in refused.message) == ("SB-141", True)
