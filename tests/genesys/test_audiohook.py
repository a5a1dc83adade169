"""The table of an AudioHook session, every pair of it: `.` stays, `!` is a breach, else the next phase."""

import pytest

from genesys.audiohook import Heard, NoStep, Phase, advance

HEARD = [
    *("open", "ping", "update", "paused", "resumed", "discarded", "error", "close", "dtmf"),
    *("playback_started", "playback_completed", "(audio)", "(breach)", "(gone)", "(opened)", "(opened paused)"),
    *("(disconnect completed)", "(disconnect error)", "(disconnect unauthorized)", "(closed)"),
]
SHORT = {
    "OPE": Phase.OPENING,
    "ACT": Phase.ACTIVE,
    "PAU": Phase.PAUSED,
    "COM": Phase.COMPLETED,
    "ERR": Phase.SIGNALED_ERROR,
    "UNA": Phase.UNAUTHORIZED,
    "CLO": Phase.CLOSING,
    "END": Phase.CLOSED,
    "DIS": Phase.DISCONNECTED,
}
#                  open ping upd paus resu disc err  clos dtmf pbs  pbc  aud  brea gone oped opau dcom derr duna cled
WALK = """
PREPARING          OPE  .    .    .    .    .    .    CLO  !    !    !    !    ERR  DIS  !    !    COM  ERR  UNA  !
OPENING            .    .    .    .    .    .    .    CLO  !    !    !    !    ERR  DIS  ACT  PAU  COM  ERR  UNA  !
ACTIVE             .    .    .    PAU  .    .    .    CLO  .    .    .    .    ERR  DIS  !    !    COM  ERR  UNA  !
PAUSED             .    .    .    .    ACT  .    .    CLO  .    .    .    !    ERR  DIS  !    !    COM  ERR  UNA  !
COMPLETED          .    .    .    .    .    .    .    CLO  .    .    .    .    .    DIS  !    !    .    .    .    !
SIGNALED_ERROR     .    .    .    .    .    .    .    CLO  .    .    .    .    .    DIS  !    !    .    .    .    !
UNAUTHORIZED       .    .    .    .    .    .    .    CLO  .    .    .    .    .    DIS  !    !    .    .    .    !
CLOSING            .    .    .    .    .    .    .    .    .    .    .    .    .    DIS  !    !    .    .    .    END
CLOSED             .    .    .    .    .    .    .    .    .    .    .    .    .    DIS  !    !    .    .    .    !
DISCONNECTED       !    !    !    !    !    !    !    !    !    !    !    !    .    .    !    !    .    .    .    !
"""
STEPS = [
    (Phase[name], Heard(heard), cell)
    for name, *cells in map(str.split, WALK.strip().splitlines())
    for heard, cell in zip(HEARD, cells, strict=True)
]


def test_the_walk_has_every_pair() -> None:
    assert {(phase, heard) for phase, heard, _ in STEPS} == {(phase, heard) for phase in Phase for heard in Heard}


@pytest.mark.parametrize(("phase", "heard", "cell"), STEPS, ids=lambda value: getattr(value, "name", value))
def test_every_step_of_the_table(phase: Phase, heard: Heard, cell: str) -> None:
    if cell == "!":
        with pytest.raises(NoStep):
            advance(phase, heard)
    else:
        assert advance(phase, heard) is (phase if cell == "." else SHORT[cell])
