"""`--simulate`: a Genesys in the box as a child process, and the settings that point at it."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from simulator.process import SimulatorProcess

CALLBACK = "/sim/sink/media-server"
QA, CRM = "/sim/sink/qa", "/sim/sink/crm"


MEDIA_KEY = "simulator-media-key"
"""Lets `python -m simulator.calls --key simulator-media-key` in."""


def make_box() -> SimulatorProcess:
    """The simulator with TLS and a certificate authority of its own, not yet begun; it never outlives this process.

    Its transcription service recognises speech where PocketSphinx is installed, else it only counts chunks.
    """
    recogniser = ["--recogniser", "pocketsphinx"] if find_spec("pocketsphinx") else []
    return SimulatorProcess(["--tls", "--transcription", "plain", *recogniser])


def flags_for(
    box: SimulatorProcess, default_dir: Path, environment: Mapping[str, str], given: Mapping[str, object]
) -> dict[str, object]:
    """Everything the gateway needs to run against `box`; what was `given` by flag stays.

    Unless the data directory is chosen, the journal gets one of its own below the usual one: simulated orders are no
    part of a real record. The control socket stays where operators look for it.
    """
    flags: dict[str, object] = {
        "genesys_dialect": "tutorial",
        "genesys_client_id": box.client_id,
        "genesys_client_secret": box.client_secret,
        "genesys_api_url": box.url,
        "genesys_login_url": box.url,
        "genesys_streaming_url": box.ws_url.rpartition("/api/")[0],
        "tls.ca_file": str(box.ca_file),
        "media_server_webhook": box.url + CALLBACK,
        "cdn_base_url": box.cdn_url,
        "qa_webhook_url": box.url + QA,
        "crm_webhook_url": box.url + CRM,
        "urls.allow": "127.0.0.1",
        "transcription_grpc_addr": box.transcription_addr,
    }
    if "SWITCHBOARD_MEDIA_KEYS" not in environment:
        flags["media_keys"] = MEDIA_KEY
    if "SWITCHBOARD_DATA_DIR" not in environment and "data_dir" not in given:
        flags["data_dir"] = default_dir / "simulated"
        if "SWITCHBOARD_CONTROL_SOCKET" not in environment:
            flags["control_socket"] = default_dir / "control.sock"
    return flags | dict(given)
