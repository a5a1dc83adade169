"""Whatever is thrown at a running worker's doors: its process lives, and a call beside all that goes on.

After each attack the attacker hangs up and waits for the worker to do so, so that all of it was read; then the call
beside it has a ping answered, and now and then says one frame more: not too many, for there is no service to take them.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.media import AudioStreamClosed, AudioStreamOpened, MediaLimits
from tests.audiohook import EXTERNAL, LINEAR_STEREO, STEREO, Scribe, upgrade_headers
from tests.media.callers import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Caller, audio_json, calling, ws_frame
from tests.media.callers import request as upgrade_request
from tests.media.workers import KEY, WorkerProcess, plan, working

ATTACKS = settings(max_examples=100, deadline=None)
WHATEVER = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
SHORT = st.binary(max_size=300)
UPGRADES = st.sampled_from([upgrade_request(), upgrade_request("/audiohook", **upgrade_headers(KEY))])


class Beside:
    """A worker, and a call of it that nobody attacks."""

    def __init__(self, worker: WorkerProcess, caller: Caller) -> None:
        self.worker, self._caller = worker, caller
        self._attacks = self._frames = 0
        self.goes_on()
        self._stream_id = worker.hears(AudioStreamOpened).stream_id

    def goes_on(self) -> None:
        if not self._attacks % 10:
            self._frames += 1
            self._caller.say([self._frames])
        self._attacks += 1
        self._caller.send(ws_frame(PING, b"there?"))
        assert self._caller.frame() == (PONG, b"there?")

    def ends(self) -> None:
        """With everything that it said."""
        self._caller.hang_up()
        closed = self.worker.hears(AudioStreamClosed, lambda told: told.stream_id == self._stream_id)
        assert (closed.counts.frames, closed.counts.gaps, closed.code) == (self._frames, 0, 1000)
        assert self.worker.process.poll() is None

    def is_attacked_with(self, attack: bytes, *, before: Callable[[Caller], object] = lambda _caller: None) -> None:
        with calling(self.worker.port) as caller:
            before(caller)
            with suppress(OSError):  # it may have been cut off in the middle
                caller.send(attack)
                caller.sock.shutdown(1)
            with suppress(OSError):
                caller.body()
        self.goes_on()


@pytest.fixture(scope="module")
def beside() -> Iterator[Beside]:
    patient = plan(limits=MediaLimits(idle_s=3_600, ping_every_s=3_600))
    with working(patient) as worker, calling(worker.port) as caller:
        made = Beside(worker, caller.upgraded())
        yield made
        made.ends()
        worker.process.kill()
        complaint = worker.complaint()
        assert "Traceback" not in complaint, complaint


def on_hook(caller: Caller) -> None:
    caller.upgraded("/audiohook", **upgrade_headers(KEY))


def plainly(caller: Caller) -> None:
    caller.upgraded()


BOTH = pytest.mark.parametrize("before", [plainly, on_hook])


@st.composite
def mutated(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """`whole` with some of its bytes changed, left out or doubled."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


@st.composite
def frames(draw: st.DrawFn, payloads: st.SearchStrategy[bytes], most: int = 8) -> bytes:
    """Frames of any kind, most of them right, one after another."""
    kinds = st.sampled_from([TEXT, TEXT, TEXT, BINARY, BINARY, CONTINUATION, PING, PONG, CLOSE]) | st.integers(0, 15)
    each = st.builds(
        lambda kind, payload, fin, reserved, mask: ws_frame(kind, payload, fin=fin, reserved=reserved, mask=mask),
        kinds,
        payloads,
        st.sampled_from([True, True, True, False]),
        st.sampled_from([0, 0, 0, 0, 0, 0x40, 0x20, 0x10]),
        st.binary(min_size=4, max_size=4),
    )
    return b"".join(draw(st.lists(each, max_size=most)))


@st.composite
def changed(draw: st.DrawFn, message: dict[str, Any]) -> bytes:
    """A message with some fields left out, and others, at any depth, with anything in them."""
    told = json.loads(json.dumps(message))
    for _ in range(draw(st.integers(0, 3))):
        place = told
        while draw(st.booleans()) and (inner := [one for one in place.values() if isinstance(one, dict) and one]):
            place = inner[draw(st.integers(0, len(inner) - 1))]
        if place:
            name = draw(st.sampled_from(sorted(place)))
            if draw(st.booleans()):
                place[name] = draw(WHATEVER)
            else:
                del place[name]
    return json.dumps(told).encode("utf-8", "surrogatepass")


TUTORIAL = st.integers(1, 9).flatmap(lambda number: changed(json.loads(audio_json(number))))


@st.composite
def sessions(draw: st.DrawFn) -> bytes:
    """An AudioHook session, message by message, each as it should be or nearly so, with audio between them."""
    scribe, sent = Scribe(), b""
    media = draw(st.lists(st.sampled_from([EXTERNAL, STEREO, LINEAR_STEREO]), max_size=2))
    say: list[Callable[[], str]] = [
        lambda: scribe.say("ping"),
        lambda: scribe.say("paused"),
        lambda: scribe.lost("resumed", 800),
        lambda: scribe.lost("discarded", 800),
        lambda: scribe.say("update", {"language": "de-DE"}),
        lambda: scribe.say("dtmf", {"digit": "5"}),
        lambda: scribe.say("error", {"code": 429, "message": "slow down", "retryAfter": "PT1S"}),
        lambda: scribe.say("close", {"reason": "end"}),
    ]
    opens = [scribe.open(*media) for _ in range(draw(st.integers(0, 2)))]
    for text in [*opens, *(one() for one in draw(st.lists(st.sampled_from(say), max_size=5)))]:
        message = json.loads(text)
        right = json.dumps(message).encode()
        sent += ws_frame(TEXT, draw(st.just(right) | changed(message)))
        if draw(st.booleans()):
            sent += ws_frame(BINARY, draw(st.just(bytes(1600)) | SHORT))
    return sent


@given(attack=SHORT | mutated(UPGRADES) | st.builds(lambda one, rest: one + rest, UPGRADES, SHORT))
@settings(max_examples=60, deadline=None)  # some wait for their refusal
def test_any_bytes_at_the_port_do_no_harm_to_a_call_beside(beside: Beside, attack: bytes) -> None:
    beside.is_attacked_with(attack)


@BOTH
@given(attack=mutated(frames(SHORT)))
@ATTACKS
def test_any_frames_do_no_harm_to_a_call_beside(
    beside: Beside, before: Callable[[Caller], None], attack: bytes
) -> None:
    beside.is_attacked_with(attack, before=before)


@given(attack=mutated(frames(TUTORIAL)))
@ATTACKS
def test_frames_of_the_tutorial_that_are_nearly_right_do_no_harm(beside: Beside, attack: bytes) -> None:
    beside.is_attacked_with(attack, before=plainly)


@given(attack=mutated(sessions()) | sessions())
@ATTACKS
def test_sessions_of_audiohook_that_are_nearly_right_do_no_harm(beside: Beside, attack: bytes) -> None:
    beside.is_attacked_with(attack, before=on_hook)
