"""Requests at the AudioHook door, signed by a client that shares nothing with `genesys`."""

import os
from base64 import b64encode
from time import time
from typing import Any

from messages.media import LanguagePlan, MediaKey, WorkerPlan
from tests.audiohook import signed_headers
from tests.media.audiohook_house import hook_request, knocking
from tests.media.workers import KEY
from tests.media.workers import plan as plain_plan

SECRET = b64encode(b"a secret of sixteen").decode()
HOST = "media.example.com"


def plan(secret: str = SECRET, **changes: Any) -> WorkerPlan:
    return plain_plan(keys=(MediaKey(key=KEY, secret=secret),), language=LanguagePlan(text=False), **changes)


def signed(age_s: int = 0, nonce: str | None = None, key: str = KEY, **more: Any) -> dict[str, str]:
    fresh = nonce or b64encode(os.urandom(18)).decode()
    given: dict[str, Any] = {"host": HOST, "created": int(time()) - age_s, "nonce": fresh}
    return signed_headers(key, SECRET, **(given | more))


def status(port: int, headers: dict[str, str], path: str = "/audiohook", **more: str | None) -> int:
    with knocking(port) as caller:
        caller.send(hook_request(path, headers=headers, **more))
        return caller.head()[0]
