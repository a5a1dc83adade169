"""Every breach of AudioHook over a real socket is answered, and ends one session."""

from collections.abc import Callable

import pytest

from messages.media import AudioStreamClosed
from tests.audiohook import EXTERNAL, ORGANIZATION, SESSION, STEREO, Scribe
from tests.media.audiohook_house import AudioHookHouse, HookCaller, audiohook_house, hooked
from tests.media.audiohook_plans import plan
from tests.media.callers import BINARY, CONTINUATION, TEXT, ws_frame

Deed = Callable[[HookCaller], None]


def saying(write: Callable[[Scribe], str]) -> Deed:
    return lambda call: call.send(write(call.scribe))


OPENED: dict[str, tuple[Deed, str]] = {
    "a gap in seq": (saying(lambda scribe: scribe.say("ping", seq=scribe.seq + 3)), "Invalid seq value"),
    "serverseq too high": (saying(lambda scribe: scribe.say("ping", serverseq=99)), "Invalid serverseq value"),
    "another session": (saying(lambda scribe: scribe.say("ping", id=ORGANIZATION)), "Session identifier mismatch"),
    "no JSON": (saying(lambda _scribe: "{]"), "not valid JSON"),
    "an unknown type": (saying(lambda scribe: scribe.say("future")), "not a supported client message"),
    "a loss of ages": (
        saying(lambda scribe: scribe.say("discarded", {"start": "PT0S", "discarded": "PT" + "9" * 20 + "S"})),
        "Invalid/missing parameters",
    ),
    "half a sample": (lambda call: call.caller.send(ws_frame(BINARY, bytes(1_601))), "not a valid audio frame"),
}
UNOPENED: dict[str, tuple[Deed, str]] = {
    "open without participant": (
        saying(lambda scribe: scribe.open(EXTERNAL, participant=None)),
        "Invalid/missing parameters",
    ),
    "binary before open": (lambda call: call.caller.send(ws_frame(BINARY, bytes(160))), "Received audio"),
    "dtmf before open": (saying(lambda scribe: scribe.say("dtmf", {"digit": "1"})), "Unexpected message"),
}


def ends_well(house: AudioHookHouse, call: HookCaller, words: str) -> None:
    """`disconnect error`, the socket left open, `closed` after the client's `close`."""
    reason, info = call.refusal()
    assert (reason, words in info) == ("error", True)
    assert call.is_open()
    call.scribe.seq = 9
    call.caller.send(ws_frame(BINARY, bytes(3)))
    assert call.close("disconnect") == []


@pytest.mark.parametrize("deed", OPENED)
def test_a_breach_in_an_open_session_ends_it_with_its_words(deed: str) -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(STEREO)
        do, words = OPENED[deed]
        do(call)
        ends_well(house, call, words)
        assert words in house.hears(AudioStreamClosed).reason


@pytest.mark.parametrize("deed", UNOPENED)
def test_a_breach_before_the_session_is_open_is_told_to_nobody_else(deed: str) -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        do, words = UNOPENED[deed]
        do(call)
        ends_well(house, call, words)
        assert house.untold()


def test_audio_in_a_session_without_audio_ends_it() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.ask(call.scribe.open())
        call.audio(160)
        ends_well(house, call, "No media selected")


def test_a_second_open_is_ignored() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.send(call.scribe.open(STEREO))
        call.ping()
        assert len(house.uplinks) == 1


def test_another_organization_is_unauthorized() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.send(call.scribe.open(EXTERNAL, organizationId=SESSION))
        assert call.refusal()[0] == "unauthorized"
        assert call.is_open()
        assert call.close("disconnect") == []
        assert house.untold()


@pytest.mark.parametrize("fragments", [False, True])
def test_a_text_over_64_kib_ends_one_call_and_no_other(fragments: bool) -> None:
    with audiohook_house(plan()) as house, hooked(house.port, ORGANIZATION) as other, hooked(house.port) as call:
        other.opened(EXTERNAL)
        call.opened(EXTERNAL)
        text = call.scribe.say("ping", {"x": "y" * 65_536}).encode()
        if fragments:
            call.caller.send(ws_frame(TEXT, text[:9], fin=False) + ws_frame(CONTINUATION, text[9:]))
        else:
            call.caller.send(ws_frame(TEXT, text))
        assert call.closed()[0] == 1009
        other.audio(160)
        other.ping()
        assert len(house.uplinks[0].whole) == 160


def test_audio_in_a_pause_is_never_passed_on() -> None:
    with audiohook_house(plan()) as house, hooked(house.port) as call:
        call.opened(EXTERNAL)
        call.send(call.scribe.say("paused"))
        call.audio(160)
        ends_well(house, call, "Received audio in state PAUSED")
        assert house.uplinks[0].chunks == []
