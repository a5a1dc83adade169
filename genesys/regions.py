"""Regions: which hosts an organisation lives on. Source: genesys-platform 1.1 (17 regions)."""

from dataclasses import dataclass
from difflib import get_close_matches

DOMAINS = {
    "us_east_1": "mypurecloud.com",
    "us_east_2": "use2.us-gov-pure.cloud",
    "us_west_2": "usw2.pure.cloud",
    "ca_central_1": "cac1.pure.cloud",
    "mx_central_1": "mxc1.pure.cloud",
    "sa_east_1": "sae1.pure.cloud",
    "eu_west_1": "mypurecloud.ie",
    "eu_west_2": "euw2.pure.cloud",
    "eu_central_1": "mypurecloud.de",
    "eu_central_2": "euc2.pure.cloud",
    "me_central_1": "mec1.pure.cloud",
    "ap_south_1": "aps1.pure.cloud",
    "ap_southeast_1": "apse1.pure.cloud",
    "ap_southeast_2": "mypurecloud.com.au",
    "ap_northeast_1": "mypurecloud.jp",
    "ap_northeast_2": "apne2.pure.cloud",
    "ap_northeast_3": "apne3.pure.cloud",
}
SHORT = {"us": "us_east_1"}  # what the seeds write


class UnknownRegion(ValueError):  # noqa: N818 - what it is
    """No such region; the words name what was meant, or all there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One region by its id and domain."""

    id: str
    domain: str

    @property
    def api_url(self) -> str:
        """Where REST calls and the tutorial's sockets go."""
        return f"https://api.{self.domain}"

    @property
    def login_url(self) -> str:
        """Where tokens come from."""
        return f"https://login.{self.domain}"

    @property
    def streaming_url(self) -> str:
        """Where notification channels are."""
        return f"wss://streaming.{self.domain}"


def region(name: str) -> Region:
    """The region called `name`: its id, its AWS name, its domain or one of its hosts. Raises UnknownRegion."""
    asked = name.strip().lower()
    found = SHORT.get(asked, asked.replace("-", "_"))
    if found in DOMAINS:
        return Region(id=found, domain=DOMAINS[found])
    for region_id, domain in DOMAINS.items():
        if _domain_of(asked) == domain:
            return Region(id=region_id, domain=domain)
    raise UnknownRegion(_words(name, asked))


def _domain_of(asked: str) -> str:
    host = asked.removeprefix("https://").rstrip("/.")
    for service in ("api.", "login.", "apps.", "streaming."):
        host = host.removeprefix(service)
    return host


def _words(name: str, asked: str) -> str:
    names = [region_id.replace("_", "-") for region_id in DOMAINS]
    near = get_close_matches(asked.replace("_", "-"), [*names, *DOMAINS.values()], n=1)
    hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(names)}"
    return f"{name[:64]!r} is no Genesys Cloud region: {hint}"
