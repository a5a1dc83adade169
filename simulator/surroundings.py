"""How a gateway is pointed at a simulator: the names that its settings have in the environment."""

from typing import Protocol


class Box(Protocol):
    """A simulator, in this process or in one of its own."""

    @property
    def url(self) -> str:
        """Where its REST interface is."""

    @property
    def ws_url(self) -> str:
        """Where transfers' WebSocket is."""

    @property
    def cdn_url(self) -> str:
        """Where its prompts are."""

    @property
    def client_id(self) -> str:
        """The OAuth client that it knows."""

    @property
    def client_secret(self) -> str:
        """That client's secret."""


def environment(box: Box) -> dict[str, str]:
    """The variables; its audio comes from loopback, which a gateway has to be allowed."""
    return {
        "GENESYS_CLIENT_ID": box.client_id,
        "GENESYS_CLIENT_SECRET": box.client_secret,
        "GENESYS_API_URL": box.url,
        "GENESYS_LOGIN_URL": box.url,
        "GENESYS_STREAMING_URL": box.ws_url.rpartition("/api/")[0],
        "CDN_BASE_URL": box.cdn_url,
        "SWITCHBOARD_URLS__ALLOW": "127.0.0.1",
    }
