"""Sessions that continue each other, with a small server over real sockets; frames of 20 ms, 160 samples."""

import json
from itertools import pairwise
from typing import Any

import pytest

from simulator.calls.__main__ import main
from tests.simulator.calls.servers import KEY, Heard, audiohook, serving

LONG = ("--duration", "1")
TOTAL = 50 * 160  # samples of a call


def placed(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], *answers: dict[str, Any]
) -> tuple[int, dict[str, Any], Heard]:
    """The exit code, the report and what reached the server, which has an answer for each connection."""
    heard = Heard()
    with serving(audiohook(heard, *answers)) as url:
        where = ("--url", url, "--protocol", "audiohook", "--key", KEY, "--json", *LONG)
        code = main([*where, *options])
    return code, json.loads(capsys.readouterr().out), heard


def opened(heard: Heard, number: int) -> dict[str, Any]:
    parameters: dict[str, Any] = heard.frames[number][0]["parameters"]
    return parameters


def types(heard: Heard, number: int) -> list[str]:
    return [frame["type"] for frame in heard.frames[number] if frame["type"] != "ping"]


def sound(report: dict[str, Any]) -> None:
    """Every session's samples are those sent and those told as lost, from its first position to its last."""
    for session in report["each"][0]["sessions"]:
        told = sum(samples for _, samples in session["discarded"])
        assert session["begins"] + session["frames"] * 160 + told == session["ends"]


def test_a_session_that_breaks_is_continued_by_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ("--reconnect", "--script", "sent 20, lost 1, sent 9, dropped 1")
    code, report, heard = placed(capsys, options, {})
    (call,) = report["each"]
    first, second = call["sessions"]
    assert (code, report["completed"], report["reconnects"], report["violations"]) == (0, 1, 1, {})
    assert opened(heard, 1)["continuedSessions"] == [{"id": first["id"], "serverseq": 1, "clientseq": 2}]
    assert "continuedSessions" not in opened(heard, 0)
    assert heard.frames[0][0]["id"] != heard.frames[1][0]["id"] == second["id"]
    same = ("conversationId", "participant", "organizationId")
    assert [opened(heard, 0)[name] for name in same] == [opened(heard, 1)[name] for name in same]
    assert (first["ends"], second["begins"], second["ends"]) == (30 * 160, 0, TOTAL)
    assert second["discarded"] == [[20 * 160, 160]], "what was lost before is lost here too"
    assert [headers["Audiohook-Retry-Attempt"] for headers in heard.headers] == ["0", "1"]
    sound(report)


def test_no_more_is_offered_again_than_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--reconnect", "--offered-s", "0.4", "--script", "sent 30, dropped 1")
    code, report, heard = placed(capsys, options, {})
    _, second = report["each"][0]["sessions"]
    assert (code, second["ends"]) == (0, TOTAL)
    assert second["begins"] > 11 * 160, "31 frames were there when it broke; time passes before it is tried again"
    assert heard.frames[1][0]["position"] == f"PT{second['begins'] / 8000:g}S"
    sound(report)


def test_without_being_asked_to_nobody_continues_anything(capsys: pytest.CaptureFixture[str]) -> None:
    asked = {"at": [(5, ("reconnect",))]}
    code, report, heard = placed(capsys, ("--script", "sent 20, dropped 1"), asked)
    assert (code, report["dropped"], len(heard.frames)) == (0, 1, 1)


def test_a_server_that_asks_for_it_is_heard_on_both_sides_until_the_new_session_is_open(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, report, heard = placed(capsys, ("--reconnect",), {"at": [(20, ("reconnect",))]}, {})
    first, second = report["each"][0]["sessions"]
    assert (code, report["completed"], report["violations"]) == (0, 1, {})
    assert heard.frames[0][-1]["parameters"] == {"reason": "reconnect"}
    assert heard.frames[1][-1]["parameters"] == {"reason": "end"}
    assert (first["frames"] >= 20, second["begins"], second["ends"]) == (True, 0, TOTAL)
    sound(report)


def test_audio_that_the_server_has_already_is_discarded_where_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, report, heard = placed(
        capsys, ("--reconnect",), {"at": [(20, ("reconnect",))]}, {"opened": {"discardTo": "PT0.31S"}}
    )
    _, second = report["each"][0]["sessions"]
    assert (code, second["discarded"], second["ends"]) == (0, [[0, 15 * 160]], TOTAL)
    assert types(heard, 1) == ["open", "discarded", "close"]
    sound(report)


@pytest.mark.parametrize("lost", [None, ("disconnect", {"reason": "error"})])
def test_what_the_server_loses_is_continued_too(capsys: pytest.CaptureFixture[str], lost: Any) -> None:
    code, report, _ = placed(capsys, ("--reconnect",), {"at": [(10, lost)]}, {})
    assert (code, report["completed"], report["reconnects"], report["violations"]) == (0, 1, 1, {})
    sound(report)


@pytest.mark.parametrize("reason", ["unauthorized", "rejected"])
def test_a_session_that_is_not_wanted_leaves_the_old_one_as_it_was(
    capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    code, report, heard = placed(capsys, ("--reconnect",), {"at": [(20, ("reconnect",))]}, {"refuse": reason})
    (only,) = report["each"][0]["sessions"]
    assert (code, report["completed"], len(heard.frames), only["ends"]) == (0, 1, 2, TOTAL)


def test_all_sessions_end_where_the_new_one_is_told_that_all_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    code, report, _ = placed(capsys, ("--reconnect",), {"at": [(20, ("reconnect",))]}, {"refuse": "completed"})
    (only,) = report["each"][0]["sessions"]
    assert (code, report["completed"], only["ends"] < TOTAL) == (0, 1, True)


def test_a_server_that_never_lets_a_session_last_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    code, report, heard = placed(capsys, ("--reconnect", "--duration", "0.2"), {"refuse": "error"})
    assert (code, report["lost"]) == (1, 1)
    attempts = [int(headers["Audiohook-Retry-Attempt"]) for headers in heard.headers]
    assert attempts == [0, 1, 2, 3, 4]


def test_a_third_session_names_both_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    hands_over = {"at": [(10, ("reconnect",))]}
    code, report, heard = placed(capsys, ("--reconnect",), hands_over, hands_over, {})
    ids = [session["id"] for session in report["each"][0]["sessions"]]
    assert (code, len(ids)) == (0, 3)
    assert [each["id"] for each in opened(heard, 2)["continuedSessions"]] == ids[:2]
    assert all(earlier["begins"] <= later["begins"] for earlier, later in pairwise(report["each"][0]["sessions"]))
