"""Media servers as others might have them: aiohttp, as good or as bad as a test wants."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from aiohttp import WSMsgType, web

Behave = Callable[[web.WebSocketResponse, dict[str, Any]], Awaitable[None]]
KEY = "key-one"


class Heard:
    """What reached the server, by connection; `audio_came` and `one_left` once it has, of any of them."""

    def __init__(self) -> None:
        self.audio_came, self.one_left = Event(), Event()
        self.headers: list[dict[str, str]] = []
        self.frames: list[list[dict[str, Any]]] = []
        self.audio: list[list[bytes]] = []
        self.url = ""


def media_api(heard: Heard) -> web.Application:
    """The tutorial's server: bearer, subprotocol, frames."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.Response(status=401, text="that is no key here\n")
        socket = web.WebSocketResponse(protocols=("media-api",))
        await socket.prepare(request)
        frames: list[dict[str, Any]] = []
        heard.frames.append(frames)
        async for message in socket:
            frames += [json.loads(message.data)]
        return socket

    app = web.Application()
    app.add_routes([web.get("/media-api", handle)])
    return app


class Server:
    """AudioHook's server side of one session, with what a test changes of it in `answers`.

    `then`: what is said behind `opened`; `at`: after how many audio messages what is said, or None to break the line.
    """

    def __init__(self, socket: web.WebSocketResponse, answers: dict[str, Any], cut: Callable[[], None]) -> None:
        self._socket = socket
        self._cut = cut
        self._answers = answers
        self._seq = 0
        self._id = ""
        self._clientseq = 0

    async def say(self, kind: str, parameters: Any = None, **changes: Any) -> None:
        self._seq += 1
        message = {"version": "2", "id": self._id, "type": kind, "seq": self._seq, "clientseq": self._clientseq}
        await self._socket.send_str(json.dumps(message | {"parameters": parameters or {}} | changes))

    async def count(self, audio: int) -> None:
        for message in [message for at, message in self._answers.get("at", []) if at == audio]:
            if message is None:
                self._cut()
            else:
                await self.say(*message)

    async def heed(self, message: dict[str, Any]) -> None:
        self._id, self._clientseq = message["id"], message["seq"]
        match message["type"]:
            case "open" if "refuse" in self._answers:
                await self.say("disconnect", {"reason": self._answers["refuse"]})
            case "open":
                probe = message["parameters"]["conversationId"].startswith("00000000")
                media = [] if probe else message["parameters"]["media"][:1]
                await self.say("opened", {"media": media} | self._answers.get("opened", {}))
                for kind, parameters in self._answers.get("then", []):
                    await self.say(kind, parameters)
            case "ping" if not self._answers.get("silent"):
                await self.say("pong", **self._answers.get("pong", {}))
            case "paused" if self._answers.get("resumes"):
                await self.say("resume")
            case "close" if self._answers.get("hangs_up"):
                await self._socket.close()
            case "close":
                await self.say("closed")
            case _:
                pass


def audiohook(heard: Heard, answers: dict[str, Any], *later: dict[str, Any]) -> web.Application:
    """AudioHook's server; `later`: its answers to connections after the first, the last one's to all others."""

    async def handle(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        heard.headers.append(dict(request.headers))
        frames: list[dict[str, Any]] = []
        audio: list[bytes] = []
        heard.frames.append(frames)
        heard.audio.append(audio)
        assert request.transport is not None
        chosen = [answers, *later][min(len(heard.frames) - 1, len(later))]
        server = Server(socket, chosen, request.transport.abort)
        async for message in socket:
            if message.type == WSMsgType.BINARY:
                audio.append(message.data)
                heard.audio_came.set()
                await server.count(len(audio))
            else:
                frames.append(json.loads(message.data))
                await server.heed(frames[-1])
        heard.one_left.set()
        return socket

    app = web.Application()
    app.add_routes([web.get("/audiohook", handle)])
    return app


@contextmanager
def serving(app: web.Application) -> Iterator[str]:
    """The app's ws:// address, as long as the block runs."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port: int = runner.addresses[0][1]
        return port

    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
