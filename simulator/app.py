"""The box as one aiohttp server: OAuth, REST, the sockets, the CDN, the sink and the admin door on one port."""

import ssl

from aiohttp import web

from simulator.access import admit
from simulator.admin import AdminDoor
from simulator.assist import AssistDesk
from simulator.box import Box
from simulator.cdn import CdnDoor
from simulator.controls import Controls
from simulator.events import EventDesk
from simulator.http_faults import error_answer
from simulator.identity import IdentityDoor
from simulator.oauth import TokenDoor
from simulator.playback import PLAY, PlayDoor
from simulator.rest import VIEW, InteractionDoor, RestDesk
from simulator.sink import SinkDoor
from simulator.stream import StreamDoor
from simulator.transfers import TransferDesk
from simulator.voice import READ, WRITE, VoiceDoor
from simulator.webhooks import READ as WEBHOOKS_READ
from simulator.webhooks import WRITE as WEBHOOKS_WRITE
from simulator.webhooks import WebhookDoor

BACKLOG = 4096  # connections waiting to be accepted: a thousand sessions may come back at once
STOP_S = 0.05  # how long stopping waits for handlers whose connections were just aborted


class Server:
    """Starts and stops on the running loop; `port` is the real one once started."""

    def __init__(self, box: Box, host: str = "127.0.0.1", port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self.port = port
        self._box = box
        self._host = host
        self._context = context
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """OSError when the address cannot be had."""
        self._runner = web.AppRunner(
            build(self._box), access_log=None, handler_cancellation=True, shutdown_timeout=STOP_S
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port, ssl_context=self._context, backlog=BACKLOG)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """End every connection at once and let go of the port."""
        self._box.pusher.stop()
        if self._runner is None:
            return
        for connection in self._runner.server.connections if self._runner.server else []:
            if connection.transport is not None:
                connection.transport.abort()
        await self._runner.cleanup()


def build(box: Box) -> web.Application:
    """Every route; what is none of them is 404."""
    app = web.Application()
    app.add_routes(
        [
            web.post("/oauth/token", TokenDoor(box).handle),
            web.get("/api/v2/websocket", StreamDoor(box, "transfer", ("websocket:use",), TransferDesk(box)).handle),
            web.get("/api/v2/interactions/events/subscribe", StreamDoor(box, "events", VIEW, EventDesk(box)).handle),
            web.get("/api/v2/agentassist/stream", StreamDoor(box, "assist", None, AssistDesk(box)).handle),
            *_rest(box),
            web.get("/cdn/{language}/{tier}/{file}", CdnDoor(box).handle),
            web.post("/sim/sink/{name}", SinkDoor(box).handle),
            *AdminDoor(Controls(box)).routes(),
            web.route("*", "/{path:.*}", _Nowhere(box).handle),
        ]
    )
    return app


def _rest(box: Box) -> list[web.RouteDef]:
    serve, voice, webhooks = RestDesk(box).serve, VoiceDoor(box), WebhookDoor(box)
    conversation = "/api/v2/conversations/voice/{conversation_id}"
    participant = conversation + "/participants/{participant_id}"
    return [
        web.get("/api/v2/interactions/{interaction_id}", serve("interaction", VIEW, InteractionDoor(box).show)),
        web.get("/api/v2/tokens/me", serve("token_me", (), IdentityDoor(box).show)),
        web.post("/api/v2/media/play", serve("play", PLAY, PlayDoor(box).play)),
        web.get(conversation, serve("conversation", READ, voice.conversation)),
        web.get(participant, serve("participant", READ, voice.participant)),
        web.post(participant + "/interactions", serve("injection", WRITE, voice.inject)),
        web.get("/api/v2/webhooks", serve("webhooks", WEBHOOKS_READ, webhooks.listing)),
        web.post("/api/v2/webhooks", serve("webhooks", WEBHOOKS_WRITE, webhooks.register)),
    ]


class _Nowhere:
    """Whatever the box does not know; the REST API asks for a token first, as the real one does."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle(self, request: web.Request) -> web.Response:
        self._box.world.tally("rest.unknown")
        denied = admit(self._box, request) if request.path.startswith("/api/") else None
        if isinstance(denied, web.Response):
            return denied
        return error_answer(404, "not.found", f"the simulator has no {request.method} {request.path}")
