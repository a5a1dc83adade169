"""Client messages are read liberally, server messages written strictly."""

import contextlib
import json
from fractions import Fraction
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys import audiohook_messages as messages
from genesys.audiohook import Heard
from genesys.audiohook_messages import MOST_CONTINUED, Breach, Envelope, read_envelope, read_message, write_message
from tests.audiohook import CONVERSATION, EXTERNAL, LINEAR, NULL, ORGANIZATION, PARTICIPANT, SESSION, STEREO, Scribe


def read(text: str) -> messages.Message:
    return read_message(read_envelope(text.encode()))[1]


def opening(**over: Any) -> messages.Open:
    message = read(Scribe().open(STEREO, EXTERNAL, **over))
    assert isinstance(message, messages.Open)
    return message


def test_reads_an_envelope() -> None:
    text = Scribe().say("ping", {"rtt": "PT0.1S"}, seq=7, serverseq=3, position="PT1.5S")
    assert read_envelope(text.encode()) == Envelope(
        id=SESSION, type="ping", seq=7, serverseq=3, position_s=Fraction(3, 2), parameters={"rtt": "PT0.1S"}
    )


def test_unknown_fields_are_ignored_everywhere() -> None:
    message = opening(
        future={"a": 1},
        participant={"id": PARTICIPANT, "ani": "", "aniName": "", "dnis": "", "pronouns": []},
        media=[EXTERNAL | {"future": True}],
    )
    assert message.media[0].raw == EXTERNAL | {"future": True}
    assert read(Scribe().say("close", {"reason": "end", "more": 1}, trace="x")) == messages.Close(reason="end")


@pytest.mark.parametrize("name", ["version", "id", "type", "seq", "serverseq", "position", "parameters"])
@pytest.mark.parametrize("wrong", [None, [], "x", -1, 1.5, True])
def test_an_envelope_with_a_wrong_field_is_a_breach(name: str, wrong: Any) -> None:
    message = json.loads(Scribe().say("ping"))
    message[name] = 5 if (name, wrong) == ("type", "x") else wrong
    with pytest.raises(Breach):
        read_envelope(json.dumps(message).encode())


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_or_a_breach(text: bytes) -> None:
    with pytest.raises(Breach):
        read_message(read_envelope(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    *("organizationId", "conversationId", "participant", "media", "language", "supportedLanguages", "start"),
    *("continuedSessions", "customConfig", "inputVariables", "rtt", "discarded", "code", "message", "retryAfter"),
    *("reason", "digit"),
]


@given(st.sampled_from([heard.value for heard in Heard]), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5))
def test_whatever_parameters_come_they_are_read_or_a_breach(kind: str, parameters: dict[str, Any]) -> None:
    envelope = Envelope(id=SESSION, type=kind, seq=1, serverseq=0, position_s=Fraction(0), parameters=parameters)
    with contextlib.suppress(Breach):
        assert read_message(envelope)[0].value == kind


def test_a_text_over_the_limit_is_a_breach() -> None:
    with pytest.raises(Breach, match="too large"):
        read_envelope(b" " * 65_536)


def test_reads_an_open() -> None:
    message = opening(language="en-US", supportedLanguages=True, inputVariables={"a": "b", "n": 1})
    assert message.organization_id == ORGANIZATION
    assert message.conversation_id == CONVERSATION
    assert message.participant_id == PARTICIPANT
    assert [media.raw for media in message.media] == [STEREO, EXTERNAL]
    assert message.language == "en-US"
    assert message.wants_languages
    assert message.inputs == {"a": "b"}
    assert not message.probe


def test_ids_are_compared_in_lower_case() -> None:
    assert opening(organizationId=ORGANIZATION.upper()).organization_id == ORGANIZATION


@pytest.mark.parametrize("language", ["es-419", "zh-Hans-CN", "fil", "en-us"])
def test_any_language_tag_is_taken(language: str) -> None:
    assert opening(language=language).language == language


@pytest.mark.parametrize("language", [None, 7, "", "english please", "x" * 100])
def test_what_is_no_language_tag_is_no_language(language: Any) -> None:
    assert opening(language=language).language is None


def test_an_open_of_both_null_ids_is_a_probe() -> None:
    assert isinstance(probe := read(Scribe().probe()), messages.Open)
    assert probe.probe
    assert not opening(conversationId=NULL).probe


