from random import Random

from simulator.calls.mishaps import Fate, Language, Likelihood, Mishaps, Scripted, read_script
from simulator.calls.reel import Reel


def scripted(text: str, keep: int = 100) -> Reel:
    return Reel(Scripted(read_script(text)), 100, keep)


def test_frames_are_numbered_and_what_is_said_between_them_takes_no_time() -> None:
    reel = scripted("sent 1, language de-DE, lost 1")
    assert [(reel.next(), reel.at) for _ in range(3)] == [(Fate.SENT, 1), (Language("de-DE"), 1), (Fate.LOST, 2)]


def test_what_was_lost_or_paused_is_missing_for_good() -> None:
    reel = scripted("sent 1, lost 1, held 2, paused 2, dropped 1")
    for _ in range(8):
        reel.next()
    assert reel.missing() == {1, 4, 5}


def test_no_more_is_remembered_than_can_be_offered() -> None:
    reel = scripted("lost 9", keep=3)
    for _ in range(9):
        reel.next()
    assert reel.missing() == {6, 7, 8}


def test_a_call_that_is_stopped_has_no_frames_to_come() -> None:
    reel = Reel(Mishaps(Likelihood(), Random(1), 100, 0.02), 100)
    reel.next()
    reel.stop()
    assert (reel.quiet, reel.at, reel.frames) == (True, 1, 1)
