from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.calls.mishaps import HELD_S, PAUSED_S, Fate, Language, Likelihood, Mishaps, Scripted, read_script
from simulator.forms import BadInput

FRAME_S = 0.02


def fates(frames: int, likely: Likelihood, seed: int = 1) -> list[Fate]:
    mishaps = Mishaps(likely, Random(seed), frames, FRAME_S)
    return [mishaps.next() for _ in range(frames)]


def lengths(told: list[Fate], fate: Fate) -> list[int]:
    """Of the unbroken runs of `fate`."""
    found, now = [], 0
    for one in [*told, None]:
        if one is fate:
            now += 1
        elif now:
            found.append(now)
            now = 0
    return found


def test_unless_asked_for_nothing_happens() -> None:
    assert set(fates(5000, Likelihood())) == {Fate.SENT}
    assert Mishaps(Likelihood(), Random(1), 10, FRAME_S).quiet


@pytest.mark.parametrize("name", ["gaps", "repeats", "drops", "bursts", "pauses"])
def test_whoever_may_suffer_is_not_quiet(name: str) -> None:
    assert not Mishaps(Likelihood(**{name: True}), Random(1), 10, FRAME_S).quiet


@pytest.mark.parametrize(
    ("likely", "fate"),
    [(Likelihood(gaps=0.1), Fate.LOST), (Likelihood(repeats=0.1), Fate.REPEATED)],
    ids=["gaps", "repeats"],
)
def test_frames_suffer_about_as_often_as_is_likely(likely: Likelihood, fate: Fate) -> None:
    count = Counter(fates(10_000, likely))[fate]
    assert 800 < count < 1200


def test_bursts_hold_back_what_is_sent_right_after() -> None:
    told = fates(5000, Likelihood(bursts=True))
    held = lengths(told[:4900], Fate.HELD)
    assert held
    assert all(HELD_S[0] / FRAME_S <= length <= HELD_S[1] / FRAME_S for length in held)


def test_pauses_last_some_seconds() -> None:
    paused = lengths(fates(5000, Likelihood(pauses=True))[:4900], Fate.PAUSED)
    assert paused
    assert all(PAUSED_S[0] / FRAME_S <= length <= PAUSED_S[1] / FRAME_S for length in paused)


@given(st.integers(0, 1000))
def test_a_connection_breaks_once_at_most(seed: int) -> None:
    assert fates(200, Likelihood(drops=1.0), seed).count(Fate.DROPPED) == 1
    assert fates(200, Likelihood(drops=0.0), seed).count(Fate.DROPPED) == 0


def test_the_same_seed_gives_the_same_run() -> None:
    likely = Likelihood(gaps=0.1, repeats=0.1, bursts=True, pauses=True, drops=0.5)
    assert fates(1000, likely, 7) == fates(1000, likely, 7)
    assert fates(1000, likely, 7) != fates(1000, likely, 8)


def test_a_script_is_followed_frame_by_frame_and_after_it_nothing_happens() -> None:
    scripted = Scripted(read_script("sent 2, lost 1,paused 3 , held 1"))
    told = [scripted.next() for _ in range(9)]
    assert told == [Fate.SENT] * 2 + [Fate.LOST] + [Fate.PAUSED] * 3 + [Fate.HELD] + [Fate.SENT] * 2
    assert not scripted.quiet


def test_a_script_says_where_the_language_changes() -> None:
    scripted = Scripted(read_script("sent 1, language fr-FR, sent 1, language zh-Hans-CN"))
    told = [scripted.next() for _ in range(5)]
    assert told == [Fate.SENT, Language("fr-FR"), Fate.SENT, Language("zh-Hans-CN"), Fate.SENT]


@pytest.mark.parametrize("text", ["", "sent", "sent 0", "10 sent", "sent 1,", "lost -1", "burnt 3", "language 3"])
def test_a_script_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_script(text)
