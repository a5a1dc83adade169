"""Who may open an AudioHook session: signature, Origin, ids, room. What is wrong goes to the log, never to the caller.

A refusal before the upgrade is not tried again by Genesys; a session that is told `disconnect error` is. So who may
not come in gets 401, and who comes in too great a crowd a session that ends at once. Source: genesys-platform 3.2, 3.9.
"""

import asyncio
import re
from collections import defaultdict
from time import time

from loguru import logger
from picows import WSUpgradeRequest

from genesys.audiohook_messages import UUID
from genesys.audiohook_signature import FAILURE_DELAY_S, Upgrade, Verdict, authority_of, verify
from media.audiohook import Arrived, AudioHookCall
from media.doorway import Admission, Refusal, is_foreign, too_busy
from media.house import House
from media.keys import KeyRing
from media.nonces import nonces_of

PATH = "/audiohook"  # and all below it: an Audio Connector's connection id is the rest of the path
MOST_TURNED_AWAY = 256  # sessions at once that are opened to be told why there is no room
LOG_EVERY_S = 5.0

UNAUTHORIZED = Refusal(status=401, body="not authorized\n", after_s=FAILURE_DELAY_S)
FOREIGN = Refusal(status=403, body="this origin may not come in\n")


class AudioHookDoor:
    """One worker's; a signature is good once for all workers of a gateway."""

    def __init__(self, house: House, keys: KeyRing) -> None:
        self._house, self._keys = house, keys
        self._nonces = nonces_of(house.plan.nonces_descriptor)
        self._muted_until, self._muted = 0.0, 0

    async def judge(self, request: WSUpgradeRequest) -> Admission | Refusal:
        """The answer to one request for /audiohook."""
        upgrade = self._upgrade(request)
        known = self._keys.secrets(upgrade.headers.get("x-api-key", ""))
        verdict = verify(upgrade, known, self._nonces, time())
        if not verdict.good:
            self._log(verdict)
            return UNAUTHORIZED
        if is_foreign(request, self._house.plan.origins):
            return FOREIGN
        return self._admit(upgrade)

    def _admit(self, upgrade: Upgrade) -> Admission | Refusal:
        ids = {name: upgrade.headers.get(name, "") for name in ("audiohook-organization-id", "audiohook-session-id")}
        for name, value in ids.items():
            if UUID.fullmatch(value) is None:
                return Refusal(status=400, body=f"header {name} is missing or no UUID\n")
        no_room = self._house.no_room
        if no_room and len(self._house.turned_away) >= MOST_TURNED_AWAY:
            return too_busy(f"{no_room}\n")
        arrived = Arrived(
            session_id=ids["audiohook-session-id"],
            organization_id=ids["audiohook-organization-id"].lower(),
            target=upgrade.target,
            attempt=_attempt(upgrade.headers.get("audiohook-retry-attempt", "")),
        )
        return Admission(
            listener=AudioHookCall(self._house, arrived, no_room=no_room),
            max_frame_bytes=self._house.plan.audiohook.max_audio_bytes,
        )

    def _upgrade(self, request: WSUpgradeRequest) -> Upgrade:
        headers: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in request.headers.items():
            headers[name.lower()].append(value.strip())
        joined = {name: ", ".join(values) for name, values in headers.items()}
        plan = self._house.plan
        host = authority_of(joined.get("host", ""), tls=plan.cert_file is not None)
        public = authority_of(plan.authority or "", tls=True)
        return Upgrade(target=request.path.decode("ascii", "replace"), authority=public or host, headers=joined)

    def _log(self, verdict: Verdict) -> None:
        """Why somebody was not let in; at most once in a while, whatever comes."""
        now = asyncio.get_running_loop().time()
        if now < self._muted_until:
            self._muted += 1
            return
        others = f" (and {self._muted} more since the last such line)" if self._muted else ""
        self._muted_until, self._muted = now + LOG_EVERY_S, 0
        signed = f"; what it was checked against:\n{_printable(verdict.base)}" if verdict.base else ""
        logger.warning("AudioHook refused, {}: {}{}{}", verdict.code.value, _printable(verdict.why), others, signed)


def _attempt(header: str) -> int:
    return int(header) if re.fullmatch(r"[0-9]{1,4}", header) else 0


def _printable(text: str) -> str:
    return "\n".join(ascii(line)[1:-1] for line in text.split("\n"))
