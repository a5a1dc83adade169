"""An inspector looks at one file after the other and always answers; a bad file is nothing to crash over."""

from dataclasses import replace
from queue import SimpleQueue

import pytest

from actors.base import ActorFailed
from actors.inspector import InspectorActor
from clients.audio import AudioDoor
from messages.audio import AudioFacts, AudioInspected, AudioLoudness, AudioProblem, InspectAudio, Level
from messages.supervision import Describe
from rules.addresses import allowed
from rules.audio import LoudnessLimits
from tests.clients.audio_cdn import File, Shelf, recorded
from tests.clients.peers import RawPeer
from tests.kit import Probe, Stage
from tests.living import DEADLINE_S, House

FACTS = AudioFacts(
    container="wav", codec="pcm_s16", sample_rate_hz=8000, channels=1, duration_ms=900, exact=True, size_bytes=14_444
)


class Doorman:
    """Finds what it is told to, and remembers what it was asked."""

    def __init__(self, finds: AudioFacts | AudioProblem = FACTS) -> None:
        self.asked: list[tuple[str, Level, float]] = []
        self.closed = 0
        self.finds = finds
        self.forbids: AudioProblem | None = None

    def inspect(self, url: str, level: Level, timeout_s: float) -> AudioFacts | AudioProblem:
        self.asked.append((url, level, timeout_s))
        return self.finds

    def forbidden(self, url: str) -> AudioProblem | None:
        return self.forbids

    def close(self) -> None:
        self.closed += 1


class Waiting:
    """Stands where an order's actor would, for an inspector with a thread."""

    name = "barge"

    def __init__(self) -> None:
        self._heard: SimpleQueue[object] = SimpleQueue()

    def tell(self, message: object) -> None:
        self._heard.put(message)

    def heard(self) -> AudioInspected:
        message = self._heard.get(timeout=DEADLINE_S)
        assert isinstance(message, AudioInspected)
        return message


class Scene:
    """An inspector, its doorman and who asks it."""

    def __init__(self, door: Doorman | None = None, limits: LoudnessLimits | None = None) -> None:
        self.stage = Stage()
        self.door = door or Doorman()
        self.asker = Probe("barge")
        self.inspector = InspectorActor(self.stage.seat("inspector.1"), door=self.door, limits=limits, timeout_s=5.0)
        self.address = self.stage.play(self.inspector)

    def ask(self, level: Level = "headers", deadline_s: float = 3.0, longest_ms: int | None = None) -> AudioInspected:
        self.address.tell(
            InspectAudio(
                inspection_id="i1",
                url="https://cdn.test/a.wav",
                level=level,
                deadline_s=deadline_s,
                reply_to=self.asker,
                longest_ms=longest_ms,
            )
        )
        self.stage.run()
        return self.asker.take(AudioInspected)


def test_tells_what_a_file_is() -> None:
    scene = Scene()
    assert scene.ask() == AudioInspected(inspection_id="i1", facts=FACTS)
    assert scene.door.asked == [("https://cdn.test/a.wav", "headers", 3.0)]


def test_refuses_what_the_rules_refuse() -> None:
    (reason,) = Scene().ask(longest_ms=800).refusals
    assert reason.code == "SB-114"


def test_judges_loudness_by_the_limits_it_was_given() -> None:
    loudness = AudioLoudness(integrated_lufs=-20.0, true_peak_dbtp=-9.0, clipped_samples=0, measured_ms=900)
    scene = Scene(Doorman(replace(FACTS, loudness=loudness)), LoudnessLimits(max_lufs=-21.0))
    (reason,) = scene.ask("full").warnings
    assert reason.code == "SB-122"


def test_looks_at_nothing_where_that_is_off() -> None:
    scene = Scene()
    assert scene.ask("off") == AudioInspected(inspection_id="i1", facts=None)
    assert not scene.door.asked


def test_where_nobody_may_be_sent_is_refused_even_so() -> None:
    scene = Scene()
    scene.door.forbids = AudioProblem(trouble="forbidden", detail="10.0.0.7 is no public address")
    told = scene.ask("off")
    assert [why.code for why in told.refusals] == ["SB-112"]
    assert not scene.door.asked


def test_no_file_takes_longer_than_one_may() -> None:
    scene = Scene()
    scene.ask(deadline_s=60.0)
    assert scene.door.asked[0][2] == 5.0


def test_who_waited_too_long_is_told_at_once() -> None:
    scene = Scene()
    scene.stage.advance(3.0)
    (reason,) = scene.ask(deadline_s=3.0).warnings
    assert (reason.code, "no time left" in reason.message) == ("SB-120", True)
    assert not scene.door.asked


def test_counts_what_it_found() -> None:
    scene = Scene()
    scene.ask()
    scene.door.finds = AudioProblem(trouble="missing", detail="404")
    scene.ask()
    answer = scene.address.request(Describe())
    scene.stage.run()
    assert answer.get(timeout=0).facts == {"read": 1, "missing": 1}


def test_lets_go_of_its_door_when_it_ends() -> None:
    scene = Scene()
    scene.inspector.stopped()
    scene.inspector.release()
    assert scene.door.closed == 2


def test_what_nobody_expects_of_a_door_is_its_supervisors_business() -> None:
    class Trap(Doorman):
        def inspect(self, url: str, level: Level, timeout_s: float) -> AudioFacts | AudioProblem:
            raise RuntimeError("a bug")

    with pytest.raises(ActorFailed, match="a bug"):
        Scene(Trap()).ask()


@pytest.mark.parametrize(
    ("name", "refused", "warned"),
    [
        ("en.standard.welcome.wav", [], []),
        ("en.standard.lying.wav", ["SB-117"], []),
        ("en.standard.broken.wav", ["SB-116"], []),
        ("en.standard.long.mp3", ["SB-114"], []),
        ("nowhere.wav", ["SB-115"], []),
    ],
)
def test_with_its_own_thread_and_a_real_door(name: str, refused: list[str], warned: list[str]) -> None:
    files = {f"/{name}": File(recorded(name))} if name != "nowhere.wav" else {}
    house, asker = House(), Waiting()
    with RawPeer(Shelf(files)) as peer:
        actor, address = house.live(lambda seat: InspectorActor(seat, door=AudioDoor(allow=allowed("127.0.0.1"))))
        address.tell(
            InspectAudio(
                inspection_id="i1",
                url=f"{peer.url}/{name}",
                level="headers",
                deadline_s=house.world.monotonic() + 20.0,
                reply_to=asker,
                longest_ms=30_000,
            )
        )
        told = asker.heard()
        actor.abandon()
    assert [reason.code for reason in told.refusals] == refused
    assert [reason.code for reason in told.warnings] == warned
