"""GET and HEAD /cdn/{language}/{tier}/{file}: prompts with ETag and ranges, without a login. Source: RFC 9110."""

from aiohttp import web

from simulator.assets import Asset, asset_name
from simulator.box import Box
from simulator.http_faults import error_answer, under_faults


class CdnDoor:
    """One range a request; of several asked for at once the whole file is sent, as a server may."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self._box.world.tally("cdn.requests")
        return await under_faults(self._box, request, {"route": "cdn"}, lambda: self._answer(request))

    async def _answer(self, request: web.Request) -> web.Response:
        given = request.match_info
        name = asset_name(given["language"], given["tier"], given["file"])
        asset = self._box.assets.get(name)
        if asset is None:
            return error_answer(404, "not.found", f"the CDN has no {request.path}")
        if request.headers.get("If-None-Match") == asset.etag:
            return web.Response(status=304, headers={"ETag": asset.etag})
        if not self._box.world.settings.cdn_ranges:
            return _whole(asset, {"ETag": asset.etag})
        return _ranged(request, asset)


def _ranged(request: web.Request, asset: Asset) -> web.Response:
    headers = {"ETag": asset.etag, "Accept-Ranges": "bytes"}
    asked, size = request.headers.get("Range", ""), len(asset.content)
    if request.method != "GET" or not asked.startswith("bytes=") or "," in asked:
        return _whole(asset, headers)
    try:
        first, last, _ = request.http_range.indices(size)
    except ValueError:
        first, last = 0, 0
    if first >= last:
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last - 1}/{size}"
    return web.Response(status=206, body=asset.content[first:last], headers=headers, content_type=asset.content_type)


def _whole(asset: Asset, headers: dict[str, str]) -> web.Response:
    return web.Response(body=asset.content, headers=headers, content_type=asset.content_type)
