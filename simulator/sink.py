"""POST /sim/sink/{name}: receives callbacks in an outsider's stead, keeps them, answers 200 or what a fault says."""

from typing import Any

import orjson
from aiohttp import web

from simulator.admin import foreign, is_local
from simulator.box import Box
from simulator.http_faults import json_answer, under_faults
from simulator.rest import ids_in
from simulator.state import Delivery


class SinkDoor:
    """Every delivery is kept, those that a fault turned away too."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if not is_local(request):
            return foreign()
        name = request.match_info["name"]
        delivery = self._keep(name, request, _read(await request.read()))
        occasion = {"route": "sink", "sink": name} | ids_in(delivery.body)
        answer = await under_faults(self._box, request, occasion, _received)
        delivery.status = answer.status
        self._box.world.tally("sink.answered")
        return answer

    def _keep(self, name: str, request: web.Request, body: Any) -> Delivery:
        delivery = Delivery(self._box.now_s(), request.method, _headers(request), body, None)
        self._box.world.deliveries.setdefault(name, []).append(delivery)
        self._box.world.tally(f"sink.{name}")
        return delivery


async def _received() -> web.Response:
    return json_answer({"received": True})


def _read(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode(errors="replace")


def _headers(request: web.Request) -> dict[str, str]:
    """By their names in lower case; of a repeated one the last."""
    return {name.lower(): value for name, value in request.headers.items()}
