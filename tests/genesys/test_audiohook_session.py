"""A session without its socket, driven by a client that keeps its own numbers."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from genesys.audiohook import Phase
from genesys.audiohook_effects import Begun, Broken, Effect, Flush, Hush, Noted, Say, Skipped, SlowDown, Spoken
from genesys.audiohook_session import SLOW_DOWN_S, Session
from tests.audiohook import EXTERNAL, INTERNAL, LINEAR, LINEAR_STEREO, ORGANIZATION, SESSION, STEREO, Scribe


class Talk:
    """A session and its client; what the session says is checked by the client."""

    def __init__(self, **settings: Any) -> None:
        self.session = Session(id=SESSION, organization_id=ORGANIZATION, **settings)
        self.client = Scribe()
        self.effects: list[Effect] = []

    def send(self, text: str) -> list[dict[str, Any]]:
        """What the session says to `text`; its other effects are in `effects`."""
        return self.took(self.session.hear(text.encode()))

    def took(self, effects: tuple[Effect, ...] | None) -> list[dict[str, Any]]:
        self.effects = [effect for effect in effects or () if not isinstance(effect, Say)]
        return [self.client.hear(effect.frame) for effect in effects or () if isinstance(effect, Say)]

    def audio(self, size: int) -> list[dict[str, Any]]:
        return self.took(self.session.audio(len(self.client.audio(size))))


def opened(*media: dict[str, Any], over: dict[str, Any] | None = None, **settings: Any) -> Talk:
    talk = Talk(**settings)
    (answer,) = talk.send(talk.client.open(*(media or (STEREO, EXTERNAL, INTERNAL)), **(over or {})))
    assert answer["type"] == "opened"
    talk.client.frame_bytes = talk.session.media.frame_bytes if talk.session.media else 1
    return talk


def said(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["type"] for answer in answers]


def refusal(answers: list[dict[str, Any]]) -> tuple[str, str]:
    (answer,) = answers
    assert answer["type"] == "disconnect"
    return answer["parameters"]["reason"], answer["parameters"]["info"]


# --- opening


def test_opens_with_an_unmodified_copy_of_one_offer() -> None:
    talk = Talk()
    offered = STEREO | {"future": [1, {"a": None}]}
    (answer,) = talk.send(talk.client.open(EXTERNAL, offered))
    assert answer["parameters"] == {"media": [offered]}
    (begun,) = talk.effects
    assert isinstance(begun, Begun)
    assert begun.media is not None
    assert begun.media.channels == ("external", "internal")


@pytest.mark.parametrize("media", [[], [EXTERNAL | {"format": "OPUS"}]])
def test_a_session_without_audio_lives(media: list[dict[str, Any]]) -> None:
    talk = Talk()
    (answer,) = talk.send(talk.client.open(*media))
    assert answer["parameters"] == {"media": []}
    assert said(talk.send(talk.client.say("ping"))) == ["pong"]
    assert refusal(talk.audio(1))[0] == "error"


def test_a_probe_opens_without_audio_and_gets_the_languages_it_asks_for() -> None:
    talk = Talk(languages=("en-US", "de-DE"))
    (answer,) = talk.send(talk.client.probe(supportedLanguages=True))
    assert answer["parameters"] == {"media": [], "supportedLanguages": ["en-US", "de-DE"]}
    (begun,) = talk.effects
    assert isinstance(begun, Begun)
    assert begun.opening.probe
    assert said(talk.send(talk.client.say("close", {"reason": "end"}))) == []
    assert talk.effects == [Flush(reason="end")]


def test_languages_are_told_only_to_who_asks() -> None:
    talk = Talk(languages=("en-US",))
    assert talk.send(talk.client.open(EXTERNAL))[0]["parameters"] == {"media": [EXTERNAL]}


def test_mono_is_opened_where_it_is_preferred() -> None:
    talk = opened(stereo=False)
    assert talk.session.media is not None
    assert talk.session.media.raw == EXTERNAL


def test_a_second_open_is_ignored_and_its_number_counts() -> None:
    talk = opened()
    assert talk.send(talk.client.open(EXTERNAL)) == []
    assert talk.effects == []
    assert said(talk.send(talk.client.say("ping"))) == ["pong"]
    assert talk.session.media is not None
    assert talk.session.media.raw == STEREO


def test_another_organization_than_the_upgrades_is_unauthorized() -> None:
    talk = Talk()
    assert refusal(talk.send(talk.client.open(EXTERNAL, organizationId=SESSION)))[0] == "unauthorized"
    assert talk.session.phase is Phase.UNAUTHORIZED
    talk.send(talk.client.say("close", {"reason": "disconnect"}))
    assert talk.effects == [Flush(reason="disconnect")]


def test_a_session_that_continues_another_counts_from_its_own_position() -> None:
    talk = Talk()
    talk.client.position = 160_000
    talk.send(talk.client.open(EXTERNAL, continuedSessions=[{"id": SESSION, "serverseq": 5, "clientseq": 6}]))
    talk.audio(800)
    talk.send(talk.client.say("ping"))
    assert talk.session.position.disagreements == 0
    assert talk.session.position.at == 160_800
    assert talk.session.position.since_open == 800


# --- language


def test_the_language_of_the_open_is_declared() -> None:
    talk = opened(over={"language": "es-419"})
    assert talk.effects[1:] == [Spoken(language="es-419")]


def test_a_language_that_is_not_supported_starts_paused_until_it_is() -> None:
    talk = Talk(languages=("en-US",))
    (answer,) = talk.send(talk.client.open(EXTERNAL, language="de-DE"))
    assert answer["parameters"]["startPaused"] is True
    assert talk.session.phase is Phase.PAUSED
    assert talk.effects[1:] == [Noted(what="language.unsupported", data={"language": "de-DE"})]
    assert said(talk.send(talk.client.say("update", {"language": "en-us"}))) == ["updated", "resume"]
    assert talk.effects == [Spoken(language="en-us")]
    talk.send(talk.client.lost("resumed", 0))
    assert talk.audio(100) == []


def test_an_update_is_answered() -> None:
    talk = opened()
    assert said(talk.send(talk.client.say("update", {"language": "fr-FR"}))) == ["updated"]
    assert talk.effects == [Spoken(language="fr-FR")]


@pytest.mark.parametrize(
    ("supported", "language", "taken"),
    [("en", "en-US", True), ("EN-us", "en-US", True), ("en-US", "en", False), ("e", "en", False), ("en", "en", True)],
)
def test_a_supported_language_stands_for_its_regions(supported: str, language: str, taken: bool) -> None:
    talk = opened(over={"language": language}, languages=("xx", supported))
    assert (talk.session.phase is Phase.ACTIVE) is taken


def test_an_id_is_written_as_the_client_writes_it() -> None:
    talk = Talk()
    talk.client.session = SESSION.upper()
    talk.session.id = SESSION.upper()
    assert said(talk.send(talk.client.open(EXTERNAL))) == ["opened"]
    assert said(talk.send(talk.client.say("ping", id=SESSION))) == ["pong"]


@pytest.mark.parametrize("language", ["fr-FR", "no language"])
def test_an_update_to_a_language_that_is_not_supported_asks_for_a_pause(language: str) -> None:
    talk = opened(languages=("en-US",))
    assert said(talk.send(talk.client.say("update", {"language": language}))) == ["pause"]
    talk.send(talk.client.say("paused"))
    assert talk.effects == [Noted(what="paused", data={"asked": True})]


# --- audio, pauses, positions


def test_audio_comes_in_frames_of_any_size() -> None:
    talk = opened()
    for size in (1, 160, 30_000, 7):
        assert talk.audio(size) == []
    talk.send(talk.client.say("ping"))
    assert talk.session.position.at == 30_168
    assert talk.session.position.disagreements == 0


@pytest.mark.parametrize("media", [STEREO, LINEAR, LINEAR_STEREO])
def test_a_frame_with_half_a_sample_ends_the_session(media: dict[str, Any]) -> None:
    talk = opened(media)
    assert refusal(talk.took(talk.session.audio(1_601)))[0] == "error"


def test_audio_before_opened_ends_the_session() -> None:
    talk = Talk()
    assert refusal(talk.audio(1))[0] == "error"


def test_audio_in_a_pause_ends_the_session() -> None:
    talk = opened()
    talk.send(talk.client.say("paused"))
    assert refusal(talk.audio(1))[0] == "error"


def test_a_pause_of_the_clients_own_and_what_it_lost() -> None:
    talk = opened()
    talk.audio(8000)
    assert talk.send(talk.client.say("paused")) == []
    assert talk.effects == [Noted(what="paused", data={"asked": False})]
    assert talk.send(talk.client.lost("resumed", 16_000)) == []
    assert talk.effects == [Noted(what="resumed"), Skipped(start_s=Fraction(1), discarded_s=Fraction(2))]
    talk.audio(800)
    talk.send(talk.client.say("ping"))
    assert talk.session.position.at == 24_800
    assert talk.session.position.disagreements == 0


def test_lost_audio_moves_the_position() -> None:
    talk = opened()
    talk.audio(400)
    talk.send(talk.client.lost("discarded", 1))
    assert talk.effects == [Skipped(start_s=Fraction(400, 8000), discarded_s=Fraction(1, 8000))]
    assert talk.session.position.at == 401


def test_a_position_that_is_not_ours_is_counted_and_not_fatal() -> None:
    talk = opened()
    talk.audio(400)
    assert said(talk.send(talk.client.say("ping", position="PT9S"))) == ["pong"]
    assert talk.session.position.disagreements == 1


# --- the connector's


@pytest.mark.parametrize("kind", ["playback_started", "playback_completed"])
def test_playback_is_noted(kind: str) -> None:
    talk = opened(EXTERNAL)
    assert talk.send(talk.client.say(kind)) == []
    assert talk.effects == [Noted(what=kind.replace("_", "."))]


def test_a_key_is_noted_and_which_one_is_not() -> None:
    talk = opened(EXTERNAL)
    talk.send(talk.client.say("dtmf", {"digit": "7"}))
    assert talk.effects == [Noted(what="dtmf")]


# --- their errors


def test_an_integration_that_takes_no_events_gets_none_any_more() -> None:
    talk = opened()
    first = talk.session.event([b'{"type":"barge_in","data":{}}'])
    assert first is not None
    assert talk.client.hear(first)["parameters"] == {"entities": [{"type": "barge_in", "data": {}}]}
    assert talk.send(talk.client.say("error", {"code": 400, "message": "Event messages are not allowed"})) == []
    assert talk.effects[1:] == [Hush()]
    assert talk.session.event([b"{}"]) is None
    assert said(talk.send(talk.client.say("ping"))) == ["pong"]


@pytest.mark.parametrize(("more", "wait_s"), [({"retryAfter": "PT2.5S"}, 2.5), ({}, SLOW_DOWN_S)])
def test_too_many_messages_slow_us_down(more: dict[str, Any], wait_s: float) -> None:
    talk = opened()
    assert talk.send(talk.client.say("error", {"code": 429, "message": "slow"} | more)) == []
    assert talk.effects[1:] == [SlowDown(for_s=wait_s)]


def test_any_other_error_is_noted() -> None:
    talk = opened()
    assert talk.send(talk.client.say("error", {"code": 500, "message": "x" * 1000})) == []
    assert talk.effects == [Noted(what="error", data={"code": 500, "message": "x" * 200})]


# --- ending


def test_a_close_is_answered_when_all_is_said() -> None:
    talk = opened()
    assert talk.send(talk.client.say("close", {"reason": "end"})) == []
    assert talk.effects == [Flush(reason="end")]
    event = talk.session.event([b"{}"])
    assert event is not None
    talk.client.hear(event)
    closed = talk.session.closed()
    assert closed is not None
    assert talk.client.hear(closed)["parameters"] == {}
    assert talk.session.closed() is None
    assert talk.session.event([b"{}"]) is None


def test_a_session_is_closed_before_it_is_opened() -> None:
    talk = Talk()
    talk.send(talk.client.say("close", {"reason": "end"}))
    assert talk.effects == [Flush(reason="end")]
    assert talk.session.closed() is not None


def test_disconnect_is_said_once_and_the_close_waited_for() -> None:
    talk = opened()
    text = talk.session.disconnect("completed", "done", {"outcome": "sold"})
    assert text is not None
    assert talk.client.hear(text)["parameters"] == {
        "reason": "completed",
        "info": "done",
        "outputVariables": {"outcome": "sold"},
    }
    assert talk.session.disconnect("error", "again") is None
    assert talk.audio(100) == []
    assert said(talk.send(talk.client.say("ping"))) == ["pong"]
    talk.send(talk.client.say("close", {"reason": "disconnect"}))
    assert talk.effects == [Flush(reason="disconnect")]


def test_disconnect_can_be_the_first_word() -> None:
    text = Session(id=SESSION, organization_id=ORGANIZATION).disconnect("error", "overloaded")
    assert text is not None
    assert json.loads(text) | {"parameters": None} == {
        "version": "2",
        "id": SESSION,
        "type": "disconnect",
        "seq": 1,
        "clientseq": 0,
        "parameters": None,
    }


def test_after_a_breach_the_close_is_heard_whatever_its_number() -> None:
    talk = opened()
    assert refusal(talk.send(talk.client.say("ping", seq=9)))[1] == (
        "Client Error: Invalid seq value (not monotonically increasing)"
    )
    talk.client.seq = 9
    talk.send(talk.client.say("close", {"reason": "error"}))
    assert talk.effects == [Flush(reason="error")]
    closed = talk.session.closed()
    assert closed is not None
    assert talk.client.hear(closed)["clientseq"] == 10


def test_a_socket_that_goes_ends_everything() -> None:
    talk = opened()
    talk.session.gone()
    assert talk.session.phase is Phase.DISCONNECTED
    assert talk.session.disconnect("error") is None
    assert talk.session.hear(talk.client.say("ping").encode()) == ()


# --- breaches, each by itself: the column Reference of genesys-platform 3.10

BREACHES: dict[str, tuple[Callable[[Scribe], str], str]] = {
    "a gap in seq": (lambda client: client.say("ping", seq=client.seq + 5), "Invalid seq value"),
    "a seq again": (lambda client: client.say("ping", seq=client.seq), "Invalid seq value"),
    "serverseq too high": (lambda client: client.say("ping", serverseq=client.serverseq + 1), "Invalid serverseq"),
    "another session": (lambda client: client.say("ping", id=ORGANIZATION), "Session identifier mismatch"),
    "no JSON": (lambda _client: "{", "not valid JSON"),
    "no object": (lambda _client: "[]", "not a well-formed client message"),
    "another version": (lambda client: client.say("ping", version="1"), "not a well-formed client message"),
    "an unknown type": (lambda client: client.say("future"), "not a supported client message"),
    "wrong parameters": (lambda client: client.say("update", {"language": 5}), "Invalid/missing parameters"),
    "an open without participant": (
        lambda client: client.open(EXTERNAL, participant=None),
        "Invalid/missing parameters",
    ),
    "too long": (lambda client: client.say("ping", {"x": "y" * 65_536}), "Text message too large"),
}


@pytest.mark.parametrize("opening", [True, False], ids=["opened", "not opened"])
@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_ends_the_session_with_its_reason(breach: str, opening: bool) -> None:
    talk = opened() if opening else Talk()
    text, words = BREACHES[breach]
    reason, info = refusal(talk.send(text(talk.client)))
    assert reason == "error"
    assert words in info
    assert talk.session.phase is Phase.SIGNALED_ERROR
    (broken,) = talk.effects
    assert isinstance(broken, Broken)
    assert talk.send("{") == []


@pytest.mark.parametrize("kind", ["dtmf", "playback_started", "playback_completed"])
def test_the_connectors_messages_have_no_place_before_opened(kind: str) -> None:
    talk = Talk()
    assert refusal(talk.send(talk.client.say(kind, {"digit": "1"})))[0] == "error"


# --- any valid client


class ValidClient(RuleBasedStateMachine):
    """Whatever a client does that keeps to the protocol, it is never disconnected and never miscounted."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk(languages=("en-US", "de-DE"))
        self.open = self.paused = self.closing = False

    def live(self) -> bool:
        return self.open and not self.closing

    @precondition(lambda self: not self.open and not self.closing)
    @rule(media=st.lists(st.sampled_from([STEREO, EXTERNAL, INTERNAL, LINEAR, LINEAR_STEREO]), max_size=4))
    def opens(self, media: list[dict[str, Any]]) -> None:
        (answer,) = self.talk.send(self.talk.client.open(*media))
        assert answer["type"] == "opened"
        assert all(chosen in media for chosen in answer["parameters"]["media"])
        assert bool(answer["parameters"]["media"]) == bool(media)
        self.open = True

    @precondition(lambda self: self.live())
    @rule()
    def opens_again(self) -> None:
        assert self.talk.send(self.talk.client.open(EXTERNAL)) == []

    @rule()
    def pings(self) -> None:
        text = self.talk.client.say("ping")
        answers = self.talk.send(text)
        assert [answer["clientseq"] for answer in answers] == [json.loads(text)["seq"]]

    @precondition(lambda self: self.live() and not self.paused and self.talk.session.media)
    @rule(samples=st.integers(0, 40_000))
    def sends_audio(self, samples: int) -> None:
        assert self.talk.session.media
        self.talk.client.frame_bytes = self.talk.session.media.frame_bytes
        assert self.talk.audio(samples) == []

    @precondition(lambda self: self.live() and not self.paused)
    @rule()
    def pauses(self) -> None:
        assert self.talk.send(self.talk.client.say("paused")) == []
        self.paused = True

    @precondition(lambda self: self.live() and self.paused)
    @rule(lost=st.integers(0, 80_000))
    def resumes(self, lost: int) -> None:
        assert self.talk.send(self.talk.client.lost("resumed", lost)) == []
        self.paused = False

    @precondition(lambda self: self.live())
    @rule(lost=st.integers(0, 80_000))
    def loses_audio(self, lost: int) -> None:
        assert self.talk.send(self.talk.client.lost("discarded", lost)) == []

    @precondition(lambda self: self.live())
    @rule(language=st.sampled_from(["en-US", "de-DE", "fr-FR"]))
    def changes_its_language(self, language: str) -> None:
        answers = said(self.talk.send(self.talk.client.say("update", {"language": language})))
        assert answers in (["updated"], ["updated", "resume"], ["pause"])

    @precondition(lambda self: self.live())
    @rule(kind=st.sampled_from(["dtmf", "playback_started", "playback_completed"]))
    def is_a_connector(self, kind: str) -> None:
        assert self.talk.send(self.talk.client.say(kind, {"digit": "1"})) == []

    @rule(code=st.sampled_from([400, 405, 408, 409, 413, 415, 429, 500, 503]))
    def complains(self, code: int) -> None:
        assert self.talk.send(self.talk.client.say("error", {"code": code, "message": "no"})) == []

    @precondition(lambda self: self.live())
    @rule()
    def gets_an_event(self) -> None:
        text = self.talk.session.event([b"{}"])
        assert text is not None
        self.talk.client.hear(text)

    @precondition(lambda self: not self.closing)
    @rule(reason=st.sampled_from(["end", "error", "disconnect", "reconnect"]))
    def closes(self, reason: str) -> None:
        assert self.talk.send(self.talk.client.say("close", {"reason": reason})) == []
        assert self.talk.effects == [Flush(reason=reason)]
        self.closing = True

    @invariant()
    def stands_where_it_should(self) -> None:
        phase = self.talk.session.phase
        if self.closing:
            assert phase is Phase.CLOSING
        elif self.open:
            assert phase is (Phase.PAUSED if self.paused else Phase.ACTIVE)
        else:
            assert phase is Phase.PREPARING
        if self.open:
            assert self.talk.session.position.at == self.talk.client.position
            assert self.talk.session.position.disagreements == 0

    def teardown(self) -> None:
        if self.closing:
            closed = self.talk.session.closed()
            assert closed is not None
            self.talk.client.hear(closed)


TestValidClient = ValidClient.TestCase
TestValidClient.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@given(
    st.lists(st.sampled_from(["ping", "pause", "resume", "lose", "audio"]), max_size=12), st.sampled_from([*BREACHES])
)
def test_wherever_one_breach_happens_it_is_answered_alike(steps: list[str], breach: str) -> None:
    talk, paused = opened(), False
    for step in steps:
        match step:
            case "ping":
                talk.send(talk.client.say("ping"))
            case "pause" if not paused:
                paused = True
                talk.send(talk.client.say("paused"))
            case "resume" if paused:
                paused = False
                talk.send(talk.client.lost("resumed", 80))
            case "lose":
                talk.send(talk.client.lost("discarded", 80))
            case "audio" if not paused:
                assert talk.audio(160) == []
    text, words = BREACHES[breach]
    reason, info = refusal(talk.send(text(talk.client)))
    assert (reason, words in info) == ("error", True)
