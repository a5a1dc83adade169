"""Where Genesys is: what the settings say, what the region says, or the simulator in the box."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from genesys.regions import region
from supervisors.settings.model import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Origins without a slash at the end; `socket_url` is the one of WebSockets."""

    api_url: str
    login_url: str
    socket_url: str


def places(settings: Settings) -> Places:
    """Each URL that is set wins over the region's. In the tutorial dialect sockets live on the API's host."""
    home = region(settings.genesys_org_region) if settings.genesys_org_region else None
    api_url = settings.genesys_api_url or (home.api_url if home else "")
    login_url = settings.genesys_login_url or (home.login_url if home else "")
    return Places(
        api_url=api_url.rstrip("/"),
        login_url=login_url.rstrip("/"),
        socket_url=(settings.genesys_streaming_url or as_socket(api_url)).rstrip("/"),
    )


def as_socket(url: str) -> str:
    """The same origin for WebSockets."""
    parts = urlsplit(url)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
