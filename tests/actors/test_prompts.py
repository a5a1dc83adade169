"""A check of the prompts: each file is looked at once, a few at a time, and the answer comes in time."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from actors.inspector import InspectorActor
from actors.prompts import MOST_CHECKS, PromptsActor
from actors.reply import Reply
from clients.audio import AudioDoor
from clients.audio_meter import LoudnessMeter
from messages.audio import AudioFacts, AudioInspected, InspectAudio
from messages.prompts import CheckPrompts, PromptsChecked, PromptsRefused
from messages.supervision import Describe
from rules.addresses import allowed
from rules.audio import chosen
from rules.catalogue import reason
from tests.clients.audio_cdn import RECORDED, File, Shelf, recorded
from tests.clients.peers import RawPeer
from tests.kit import Probe, Stage
from tests.living import DEADLINE_S, House

CDN = "https://cdn.test"
FACTS = AudioFacts(
    container="mp3", codec="mp3", sample_rate_hz=8000, channels=1, duration_ms=900, exact=True, size_bytes=1_800
)


def check(prompts: int = 4, within_s: float = 60.0) -> CheckPrompts:
    return CheckPrompts(
        keys=tuple(f"p{number}" for number in range(prompts)),
        languages=("en", "es"),
        tiers=("standard",),
        codecs=("mp3", "wav"),
        within_s=within_s,
    )


class Scene:
    """The actor with a few inspectors, whom the test lets answer."""

    def __init__(self, inspectors: int = 3, cdn_base: str = CDN) -> None:
        self.stage = Stage()
        self.inspectors = tuple(Probe(f"inspector.{number}") for number in range(1, inspectors + 1))
        self.actor = PromptsActor(
            self.stage.seat("prompts"), inspectors=self.inspectors, cdn_base=cdn_base, inspection_s=5.0
        )
        self.address = self.stage.play(self.actor)
        self.urls: list[str] = []

    def ask(self, asked: CheckPrompts) -> Reply:
        reply = self.address.request(asked)
        self.stage.run()
        return reply

    def under_way(self) -> list[tuple[Probe, InspectAudio]]:
        return [(probe, message) for probe in self.inspectors for message in probe.heard]

    def answer_one(self, probe: Probe) -> None:
        asked = probe.take(InspectAudio)
        self.urls.append(asked.url)
        missing = (reason("SB-115"),) if asked.url.endswith("wav") else ()
        self.address.tell(
            AudioInspected(inspection_id=asked.inspection_id, facts=None if missing else FACTS, refusals=missing)
        )
        self.stage.run()

    def answer_all(self) -> None:
        while waiting := self.under_way():
            self.answer_one(waiting[0][0])

    def facts(self) -> Any:
        answer = self.address.request(Describe())
        self.stage.run()
        return answer.get(timeout=0).facts


def rows(reply: Reply) -> list[tuple[str, str]]:
    answer = reply.get(timeout=0)
    assert isinstance(answer, PromptsChecked)
    return [(row.cell.url.removeprefix(CDN + "/"), row.state) for row in answer.rows]


def test_answers_with_the_whole_matrix_in_its_order() -> None:
    scene = Scene()
    reply = scene.ask(check(2))
    scene.answer_all()
    assert rows(reply) == [
        ("en/standard/p0.mp3", "present"),
        ("en/standard/p0.wav", "missing"),
        ("es/standard/p0.mp3", "present"),
        ("es/standard/p0.wav", "missing"),
        ("en/standard/p1.mp3", "present"),
        ("en/standard/p1.wav", "missing"),
        ("es/standard/p1.mp3", "present"),
        ("es/standard/p1.wav", "missing"),
    ]
    assert scene.facts() == {"checks": 0, "files_left": 0, "files_under_way": 0}


def test_each_inspector_has_one_file_at_a_time_and_all_have_work() -> None:
    scene = Scene()
    scene.ask(check(10))
    assert [len(probe.heard) for probe in scene.inspectors] == [1, 1, 1]
    assert scene.facts() == {"checks": 1, "files_left": 40, "files_under_way": 3}
    scene.answer_one(scene.inspectors[0])
    assert [len(probe.heard) for probe in scene.inspectors] == [1, 1, 1]
    scene.answer_all()
    assert len(scene.urls) == len(set(scene.urls)) == 40


def test_a_file_is_looked_at_by_the_inspector_who_remembers_it() -> None:
    scene = Scene()
    scene.ask(check(10))
    for probe, asked in scene.under_way():
        assert probe is chosen(asked.url, scene.inspectors)


def test_an_inspector_who_dies_over_a_file_costs_that_file_only() -> None:
    scene = Scene(inspectors=1)
    reply = scene.ask(check(1))
    scene.inspectors[0].take(InspectAudio)
    scene.stage.advance(5.9)
    assert not scene.under_way()
    scene.stage.advance(0.1)
    scene.answer_all()
    assert [state for _url, state in rows(reply)] == ["unknown", "missing", "present", "missing"]


def test_what_comes_too_late_is_nobodys_answer() -> None:
    scene = Scene(inspectors=1)
    reply = scene.ask(check(1))
    late = scene.inspectors[0].take(InspectAudio)
    scene.stage.advance(6.0)
    scene.address.tell(AudioInspected(inspection_id=late.inspection_id, facts=FACTS))
    scene.answer_all()
    assert rows(reply)[0] == ("en/standard/p0.mp3", "unknown")


def test_when_its_time_is_over_the_rest_is_unknown() -> None:
    scene = Scene(inspectors=1)
    reply = scene.ask(check(2, within_s=3.0))
    scene.answer_one(scene.inspectors[0])
    scene.stage.advance(3.0)
    assert [state for _url, state in rows(reply)] == ["present", *["unknown"] * 7]


def test_no_file_is_looked_at_longer_than_the_check_lasts() -> None:
    scene = Scene(inspectors=1)
    scene.ask(check(1, within_s=3.0))
    assert scene.inspectors[0].take(InspectAudio).deadline_s == 3.0


def test_nothing_is_asked_any_more_for_a_check_that_is_over() -> None:
    scene = Scene(inspectors=1)
    scene.ask(check(5, within_s=3.0))
    scene.stage.advance(3.0)
    scene.answer_all()
    assert len(scene.urls) == 1
    assert scene.facts()["files_under_way"] == 0


def test_checks_share_the_inspectors() -> None:
    scene = Scene()
    replies = [scene.ask(check(3)) for _ in range(MOST_CHECKS)]
    assert len(scene.under_way()) == 3
    scene.answer_all()
    assert {len(rows(reply)) for reply in replies} == {12}


def test_no_more_than_a_few_checks_at_a_time() -> None:
    scene = Scene()
    for _ in range(MOST_CHECKS):
        scene.ask(check())
    refused = scene.ask(check()).get(timeout=0)
    assert isinstance(refused, PromptsRefused)
    scene.answer_all()
    assert isinstance(scene.ask(check()), Reply)
    assert scene.under_way()


@pytest.mark.parametrize(("asked", "cdn_base"), [(check(0), CDN), (check(), "")])
def test_what_cannot_be_checked_is_refused(asked: CheckPrompts, cdn_base: str) -> None:
    scene = Scene(cdn_base=cdn_base)
    assert isinstance(scene.ask(asked).get(timeout=0), PromptsRefused)
    assert not scene.under_way()


@pytest.mark.parametrize("end", ["stopped", "release"])
def test_whoever_waits_is_told_when_it_ends(end: str) -> None:
    scene = Scene()
    reply = scene.ask(check())
    getattr(scene.actor, end)()
    assert isinstance(reply.get(timeout=0), PromptsRefused)


FILES = ("en.standard.welcome", "es.standard.welcome", "en.standard.loud", "en.standard.broken", "en.standard.lying")


@contextmanager
def meter() -> Iterator[LoudnessMeter]:
    opened = LoudnessMeter()
    yield opened
    opened.close()


def test_with_real_inspectors_a_real_cdn_and_ears() -> None:
    files = {
        f"/{stem.replace('.', '/')}.{codec}": File(recorded(f"{stem}.{codec}"))
        for stem in FILES
        for codec in ("mp3", "opus", "wav")
        if (RECORDED / f"{stem}.{codec}").exists()
    }
    house, actors, inspectors = House(), [], []
    with RawPeer(Shelf(files)) as peer, meter() as ears:
        for number in (1, 2):
            door = AudioDoor(meter=ears, allow=allowed("127.0.0.1"))
            actor, address = house.live(partial(InspectorActor, door=door, timeout_s=30.0), f"inspector.{number}")
            actors.append(actor)
            inspectors.append(address)
        actor, prompts = house.live(partial(PromptsActor, inspectors=inspectors, cdn_base=peer.url), "prompts")
        asked = CheckPrompts(
            keys=("welcome", "loud", "broken", "lying"),
            languages=("en", "es"),
            tiers=("standard",),
            codecs=("mp3", "opus", "wav"),
            level="full",
        )
        told = prompts.request(asked).get(timeout=DEADLINE_S)
        for each in (*actors, actor):
            each.abandon()
    assert isinstance(told, PromptsChecked)
    states = {(row.cell.language, row.cell.key, row.cell.codec): row.state for row in told.rows}
    assert len(states) == 24
    assert {state for (_, key, _), state in states.items() if key == "welcome"} == {"present"}
    assert (states["en", "loud", "wav"], states["en", "loud", "mp3"]) == ("too_loud", "too_loud")
    assert (states["en", "broken", "wav"], states["en", "broken", "mp3"]) == ("unfit", "unfit")
    assert (states["en", "lying", "wav"], states["en", "lying", "mp3"]) == ("unfit", "missing")
    assert {state for (language, key, _), state in states.items() if language == "es" and key != "welcome"} == {
        "missing"
    }
