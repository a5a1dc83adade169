"""`--simulate`: a Genesys in the box as a child process, and the settings that point at it."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from simulator.process import SimulatorProcess

CALLBACK = "/sim/sink/media-server"


def start_box() -> SimulatorProcess:
    """The simulator with TLS and a certificate authority of its own; it never outlives this process."""
    authority = Path(mkdtemp(prefix="switchboard-simulator-")) / "ca.pem"
    return SimulatorProcess(["--tls", "--ca-file", str(authority)]).start()


def flags_for(box: SimulatorProcess, data_dir: Path, given: Mapping[str, object]) -> dict[str, object]:
    """Everything the gateway needs to run against `box`; what was `given` by flag stays.

    The journal gets a directory of its own below the usual one: simulated orders are no part of a real record.
    """
    url = box.url
    return {
        "data_dir": data_dir / "simulated",
        "control_socket": data_dir / "control.sock",
        "genesys_dialect": "tutorial",
        "genesys_client_id": box.client_id,
        "genesys_client_secret": box.client_secret,
        "genesys_api_url": url,
        "genesys_login_url": url,
        "genesys_streaming_url": box.ws_url.rpartition("/api/")[0],
        "tls.ca_file": str(box.ca_file),
        "media_server_webhook": url + CALLBACK,
        "urls.allow": "127.0.0.1",
        **given,
    }
