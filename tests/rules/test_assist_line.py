"""The life of the assist session: every phase meets every event."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.assist_line import MAY_SEND, NEXT, Heard, Phase, advance, renew_in_s

AUTHENTICATED = {Phase.READY, Phase.AWAITING_NEW_TOKEN, Phase.RECONNECTING}


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("heard", list(Heard))
def test_every_event_in_every_phase_is_in_the_table_or_changes_nothing(phase: Phase, heard: Heard) -> None:
    assert advance(phase, heard) is NEXT.get((phase, heard))


@pytest.mark.parametrize("phase", list(Phase))
def test_a_lost_socket_ends_everything_and_a_new_one_begins_with_a_token(phase: Phase) -> None:
    assert advance(phase, Heard.LOST) is Phase.DOWN
    assert advance(phase, Heard.OPENED) is Phase.AWAITING_TOKEN


def test_actions_may_be_sent_only_after_connected() -> None:
    assert MAY_SEND == AUTHENTICATED
    entries = {key for key, phase in NEXT.items() if phase in MAY_SEND and key[0] not in MAY_SEND}
    assert entries == {(Phase.CONNECTING, Heard.CONNECTED)}


def test_authenticating_anew_never_stops_actions_unless_it_is_refused() -> None:
    for phase in AUTHENTICATED:
        for heard in (Heard.GRANTED, Heard.DENIED, Heard.CONNECTED, Heard.ELAPSED):
            assert advance(phase, heard) in {None, *MAY_SEND}


def test_no_phase_with_a_socket_is_without_a_way_on() -> None:
    for phase in set(Phase) - {Phase.DOWN}:
        assert advance(phase, Heard.ELAPSED) is not None


@pytest.mark.parametrize(("left_s", "expected"), [(86_395.0, 86_335.0), (600.0, 540.0), (57.0, 51.3), (0.0, 0.0)])
def test_a_session_is_renewed_a_minute_before_or_a_tenth(left_s: float, expected: float) -> None:
    assert renew_in_s(left_s) == pytest.approx(expected)


@given(st.floats(-1e6, 1e9))
def test_a_session_is_renewed_before_its_token_expires(left_s: float) -> None:
    assert 0 <= renew_in_s(left_s) <= max(left_s, 0)
