"""Any client that keeps to the protocol is served, and one breach is answered alike wherever it happens."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from genesys.audiohook import Phase
from genesys.audiohook_effects import Flush
from tests.audiohook import EXTERNAL, INTERNAL, LINEAR, LINEAR_STEREO, STEREO
from tests.genesys.talk import BREACHES, Talk, opened, refusal, said


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
