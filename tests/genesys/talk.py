"""A session without its socket, driven by a client that keeps its own numbers."""

from collections.abc import Callable
from typing import Any

from genesys.audiohook_effects import Effect, Say
from genesys.audiohook_session import Session
from tests.audiohook import EXTERNAL, INTERNAL, ORGANIZATION, SESSION, STEREO, Scribe


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
