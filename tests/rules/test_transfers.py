"""Which transfers are sent at all."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.transfers import AudioMatrix, MediaMatrix, StartTransfer, VideoMatrix
from rules.transfers import GatewayLimits, next_codec, objections

LIMITS = GatewayLimits()


def order(**fields: Any) -> StartTransfer:
    return StartTransfer(**{"interaction_id": "conv-1", "destination_uri": "genesys://user/ada", **fields})


def media(video: VideoMatrix | None = None, **audio: Any) -> MediaMatrix:
    return MediaMatrix(audio=AudioMatrix(**audio), video=video)


def codes(transfer: StartTransfer, limits: GatewayLimits = LIMITS) -> list[str]:
    return [objection.code for objection in objections(transfer, limits)]


def objection_to(**fields: Any) -> tuple[str, str]:
    """Code and words of the only objection."""
    (objection,) = objections(order(**fields), LIMITS)
    return objection.code, objection.message


@pytest.mark.parametrize(
    "uri",
    ["genesys://user/ada", "sip:ada@example.com", "sip:+49301234@h:5060", "sips:a@[::1]", "tel:+49-30-1234;ext=7"],
)
def test_nobody_objects_to_a_good_transfer(uri: str) -> None:
    assert not codes(order(destination_uri=uri, request_id="monday-7", participant_id="p-1"))


def test_every_objection_comes_at_once_in_field_order() -> None:
    bad = order(
        interaction_id="a/b",
        participant_id="..",
        request_id="a b",
        destination_uri="ftp://x",
        media_matrix=media(VideoMatrix(fps=31, bandwidth_kbps=-1), codec="g729", bandwidth_kbps=-2),
        deadline_s=-1.0,
    )
    assert codes(bad) == ["SB-101"] * 3 + ["SB-102", "SB-103", "SB-107", "SB-107", "SB-105", "SB-106"]


def test_every_objection_says_what_to_do() -> None:
    assert all(objection.remedy for objection in objections(order(interaction_id="", destination_uri=""), LIMITS))


@pytest.mark.parametrize("interaction_id", ["", ".", "..", "a/../b", "x" * 129])
def test_refuses_an_interaction_id_that_is_none(interaction_id: str) -> None:
    code, message = objection_to(interaction_id=interaction_id)
    assert (code, message.startswith("interaction_id")) == ("SB-101", True)
    assert len(message) < 120


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("", "is empty"),
        ("sip:a b@h", "white space"),
        ("sip:a\n@h", "white space"),
        (" sip:a@h", "white space"),
        ("sip:ä@h", "letters in it that no URI may have"),
        ("sip:a%zz@h", "letters in it that no URI may have"),
        ("sip:" + "a" * 2045, "2049 letters"),
        ("ada", "scheme of destination_uri is ''"),
        ("http://h/x", "scheme of destination_uri is 'http'"),
        ("javascript:alert(1)", "scheme of destination_uri is 'javascript'"),
        ("sip:", "names nobody"),
        ("genesys:///", "names nobody"),
        ("tel:?x=1", "names nobody"),
        ("genesys://[nobody", "brackets"),
        ("genesys://ada:hunter2@user/x", "password"),
        ("sip:ada:hunter2@h", "password"),
    ],
)
def test_refuses_a_destination_that_is_none(uri: str, words: str) -> None:
    code, message = objection_to(destination_uri=uri)
    assert code == "SB-102"
    assert words in message
    assert "hunter2" not in message


def test_no_objection_repeats_a_password_under_a_wrong_scheme() -> None:
    assert "hunter2" not in objection_to(destination_uri="http://ada:hunter2@h")[1]


@pytest.mark.parametrize("codec", ["g729", "", "OPUS"])
def test_refuses_a_codec_the_gateway_lacks(codec: str) -> None:
    code, message = objection_to(media_matrix=media(codec=codec))
    assert code == "SB-103"
    assert "opus, g722, pcmu" in message


def test_audio_and_video_share_the_bandwidth() -> None:
    exactly = media(VideoMatrix(bandwidth_kbps=64), bandwidth_kbps=64)
    over = media(VideoMatrix(bandwidth_kbps=65), bandwidth_kbps=64)
    assert not codes(order(media_matrix=exactly))
    assert objection_to(media_matrix=over) == ("SB-104", "129 kbps in all is over the gateway's 128 kbps")


@pytest.mark.parametrize("fps", [0, -1, 31])
def test_refuses_a_frame_rate_out_of_bounds(fps: int) -> None:
    assert objection_to(media_matrix=media(VideoMatrix(fps=fps)))[0] == "SB-105"


@pytest.mark.parametrize("wrong", [{"bandwidth_kbps": 0}, {"bandwidth_kbps": -5}, {"bit_depth": 0}])
def test_refuses_audio_numbers_that_are_not_above_zero(wrong: dict[str, int]) -> None:
    assert objection_to(media_matrix=media(None, **wrong))[0] == "SB-107"


@pytest.mark.parametrize("deadline_s", [0.0, 0.05, -3.0, 600.1, float("inf"), float("-inf"), float("nan")])
def test_refuses_a_deadline_in_which_nothing_can_happen(deadline_s: float) -> None:
    assert objection_to(deadline_s=deadline_s)[0] == "SB-106"


@pytest.mark.parametrize("deadline_s", [0.1, 30, 600.0])
def test_takes_a_deadline_at_the_bounds(deadline_s: float) -> None:
    assert not codes(order(deadline_s=deadline_s))


def test_the_limits_are_the_operators() -> None:
    limits = GatewayLimits(max_bandwidth_kbps=32, codecs=("pcmu",), max_fps=10)
    assert codes(order(media_matrix=media(VideoMatrix(fps=11))), limits) == ["SB-103", "SB-104", "SB-105"]


@pytest.mark.parametrize(
    ("tried", "codec"),
    [((), "opus"), (("opus",), "g722"), (("g722",), "opus"), (("opus", "pcmu"), "g722"), (LIMITS.codecs, None)],
)
def test_the_next_codec_is_the_first_that_was_not_tried(tried: tuple[str, ...], codec: str | None) -> None:
    assert next_codec(tried, LIMITS) == codec


numbers = st.integers(-(2**63), 2**64 - 1) | st.integers(-1, 140)
words = st.text(max_size=20) | st.sampled_from(("opus", "g722", "conv-1", "..", "genesys://user/ada", "sip:a:b@c"))
orders = st.builds(
    StartTransfer,
    request_id=words,
    interaction_id=words,
    destination_uri=words | st.from_regex(r"(sip|tel|genesys|http):(//)?[\[\]a:@/?#%\s.-]{0,12}"),
    participant_id=st.none() | words,
    deadline_s=st.floats() | st.floats(0, 700),
    media_matrix=st.builds(
        MediaMatrix,
        audio=st.builds(AudioMatrix, codec=words, bandwidth_kbps=numbers, bit_depth=numbers),
        video=st.none() | st.builds(VideoMatrix, codec=words, resolution=words, fps=numbers, bandwidth_kbps=numbers),
    ),
)


@settings(deadline=None)
@given(orders)
def test_whatever_is_not_objected_to_keeps_every_constraint(transfer: StartTransfer) -> None:
    if codes(transfer):
        return
    audio, video = transfer.media_matrix.audio, transfer.media_matrix.video
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", transfer.interaction_id)
    assert transfer.interaction_id not in {".", ".."}
    assert re.match(r"(?i)(genesys|sip|sips|tel):[!-~]", transfer.destination_uri)
    assert audio.codec in LIMITS.codecs
    assert 0 < audio.bandwidth_kbps + (video.bandwidth_kbps if video else 0) <= 128
    assert video is None or 0 < video.fps <= 30
    assert 0.1 <= transfer.deadline_s <= 600


@settings(deadline=None)
@given(orders)
def test_no_order_is_too_odd_to_be_objected_to(transfer: StartTransfer) -> None:
    for objection in objections(transfer, LIMITS):
        assert objection.message
        assert len(objection.message) < 400
