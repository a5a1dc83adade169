"""A token actor whose logins a test answers."""

from typing import Any

import orjson

from actors.reply import Reply
from actors.tokens import Credentials, TokenActor
from genesys.tutorial.oauth import TutorialOAuth
from messages.rest import Call, CallAnswered, Failure, HttpResponse
from messages.tokens import ShowToken, WantToken
from tests.kit import Probe, Stage

CANARY = "canary-4d1e"
SECRET = f"secret-{CANARY}"


class Scene:
    """A token actor whose logins a test answers; it has just started and asked for its first token."""

    def __init__(self) -> None:
        self.stage, self.desk, self.journal = Stage(), Probe("rest"), Probe("journal")
        self.actor = TokenActor(
            self.stage.seat("token"),
            desk=self.desk,
            journal=self.journal,
            oauth=TutorialOAuth(login_url="https://login.example.com"),
            credentials=Credentials(client_id="id", client_secret=SECRET, scopes=("a", "b")),
        )
        self.token = self.stage.play(self.actor)
        self.granted = 0

    def tell(self, message: object) -> None:
        self.token.tell(message)
        self.stage.run()

    def want(self, name: str = "asker") -> Probe:
        asker = Probe(name)
        self.tell(WantToken(reply_to=asker))
        return asker

    def grant(self, lifetime_s: object = 3_600, **more: object) -> None:
        self.granted += 1
        body = {"access_token": f"{CANARY}-{self.granted}", "token_type": "bearer", "expires_in": lifetime_s, **more}
        self.answer(200, body)

    def answer(self, status: int, body: object = None, **more: Any) -> None:
        response = HttpResponse(status=status, headers={}, body=orjson.dumps(body or {}))
        self.tell(CallAnswered(call_id=self.desk.take(Call).call_id, response=response, **more))

    def fail(self, failure: Failure, **more: Any) -> None:
        self.tell(CallAnswered(call_id=self.desk.take(Call).call_id, response=None, failure=failure, **more))

    def fetches(self) -> int:
        return sum(isinstance(message, Call) for message in self.desk.heard)

    def show(self) -> dict[str, Any]:
        return self.ask(ShowToken()).get(timeout=1)  # type: ignore[no-any-return]

    def ask(self, message: object) -> Reply:
        reply = self.token.request(message)
        self.stage.run()
        return reply


def a_token(scene: Scene, lifetime_s: float = 3_600) -> Scene:
    scene.grant(lifetime_s)
    return scene
