"""A client that knows the wire and nothing else: requests for HTTP, websocket-client for the sockets."""

import json
import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import requests
import websocket
from websocket import ABNF

from simulator.server import Simulator

WAIT_S = 10.0  # longest that anything here is waited for


class Clock:
    """Moved by hand."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def order(**changes: Any) -> dict[str, Any]:
    """A transfer frame as contracts 1 has it; None takes a field out."""
    frame = {
        "type": "interaction.transfer",
        "id": str(uuid4()),
        "interaction_id": "interaction-1",
        "destination_uri": "genesys://user/agent-1",
        "media_matrix": {"audio": {"codec": "opus", "bandwidth_kbps": 64, "bit_depth": 16}},
        "timestamp": "2026-01-01T00:00:00Z",
        "triggers": {"codec_negotiation": True, "format_verification": True},
    }
    return {name: value for name, value in (frame | changes).items() if value is not None}


def text(frame: dict[str, Any]) -> tuple[int, bytes]:
    """`frame` for Line.say_together."""
    return ABNF.OPCODE_TEXT, json.dumps(frame).encode()


def with_codec(codec: str, **changes: Any) -> dict[str, Any]:
    return order(media_matrix={"audio": {"codec": codec, "bandwidth_kbps": 64, "bit_depth": 16}}, **changes)


def fetch(box: Simulator, scope: str = "", **changes: Any) -> requests.Response:
    """One token request; `changes` are those of requests.post."""
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    given: dict[str, Any] = {"data": form, "auth": (box.client_id, box.client_secret), "timeout": WAIT_S, **changes}
    return requests.post(f"{box.url}/oauth/token", verify=trust(box), **given)


def token(box: Simulator, scope: str = "") -> str:
    return str(fetch(box, scope).json()["access_token"])


def bearer(box: Simulator, scope: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {token(box, scope)}"}


def interaction(
    box: Simulator, name: str = "interaction-1", headers: dict[str, str] | None = None
) -> requests.Response:
    given = bearer(box) if headers is None else headers
    return requests.get(f"{box.url}/api/v2/interactions/{name}", headers=given, timeout=WAIT_S, verify=trust(box))


def api(
    box: Simulator, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **changes: Any
) -> requests.Response:
    """One REST call; `changes` are those of requests.request."""
    given: dict[str, Any] = {"json": body, "timeout": WAIT_S, **changes}
    login = bearer(box) if headers is None else headers
    return requests.request(method, f"{box.url}/api/v2/{path}", headers=login, verify=trust(box), **given)


def play_body(name: str = "interaction-1", **medium: Any) -> dict[str, Any]:
    """The body of a play as contracts 2 has it."""
    one = {
        "url": "https://cdn.example.com/en/standard/welcome.mp3",
        "type": "audio",
        "playbackOptions": {"volume": 1.0},
    }
    return {"interactionId": name, "media": [one | medium]}


def play(box: Simulator, name: str = "interaction-1", **changes: Any) -> requests.Response:
    return api(box, "POST", "media/play", play_body(name), **changes)


def injection_body(**changes: Any) -> dict[str, Any]:
    """The body of an injection as contracts 3 has it; None takes a field out."""
    body = {
        "type": "play",
        "sourceType": "url",
        "sourceUrl": "https://audio.example.com/notice.wav?normalize=true",
        "mute": True,
        "maxDuration": "PT15S",
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def inject(
    box: Simulator, conversation: str = "c-1", participant: str = "p-1", body: Any = None, **changes: Any
) -> requests.Response:
    path = f"conversations/voice/{conversation}/participants/{participant}/interactions"
    return api(box, "POST", path, injection_body() if body is None else body, **changes)


def subscription(name: str = "interaction-1", **changes: Any) -> dict[str, Any]:
    """A subscribe frame as contracts 2 has it; None takes a field out."""
    frame = {"action": "subscribe", "eventTypes": ["media.playback.state"], "filters": {"interactionId": name}}
    return {field: value for field, value in (frame | changes).items() if value is not None}


def send(**changes: Any) -> dict[str, Any]:
    """A send frame as contracts 5 has it; `changes` are of its payload, None takes a field out."""
    payload = {
        "actionType": "knowledge_search",
        "parameterMatrix": {"query": "refund"},
        "executionContext": context(),
        "correlationId": str(uuid4()),
        "maxRetries": 1,
    }
    return {
        "type": "send",
        "payload": {name: value for name, value in (payload | changes).items() if value is not None},
    }


def context(session: str = "s-1", agent: str = "agent-1") -> dict[str, str]:
    return {"agentId": agent, "sessionId": session, "interactionType": "voice"}


def id_of(frame: dict[str, Any]) -> str:
    """The correlation id of a send frame."""
    return str(frame["payload"]["correlationId"])


def admin(box: Simulator, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(method, f"{box.url}/sim/{path}", json=body, timeout=WAIT_S, verify=trust(box))


def trust(box: Simulator) -> str | bool:
    return str(box.ca_file) if box.ca_file else True


class Line:
    """One open socket, for transfers, events or actions."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self.socket = socket

    def say(self, frame: object) -> None:
        self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    def say_together(self, *frames: tuple[int, bytes]) -> None:
        """Frames as (opcode, payload) in one write: the box reads them one right after the other."""
        masked = [ABNF.create_frame(payload, opcode) for opcode, payload in frames]
        assert self.socket.sock is not None
        self.socket.sock.sendall(b"".join(frame.format() for frame in masked))

    def hear(self) -> dict[str, Any]:
        """The next text message as JSON."""
        heard: dict[str, Any] = json.loads(self.socket.recv())
        return heard

    def states(self, number: int) -> list[str]:
        """What the next `number` messages say of a play's state."""
        return [self.hear()["state"] for _ in range(number)]

    def ask(self, frame: object) -> dict[str, Any]:
        self.say(frame)
        return self.hear()

    def heard_close(self) -> int:
        """The code of the close frame that must come next; websocket-client answers it."""
        opcode, frame = self.socket.recv_data_frame(control_frame=True)
        assert opcode == ABNF.OPCODE_CLOSE, (opcode, frame)
        return int.from_bytes(frame.data[:2], "big")

    def heard_pong(self) -> bytes:
        opcode, frame = self.socket.recv_data_frame(control_frame=True)
        assert opcode == ABNF.OPCODE_PONG, (opcode, frame)
        return bytes(frame.data)

    def waits(self) -> bool:
        """Whether something has come that was not read yet."""
        assert self.socket.sock is not None
        return bool(select.select([self.socket.sock], [], [], 0)[0])


@contextmanager
def line(
    box: Simulator, scope: str = "", query: str = "", headers: dict[str, str] | None = None, url: str | None = None
) -> Iterator[Line]:
    """An open transfer socket, or the one at `url`; its TCP connection ends with the block, politely or not."""
    given = bearer(box, scope) if headers is None else headers
    trusted = {"ca_certs": str(box.ca_file)} if box.ca_file else {}
    socket = websocket.create_connection((url or box.ws_url) + query, header=given, timeout=WAIT_S, sslopt=trusted)
    try:
        yield Line(socket)
    finally:
        socket.shutdown()  # type: ignore[no-untyped-call]


@contextmanager
def assisted(box: Simulator, scope: str = "") -> Iterator[Line]:
    """An open assist socket that is connected."""
    with line(box, headers={}, url=box.assist_url) as session:
        assert session.ask({"type": "connect", "token": token(box, scope)}) == {"type": "connected"}
        yield session


@contextmanager
def subscribed(box: Simulator, name: str = "interaction-1", headers: dict[str, str] | None = None) -> Iterator[Line]:
    """An open event socket that is told of the plays in one interaction."""
    with line(box, headers=headers, url=box.events_url) as events:
        assert events.ask(subscription(name))["type"] == "subscribed"
        yield events
