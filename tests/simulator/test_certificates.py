import socket
import ssl
from pathlib import Path

import pytest
import requests
import websocket

from simulator.certificates import make_identity
from simulator.server import Simulator
from tests.simulator.client import fetch, interaction, line, order


def version_agreed_on(box: Simulator, context: ssl.SSLContext) -> str | None:
    host, port = box.url.removeprefix("https://").split(":")
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        return wrapped.version()


def test_everything_goes_over_tls(genesys_simulator_tls: Simulator) -> None:
    assert genesys_simulator_tls.url.startswith("https://")
    assert genesys_simulator_tls.ws_url.startswith("wss://")
    assert interaction(genesys_simulator_tls).status_code == 200
    with line(genesys_simulator_tls) as session:
        assert session.ask(order())["status"] == "codec_negotiated"
        assert isinstance(session.socket.sock, ssl.SSLSocket)
        assert session.socket.sock.version() == "TLSv1.3"


def test_a_client_that_does_not_know_the_authority_is_warned(genesys_simulator_tls: Simulator) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{genesys_simulator_tls.url}/sim/state", timeout=10)


def test_a_session_over_tls_can_be_reset(genesys_simulator_tls: Simulator) -> None:
    genesys_simulator_tls.add_fault("abort", route="transfer")
    with line(genesys_simulator_tls) as session:
        session.say(order())
        with pytest.raises((ConnectionError, websocket.WebSocketConnectionClosedException)):
            session.hear()  # Python's ssl shows a reset as an end of file


def test_a_huge_frame_comes_whole_over_tls(genesys_simulator_tls: Simulator) -> None:
    genesys_simulator_tls.add_fault("junk", what="huge", size_bytes=1_000_000, route="transfer")
    with line(genesys_simulator_tls) as session:
        session.say(order())
        assert len(session.socket.recv()) == 1_000_000


def test_the_newest_version_can_be_capped() -> None:
    with Simulator(tls=True, tls_newest="1.2") as box:
        assert version_agreed_on(box, ssl.create_default_context(cafile=str(box.ca_file))) == "TLSv1.2"


def test_a_client_that_demands_tls_1_2_cannot_talk_to_a_server_from_before() -> None:
    with Simulator(tls=True, tls_newest="1.1") as box:
        with pytest.raises(ssl.SSLError):
            version_agreed_on(box, ssl.create_default_context(cafile=str(box.ca_file)))
        with pytest.raises(requests.exceptions.SSLError):
            fetch(box)


def test_the_authority_is_new_in_every_run_and_written_where_it_is_asked_for(tmp_path: Path) -> None:
    for name in ("one.pem", "two.pem"):
        make_identity().write_ca(tmp_path / name)
    assert (tmp_path / "one.pem").read_bytes() != (tmp_path / "two.pem").read_bytes()
    with Simulator(tls=True, ca_file=tmp_path / "three.pem") as box:
        assert box.ca_file == tmp_path / "three.pem"
        assert fetch(box).status_code == 200
