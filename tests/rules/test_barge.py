"""Which barges are sent, whose consent counts, and what Genesys is told to do."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.barges import InjectBarge, StreamMatrix
from rules.addresses import NOTHING, allowed
from rules.barge import consent_objections, iso_duration, judge_consent, mutes, objections, source_url

PUBLIC = ("93.184.216.34",)


def matrix(agent: bool = False, caller: bool = False, normalize: bool = False) -> StreamMatrix:
    return StreamMatrix(agent_mute=agent, caller_mute=caller, normalize_level=normalize)


def order(**fields: Any) -> InjectBarge:
    whole = {
        "conversation_id": "conv-1",
        "participant_id": "part-1",
        "audio_url": "https://media.example/compliance/notice.wav",
        "stream_matrix": matrix(),
        "max_duration_ms": 15_000,
    }
    return InjectBarge(**{**whole, **fields})


def codes(barge: InjectBarge, addresses: tuple[str, ...] | None = PUBLIC) -> list[str]:
    return [objection.code for objection in objections(barge, NOTHING, addresses)]


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.ogg", "a.b.wav?sig=1", "a%20b.ogg"])
@pytest.mark.parametrize("milliseconds", [1, 999, 30_000])
def test_nobody_objects_to_a_good_barge(name: str, milliseconds: int) -> None:
    assert not codes(order(audio_url=f"https://media.example/{name}", max_duration_ms=milliseconds))


def test_every_objection_comes_at_once_in_field_order() -> None:
    bad = order(
        conversation_id="a/b",
        participant_id="..",
        request_id=" ",
        audio_url="http://10.0.0.7/a.exe",
        max_duration_ms=0,
        deadline_s=0.0,
    )
    assert codes(bad, None) == ["SB-101"] * 3 + ["SB-112", "SB-113", "SB-114", "SB-106"]
    assert all(objection.remedy for objection in objections(bad))


@pytest.mark.parametrize(
    "url",
    [
        "https://media.example/a.wavx",
        "https://media.example/a.xmp3y",
        "https://media.example/a.notogg",
        "https://media.example/a.WAV",
        "https://media.example/a.opus",
        "https://media.example/a",
        "https://media.example/a.exe?x=.wav",
        "https://media.example/a.wav%0A",
    ],
)
def test_refuses_any_other_extension(url: str) -> None:
    assert codes(order(audio_url=url)) == ["SB-113"]


@pytest.mark.parametrize(
    "url",
    [
        "http://media.example/a.wav",
        "https://ada:hunter2@media.example/a.wav",
        "https://media.example/a.wav#x",
        "https://127.0.0.1/a.wav",
        "https://[::1]/a.wav",
        "https://2130706433/a.wav",
        "https://media.example/a b.wav",
        "https://media.example/\ta.wav",
    ],
)
def test_refuses_a_url_that_must_not_be_fetched(url: str) -> None:
    (objection,) = objections(order(audio_url=url), NOTHING, PUBLIC)
    assert objection.code == "SB-112"
    assert "hunter2" not in objection.message


def test_refuses_a_name_that_leads_inside_unless_it_is_listed() -> None:
    inside = ("10.0.0.7",)
    assert codes(order(), inside) == ["SB-112"]
    assert not codes(order(), None)
    assert not codes(order(), ())
    assert not objections(order(), allowed("media.example"), inside)
    assert not objections(order(), allowed("10.0.0.0/8"), inside)


@pytest.mark.parametrize("milliseconds", [0, -1, 30_001, 2**63])
def test_refuses_a_duration_out_of_bounds(milliseconds: int) -> None:
    (objection,) = objections(order(max_duration_ms=milliseconds), NOTHING, PUBLIC)
    assert objection.code == "SB-114"
    assert "1 to 30000 ms" in objection.message


def test_consent_is_the_very_text_true() -> None:
    checked = judge_consent("part-1", "supervision_consent", {"supervision_consent": "true"})
    assert (checked.given, checked.value, checked.attribute) == (True, "true", "supervision_consent")
    assert not list(consent_objections(checked))


@pytest.mark.parametrize(
    "value", ["True", "TRUE", " true", "true\n", "yes", "1", "false", "", "truetrue", True, 1, None, ["true"], {}]
)
def test_nothing_like_it_is_consent(value: object) -> None:
    checked = judge_consent("part-1", "supervision_consent", {"supervision_consent": value})
    (objection,) = consent_objections(checked)
    assert not checked.given
    assert checked.value == (value if isinstance(value, str) else None)
    assert (objection.code, objection.gate) == ("SB-215", "consent")
    assert "supervision_consent of participant part-1" in objection.message


def test_the_name_of_the_attribute_is_the_operators() -> None:
    attributes = {"supervision_consent": "true", "house_rule": "x" * 100}
    checked = judge_consent("part-1", "house_rule", attributes)
    assert (checked.given, checked.value) == (False, "x" * 64)
    assert not judge_consent("part-1", "other", attributes).given
    assert judge_consent("part-1", "agreed", {"agreed": "true"}).given


@pytest.mark.parametrize(
    ("agent", "caller", "muted"),
    [(False, False, False), (True, False, True), (False, True, True), (True, True, True)],
)
def test_either_side_muted_is_muted(agent: bool, caller: bool, muted: bool) -> None:
    assert mutes(order(stream_matrix=matrix(agent, caller))) is muted


def test_the_level_is_normalised_where_it_is_asked_for() -> None:
    url = "https://media.example/a.wav?b=%2F&normalize=false"
    assert source_url(order(audio_url=url)) == url
    normal = source_url(order(audio_url=url, stream_matrix=matrix(normalize=True)))
    assert normal == "https://media.example/a.wav?b=%2F&normalize=true"


@pytest.mark.parametrize(
    ("milliseconds", "duration"),
    [
        (1, "PT0.001S"),
        (10, "PT0.01S"),
        (999, "PT0.999S"),
        (1000, "PT1S"),
        (1500, "PT1.5S"),
        (15_000, "PT15S"),
        (29_990, "PT29.99S"),
        (30_000, "PT30S"),
    ],
)
def test_a_duration_is_exact_to_the_millisecond(milliseconds: int, duration: str) -> None:
    assert iso_duration(milliseconds) == duration


@given(st.integers(1, 10**9))
def test_every_duration_reads_back_as_it_was(milliseconds: int) -> None:
    found = re.fullmatch(r"PT(\d+(?:\.\d{0,2}[1-9])?)S", iso_duration(milliseconds))
    assert found is not None
    assert Decimal(found[1]) * 1000 == milliseconds


urls = st.text(max_size=40) | st.from_regex(
    r"(https?|ftp)://([a-z]{1,5}@)?(media\.example|127\.0\.0\.1|\[::1\]|0)(:[0-9]{0,5})?/[a-z./%?#]{0,8}\.?(wav|mp3|ogg)?"
)
orders = st.builds(
    order,
    conversation_id=st.text(max_size=10) | st.just("conv-1"),
    participant_id=st.text(max_size=10) | st.just("part-1"),
    audio_url=urls,
    max_duration_ms=st.integers() | st.integers(-1, 30_001),
)


@settings(deadline=None)
@given(orders)
def test_whatever_is_not_objected_to_keeps_every_constraint(barge: InjectBarge) -> None:
    found = objections(barge, NOTHING, PUBLIC)
    assert all(objection.message and len(objection.message) < 400 for objection in found)
    if found:
        return
    assert re.fullmatch(r"https://media\.example(:\d+)?/[!-~]*\.(wav|mp3|ogg)(\?[!-~]*)?", barge.audio_url)
    assert "#" not in barge.audio_url
    assert 1 <= barge.max_duration_ms <= 30_000
    assert not {barge.conversation_id, barge.participant_id} & {"", ".", ".."}
