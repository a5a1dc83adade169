"""The table of a session's life, pair by pair."""

import pytest

from rules.sessions import NEXT, Heard, Phase, advance

STAYS = None
COLUMNS = (
    Heard.STARTED,
    Heard.GRANTED,
    Heard.DENIED,
    Heard.OPENED,
    Heard.CLOSED,
    Heard.RESTED,
    Heard.TOLD_TO_RENEW,
    Heard.TOLD_TO_RECONNECT,
    Heard.TOLD_TO_CLOSE,
)
ROWS: dict[Phase, str] = {
    #                      started granted denied opened closed rested renew reconnect close
    Phase.AWAITING_TOKEN: "-       C       B      -      -      A      -     -         X",
    Phase.CONNECTING: "    -       -       -      O      B      -      -     R         L",
    Phase.OPEN: "          -       -       -      -      B      -      A     R         L",
    Phase.BACKING_OFF: "   -       -       -      -      -      A      -     A         X",
    Phase.RECONNECTING: "  -       -       -      -      A      -      -     -         L",
    Phase.CLOSING: "       -       -       -      -      X      -      -     R         -",
    Phase.CLOSED: "        A       -       -      -      -      -      -     A         -",
}
LETTERS = {
    "-": STAYS,
    "A": Phase.AWAITING_TOKEN,
    "C": Phase.CONNECTING,
    "O": Phase.OPEN,
    "B": Phase.BACKING_OFF,
    "R": Phase.RECONNECTING,
    "L": Phase.CLOSING,
    "X": Phase.CLOSED,
}
PAIRS = [
    (phase, heard, LETTERS[letter])
    for phase, row in ROWS.items()
    for heard, letter in zip(COLUMNS, row.split(), strict=True)
]


@pytest.mark.parametrize(("phase", "heard", "expected"), PAIRS, ids=lambda value: getattr(value, "name", "STAYS"))
def test_every_pair_leads_where_it_should(phase: Phase, heard: Heard, expected: Phase | None) -> None:
    assert advance(phase, heard) is expected


def test_no_pair_is_left_out() -> None:
    assert len(PAIRS) == len(Phase) * len(Heard)
    assert {(phase, heard) for phase, heard, expected in PAIRS if expected} == set(NEXT)


LIVING = [phase for phase in Phase if phase not in {Phase.CLOSING, Phase.CLOSED}]


@pytest.mark.parametrize("phase", LIVING)
def test_good_news_leads_back_to_open_from_everywhere(phase: Phase) -> None:
    reached = {phase}
    for _ in Phase:
        for heard in (Heard.CLOSED, Heard.RESTED, Heard.GRANTED, Heard.OPENED):
            reached |= {after for before in reached if (after := advance(before, heard)) is not None}
    assert Phase.OPEN in reached


@pytest.mark.parametrize("phase", LIVING)
def test_every_living_phase_can_be_closed_for_good(phase: Phase) -> None:
    assert advance(phase, Heard.TOLD_TO_CLOSE) in {Phase.CLOSING, Phase.CLOSED}