def test_of_an_offer_what_we_do_not_know_is_passed_over() -> None:
    assert [media.raw for media in opening(media=[None, {"format": "OPUS"}, LINEAR]).media] == [LINEAR]
    assert opening(media=[]).media == ()


def test_sessions_that_are_continued_are_known_by_their_ids() -> None:
    one = {"id": SESSION, "serverseq": 1, "clientseq": 2}
    assert opening(continuedSessions=[one, {"id": 7}, "other"]).continued == (SESSION,)
    older = [{"id": ORGANIZATION}] * 100
    assert opening(continuedSessions=[*older, *[one] * MOST_CONTINUED]).continued == (SESSION,) * MOST_CONTINUED
    assert opening(continuedSessions="all").continued == ()


@pytest.mark.parametrize("name", ["organizationId", "conversationId", "participant", "media"])
@pytest.mark.parametrize("wrong", [None, "x", 5, {}, True])
def test_an_open_without_what_it_needs_is_a_breach_that_names_it(name: str, wrong: Any) -> None:
    with pytest.raises(Breach, match=r"Invalid/missing parameters"):
        opening(**{name: wrong})


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("ping", {}, messages.Ping()),
        ("ping", {"rtt": "PT0.25S"}, messages.Ping(rtt_s=Fraction(1, 4))),
        ("update", {"language": "de-DE"}, messages.Update(language="de-DE")),
        ("update", {"language": "???"}, messages.Update(language=None)),
        ("paused", {}, messages.Paused()),
        (
            "resumed",
            {"start": "PT1S", "discarded": "PT2S"},
            messages.Resumed(start_s=Fraction(1), discarded_s=Fraction(2)),
        ),
        (
            "discarded",
            {"start": "PT0S", "discarded": "PT0S"},
            messages.Discarded(start_s=Fraction(0), discarded_s=Fraction(0)),
        ),
        ("error", {"code": 400, "message": "no"}, messages.Complaint(code=400, message="no")),
        (
            "error",
            {"code": 429, "message": "slow", "retryAfter": "PT3S"},
            messages.Complaint(code=429, message="slow", retry_after_s=Fraction(3)),
        ),
        ("close", {"reason": "end"}, messages.Close(reason="end")),
        ("dtmf", {"digit": "#"}, messages.Dtmf(digit="#")),
        ("playback_started", {}, messages.PlaybackStarted()),
        ("playback_completed", {}, messages.PlaybackCompleted()),
    ],
)
def test_reads_every_message(kind: str, parameters: dict[str, Any], message: messages.Message) -> None:
    assert read(Scribe().say(kind, parameters)) == message


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("ping", {"rtt": 5}),
        ("update", {}),
        ("resumed", {"start": "PT1S"}),
        ("discarded", {"discarded": "PT1S"}),
        ("discarded", {"start": "PT1S", "discarded": "1"}),
        ("error", {"code": "400", "message": "x"}),
        ("error", {"code": True, "message": "x"}),
        ("error", {"code": 400}),
        ("close", {}),
        ("dtmf", {"digit": 5}),
        ("pong", {}),
        ("future", {}),
        ("(audio)", {}),
    ],
)
def test_a_message_with_wrong_parameters_or_of_no_known_type_is_a_breach(kind: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(Breach, match="Invalid Message"):
        read(Scribe().say(kind, parameters))


def test_no_breach_repeats_what_was_sent() -> None:
    with pytest.raises(Breach) as breach:
        read(Scribe().say("<script>"))
    assert "script" not in breach.value.info


def test_a_server_message_always_has_parameters() -> None:
    assert json.loads(write_message("pong", id=SESSION, seq=3, clientseq=2, parameters={})) == {
        "version": "2",
        "id": SESSION,
        "type": "pong",
        "seq": 3,
        "clientseq": 2,
        "parameters": {},
    }


@given(JSON)
def test_an_offer_is_echoed_as_it_came(extra: Any) -> None:
    offered = orjson.loads(orjson.dumps(EXTERNAL | {"x": extra if _fits(extra) else None}))
    text = write_message("opened", id=SESSION, seq=1, clientseq=1, parameters={"media": [offered]})
    assert json.loads(text)["parameters"]["media"] == [offered]


def _fits(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True
