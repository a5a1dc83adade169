import pytest

from rules.resume import PERMANENT, Broken, Patience, delay_s, refusal

PATIENCE = Patience(min_s=0.2, max_s=10.0, give_up_s=120.0)


@pytest.mark.parametrize("code", range(17))
def test_only_codes_that_speak_against_the_call_itself_are_final(code: int) -> None:
    assert bool(refusal(Broken(code=code), PATIENCE)) == (code in PERMANENT)


def test_gives_up_when_even_the_pushback_would_come_too_late() -> None:
    assert refusal(Broken(code=8, pushback_s=100.0, lost_s=10.0), PATIENCE) == ""
    assert refusal(Broken(code=8, pushback_s=100.0, lost_s=20.0), PATIENCE) == "no service for 20 s"
    assert refusal(Broken(code=14, lost_s=120.0), PATIENCE) == "no service for 120 s"


def test_a_negative_pushback_forbids_another_attempt() -> None:
    assert refusal(Broken(code=14, pushback_s=-1.0), PATIENCE) == "the service wishes no other attempt"


@pytest.mark.parametrize(("attempts", "most_s"), [(0, 0.2), (1, 0.4), (5, 6.4), (6, 10.0), (5000, 10.0)])
def test_the_wait_is_anywhere_up_to_a_limit_that_doubles(attempts: int, most_s: float) -> None:
    broken = Broken(code=14, attempts=attempts)
    assert delay_s(broken, PATIENCE, 0.0) == 0.0
    assert delay_s(broken, PATIENCE, 0.999) == pytest.approx(most_s, rel=0.01)


def test_the_jitter_comes_on_top_of_a_pushback() -> None:
    assert delay_s(Broken(code=8, pushback_s=3.0), PATIENCE, 0.5) == pytest.approx(3.1)


def test_a_stream_that_was_not_processed_is_opened_again_at_once_the_first_time() -> None:
    assert delay_s(Broken(code=14, unprocessed=True), PATIENCE, 0.5) == 0.0
    assert delay_s(Broken(code=14, unprocessed=True, attempts=1), PATIENCE, 0.5) == pytest.approx(0.2)
