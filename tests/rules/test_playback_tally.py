"""How playbacks went."""

from rules.playback_tally import PlaybackTally


def test_over_nothing_there_is_no_rate_and_no_mean() -> None:
    facts = PlaybackTally().facts()
    assert (facts["finished"], facts["errors"]) == (0, 0)
    assert {facts[name] for name in ("error_rate", "mean_to_playing_ms", "mean_to_end_ms")} == {None}


def test_rates_are_over_those_that_finished_and_starts_over_those_that_were_heard() -> None:
    tally = PlaybackTally()
    for ok, to_playing_ms, to_end_ms in ((True, 100.0, 1000.0), (False, 300.0, 500.0), (False, None, 300.0)):
        tally = tally.with_end(ok=ok, to_playing_ms=to_playing_ms, to_end_ms=to_end_ms)
    assert tally.facts() == {
        "finished": 3,
        "errors": 2,
        "error_rate": 0.667,
        "mean_to_playing_ms": 200.0,
        "mean_to_end_ms": 600.0,
    }
