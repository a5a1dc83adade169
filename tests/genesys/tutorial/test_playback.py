"""Prompts: who hears them, the request to play, and what became of it."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.tutorial.playback import play_request, progress, read_listener, read_play, read_playback
from genesys.verdicts import PASSED, Verdict
from messages.playbacks import Listener, PlaybackPending, PlaybackProgress, PlayPrompt
from tests.genesys.tutorial.answers import answer, silence, told

URL = "https://cdn.example/prompts/en/standard/welcome.mp3"
DEFAULT = Listener(language="en", tier="standard", codecs=("mp3", "opus", "wav"))


def listener(**interaction: Any) -> Listener | Verdict:
    return read_listener("conv-1", answer(200, {"state": "active", **interaction}))


def first(**participant: Any) -> Listener | Verdict:
    return listener(participants=[participant, {"attributes": {"language": "fr"}}])


def test_the_first_participant_says_language_tier_and_codecs() -> None:
    heard = first(
        attributes={"language": "PT-br", "service_tier": "Premium"},
        mediaCapabilities={"audio": {"supportedCodecs": "OPUS, wav"}},
    )
    assert heard == Listener(language="pt-br", tier="premium", codecs=("opus", "wav"))


def test_codecs_may_come_as_a_list() -> None:
    heard = first(mediaCapabilities={"audio": {"supportedCodecs": ["wav", "mp3"]}})
    assert heard == Listener(language="en", tier="standard", codecs=("wav", "mp3"))


@pytest.mark.parametrize("participants", [[], None, {}, "x", [None], [7], [[]], [{}]])
def test_an_interaction_without_participants_hears_the_defaults(participants: object) -> None:
    assert listener(participants=participants) == DEFAULT
    assert read_listener("conv-1", answer(200, {"participants": participants})) == DEFAULT


@pytest.mark.parametrize("odd", [None, [], "x", 7, {}, {"audio": None}, {"audio": {"supportedCodecs": 7}}])
def test_what_makes_no_sense_hears_the_defaults(odd: object) -> None:
    assert first(attributes=odd, mediaCapabilities=odd) == DEFAULT


@pytest.mark.parametrize("language", ["../../x", "..%2f", "%00", "en\n", "．．", "en_US", 7])
def test_a_language_that_is_no_tag_is_refused(language: object) -> None:
    assert told(first(attributes={"language": language})) == ("refused", "SB-216")


def test_no_codec_of_theirs_becomes_a_path() -> None:
    odd = {"audio": {"supportedCodecs": "../../etc/passwd,a/b"}}
    assert first(mediaCapabilities=odd) == DEFAULT


@pytest.mark.parametrize("state", ["completed", "abandoned"])
def test_nothing_is_played_into_an_interaction_that_is_over(state: str) -> None:
    assert told(listener(state=state)) == ("refused", "SB-221")


@pytest.mark.parametrize("state", ["active", "queued", "alerting", None, 7, ["completed"]])
def test_any_other_state_is_genesys_to_judge(state: object) -> None:
    assert listener(state=state) == DEFAULT


def test_an_interaction_that_genesys_does_not_know_is_refused() -> None:
    assert told(read_listener("conv-1", answer(404))) == ("refused", "SB-201")
    assert told(read_listener("conv-1", silence("timeout"))) == ("failed", "SB-209")


def test_the_listener_knows_what_was_played_before() -> None:
    heard = listener(mediaPlayback=[{"url": URL, "state": "completed"}, {"url": "https://h/b.mp3", "state": "odd"}, 7])
    assert isinstance(heard, Listener)
    assert heard.played == (URL, "https://h/b.mp3")


def test_the_request_is_a_post_that_is_never_repeated_on_doubt() -> None:
    order = PlayPrompt(interaction_id="conv-1", prompt_key="welcome", volume=0.5)
    request = play_request("https://api.example", order, URL, "effect-1")
    assert (request.method, request.url) == ("POST", "https://api.example/api/v2/media/play")
    assert request.route == "POST /api/v2/media/play"
    assert (request.idempotent, request.bearer) == (False, True)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == "effect-1"
    assert orjson.loads(request.body or b"") == {
        "interactionId": "conv-1",
        "media": [{"url": URL, "type": "audio", "playbackOptions": {"volume": 0.5}}],
    }


@pytest.mark.parametrize("status", [200, 202])
def test_two_answers_say_that_it_was_taken(status: int) -> None:
    assert read_play(answer(status)) == PASSED


def test_any_other_answer_says_why_not() -> None:
    assert told(read_play(answer(201))) == ("failed", "SB-220")
    assert told(read_play(answer(404))) == ("refused", "SB-201")
    assert told(read_play(answer(409))) == ("refused", "SB-221")
    assert told(read_play(answer(400))) == ("failed", "SB-213")
    assert told(read_play(silence("timeout", maybe_sent=True))) == ("failed", "SB-220")
    assert told(read_play(silence("transport"))) == ("failed", "SB-223")


def read_back(played: Any, earlier: int = 0) -> PlaybackProgress | PlaybackPending | Verdict | None:
    return read_playback(answer(200, {"state": "active", "mediaPlayback": played}), URL, earlier)


@pytest.mark.parametrize("state", ["buffering", "playing", "completed", "error"])
def test_the_state_is_read_back(state: str) -> None:
    back = read_back([{"url": "https://h/b.mp3", "state": "error"}, {"url": URL, "state": state, "error": "e"}])
    assert isinstance(back, PlaybackProgress)
    assert (back.url, back.state, back.error) == (URL, state, "e")


def test_an_earlier_playback_of_the_same_prompt_is_not_taken_for_ours() -> None:
    earlier, ours = {"url": URL, "state": "completed"}, {"url": URL, "state": "playing"}
    assert read_back([earlier], earlier=1) is None
    back = read_back([earlier, ours], earlier=1)
    assert isinstance(back, PlaybackProgress)
    assert back.state == "playing"


@pytest.mark.parametrize("played", [None, [], {}, 7, "x", [7], [{}], [{"state": "error"}], [{"url": 7}]])
def test_what_genesys_does_not_list_is_not_guessed(played: object) -> None:
    assert read_back(played) is None


@pytest.mark.parametrize("state", ["queued", "paused", "PLAYING", None, 7, ["playing"]])
def test_what_is_listed_in_another_state_was_taken_and_no_more(state: object) -> None:
    assert read_back([{"url": URL, "state": state}]) == PlaybackPending(url=URL)
    assert read_back([{"url": URL, "state": state}, {"url": URL, "state": "completed"}]) == PlaybackPending(url=URL)


def test_one_playback_may_come_without_its_list() -> None:
    assert read_back({"url": URL, "state": "completed"}) == PlaybackProgress(url=URL, state="completed")


def test_a_look_up_that_failed_says_why() -> None:
    assert told(read_playback(answer(503), URL, 0)) == ("failed", "SB-209")
    assert told(read_playback(answer(404), URL, 0)) == ("refused", "SB-201")


def test_an_error_is_told_in_its_own_words() -> None:
    heard = progress({"url": URL, "state": "error", "error": {"message": "no\nfile"}, "interactionId": "conv-1"})
    assert heard == PlaybackProgress(url=URL, state="error", error="no file", interaction_id="conv-1")


json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.sampled_from(("active", URL, "playing")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3)
            | st.sampled_from(
                (
                    "participants",
                    "attributes",
                    "language",
                    "mediaCapabilities",
                    "audio",
                    "supportedCodecs",
                    "mediaPlayback",
                    "url",
                    "state",
                    "error",
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(("state", "participants", "mediaPlayback")), json))
def test_no_interaction_is_too_odd_to_be_read(interaction: dict[str, Any]) -> None:
    heard, back = read_listener("conv-1", answer(200, interaction)), read_playback(answer(200, interaction), URL, 0)
    assert isinstance(heard, Verdict) or heard.codecs
    assert back is None or isinstance(back, PlaybackProgress | PlaybackPending)
