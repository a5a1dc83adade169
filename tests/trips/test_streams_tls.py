"""Calls over TLS that the workers end themselves, by settings: both protocols, signed for the public port."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
import trustme
import websocket

from tests.trips.house import ROOT
from tests.trips.studio import KEY, Studio, studios
from tests.trips.wire import PATIENCE_S

SECRET = base64.b64encode(b"a secret of sixteen").decode()
SIGNING = "k-signs"
CALLS = 3


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """What an operator has: a certificate and its key; and what Genesys trusts."""
    with TemporaryDirectory(prefix="tls-") as made:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(f"{made}/ca.pem")
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(f"{made}/key.pem")
        for number, pem in enumerate(issued.cert_chain_pems):
            pem.write_to_path(f"{made}/chain.pem", append=number > 0)
        yield Path(made)


@pytest.fixture(scope="module")
def studio(folder: Path) -> Iterator[Studio]:
    own = {"media_keys": f"{KEY},{SIGNING}:{SECRET}", "media__cert_file": folder / "chain.pem"}
    with studios(**own, media__key_file=folder / "key.pem") as opened:
        yield opened


@pytest.mark.parametrize(
    "words", [("tutorial", "--key", KEY), ("audiohook", "--key", SIGNING, "--secret", SECRET, "--stereo")]
)
def test_calls_come_in_over_tls(studio: Studio, folder: Path, words: tuple[str, ...]) -> None:
    protocol, *credentials = words
    where = ("--url", f"wss://{studio.address}", "--ca-file", str(folder / "ca.pem"), "--protocol", protocol)
    how = ("--calls", str(CALLS), "--duration", "0.5", "--frame-ms", "100", "--json")
    called = subprocess.run(
        [sys.executable, "-m", "simulator.calls", *where, *credentials, *how],
        cwd=ROOT,
        capture_output=True,
        timeout=PATIENCE_S,
    )
    assert called.returncode == 0, called.stdout.decode() + called.stderr.decode()
    told = orjson.loads(called.stdout)
    assert (told["completed"], told["violations"]) == (CALLS, {})
    for call in told["each"]:
        shown = studio.until(call["conversation_id"], lambda shown: shown["state"] == "ended")
        assert (shown["frames"], shown["gaps"], shown["malformed"]) == (call["frames"], 0, 0)


def test_who_does_not_speak_tls_gets_nowhere(studio: Studio) -> None:
    with pytest.raises((OSError, websocket.WebSocketException)):
        studio.call("c-plain")
