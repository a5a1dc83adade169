"""Whose AudioHook calls they are: the headers of their upgrades, and what their `open` says of them."""

import secrets
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

from simulator.calls.report import CallRow
from simulator.calls.signature import signature_headers

OFFERED_S = 20.0  # of the audio so far, by a session that continues another; genesys-platform 3.8
NULL_ID = "00000000-0000-0000-0000-000000000000"
BOTH = ["external", "internal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """`secret`: None, nothing is signed. `language`: declared in `open`.

    `reconnect`: whether sessions that are lost are continued by new ones, which offer the last `offered_s` once more.
    """

    key: str
    secret: bytes | None = None
    organization_id: str = field(default_factory=lambda: str(uuid4()))
    stereo: bool = False
    language: str | None = None
    probe: bool = False
    reconnect: bool = False
    offered_s: float = OFFERED_S

    def offers(self, rate_hz: int) -> list[dict[str, Any]]:
        """The media to choose from."""
        channels = [BOTH, ["external"], ["internal"]] if self.stereo else [["external"]]
        return [{"type": "audio", "format": "PCMU", "channels": each, "rate": rate_hz} for each in channels]

    def headers(self, session_id: str, attempt: int, target: str, authority: str) -> dict[str, str]:
        """Of the upgrade, signed now; `target`: path and query."""
        made = {
            "Audiohook-Organization-Id": self.organization_id,
            "Audiohook-Session-Id": session_id,
            "Audiohook-Correlation-Id": str(uuid4()),
            "Audiohook-Retry-Attempt": str(attempt),
            "X-API-KEY": self.key,
            "User-Agent": "GenesysCloud-AudioHook-Client",
        }
        if self.secret is None:
            return made
        values = {name.lower(): value for name, value in made.items()}
        values |= {"@request-target": target, "@authority": authority}
        nonce = b64encode(secrets.token_bytes(18)).decode()
        return made | signature_headers(values, self.secret, nonce, int(time.time()))

    def opening(self, row: CallRow, number: int, language: str | None, rate_hz: int) -> dict[str, Any]:
        """The parameters of `open` for call `number`, in which `language` is spoken."""
        parameters: dict[str, Any] = {
            "organizationId": self.organization_id,
            "conversationId": NULL_ID if self.probe else row.conversation_id,
            "participant": {
                "id": NULL_ID if self.probe else str(uuid5(UUID(row.conversation_id), "customer")),
                "ani": f"+4930{number:06}",
                "aniName": row.file,
                "dnis": "+493012345",
            },
            "media": self.offers(rate_hz),
        }
        if language is not None:
            parameters["language"] = language
        if self.probe:
            parameters["supportedLanguages"] = True
        return parameters
