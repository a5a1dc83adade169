"""Killed again and again: each webhook arrives at least once, under one id, and in the order of its subject."""

from collections import defaultdict
from pathlib import Path
from random import Random

import pytest

from rules.deliveries import Schedule
from tests.actors.outbox_scenes import A, B, Scene
from tests.kit import Probe
from tests.storage.kit import delivery

EVENTS, SUBJECTS = 120, 8
STATUSES = (200, 200, 200, 503, None)
ENDLESS = Schedule(first_s=1.0, last_s=8.0, tries=50)  # nothing dies: what arrives is what was put in


def lane_of(webhook_id: str) -> str:
    """URL and subject, of which the id is made."""
    return webhook_id.rpartition(" ")[0]


def kill(scene: Scene, before_it_is_durable: str | None) -> None:
    """`kill -9`; with an id, between that delivery's arrival and the commit that would tell of it."""
    if before_it_is_durable is not None:
        scene.to_journal.end = Probe("nobody")
        scene.land(before_it_is_durable)
    scene.end()
    scene.begin()


def live(scene: Scene, chance: Random, unsent: list[str]) -> None:
    """One step of a life: something is put in, something arrives or fails, or time passes."""
    under_way = scene.under_way()
    if unsent and chance.random() < 0.3:
        for webhook_id in [unsent.pop(0) for _ in range(min(len(unsent), chance.randint(1, 4)))]:
            url, subject, _number = webhook_id.split(" ")
            scene.put(delivery(webhook_id, url=url, subject=subject))
    elif under_way:
        status = chance.choice(STATUSES)
        scene.land(chance.choice(under_way), status, "" if status else "transport")
    else:
        scene.stage.advance(chance.random() * 5)


@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    unsent = [f"{chance.choice((A, B))} i{chance.randrange(SUBJECTS)} {number:03}" for number in range(EVENTS)]
    wanted, kills = list(unsent), 0
    with Scene(tmp_path, schedule=ENDLESS) as scene:
        while unsent or "pending" in scene.states().values():
            if chance.random() < 0.1:
                under_way = scene.under_way()
                kill(scene, chance.choice(under_way) if under_way and chance.random() < 0.5 else None)
                kills += 1
            live(scene, chance, unsent)
        assert set(scene.states().values()) == {"delivered"}
    assert kills > 10
    assert sorted(set(scene.arrived)) == sorted(wanted)
    arrived = defaultdict(list)
    for webhook_id in scene.arrived:
        arrived[lane_of(webhook_id)].append(webhook_id)
    assert all(of_one == sorted(of_one) for of_one in arrived.values())
