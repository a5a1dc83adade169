"""POST /sim/sink/{name}: receives callbacks in an outsider's stead, keeps them, answers 200 or as it was told to."""

import asyncio
from typing import Any

import orjson
from aiohttp import web

from simulator.admin import foreign, is_local
from simulator.box import Box
from simulator.http_faults import dictated, under_faults
from simulator.records import Script
from simulator.rest import ids_in
from simulator.state import Delivery


class SinkDoor:
    """Every delivery is kept, those that were turned away too. A fault comes before the sink's script."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._world = box.world

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if not is_local(request):
            return foreign()
        name = request.match_info["name"]
        delivery = self._keep(name, request, await request.read())
        occasion = {"route": "sink", "sink": name} | ids_in(delivery.body)
        answer = await under_faults(self._box, request, occasion, lambda: self._answer(name))
        delivery.status, delivery.answered_at_s = answer.status, self._box.now_s()
        self._world.count[f"sink.{name}.{answer.status}"] += 1
        self._world.tally("sink.answered")
        return answer

    async def _answer(self, name: str) -> web.Response:
        told = self._world.scripts.get(name, Script()).next()
        await asyncio.sleep(told.get("latency_ms", 0) / 1000)
        return dictated(told, told["status"], {"received": told["status"] < 300})

    def _keep(self, name: str, request: web.Request, raw: bytes) -> Delivery:
        seq, text = self._world.count["sink.received"] + 1, raw.decode(errors="replace")
        delivery = Delivery(seq, self._box.now_s(), request.method, _headers(request), text, _read(raw, text))
        self._world.deliveries.setdefault(name, []).append(delivery)
        self._world.count["sink.received"] = seq
        self._world.tally(f"sink.{name}")
        return delivery


def _read(raw: bytes, text: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return text


def _headers(request: web.Request) -> dict[str, str]:
    """By their names in lower case; of a repeated one the last."""
    return {name.lower(): value for name, value in request.headers.items()}
