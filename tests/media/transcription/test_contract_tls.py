"""TLS to the service, with and without a certificate of our own, over either transport."""

from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme

from media.transcription.status import Status
from tests.media.transcription.calls import Call, Make, closing, run
from tests.media.transcription.servers import echo, server


class Papers:
    """A service's certificate, a client's and their authority, as files."""

    def __init__(self, directory: Path) -> None:
        authority = trustme.CA()
        service = authority.issue_cert("127.0.0.1")
        client = authority.issue_cert("worker@switchboard.test")
        self.ca_file = str(directory / "ca.pem")
        self.cert_file = str(directory / "client.pem")
        self.key_file = str(directory / "client.key")
        authority.cert_pem.write_to_path(self.ca_file)
        client.private_key_pem.write_to_path(self.key_file)
        for index, blob in enumerate(client.cert_chain_pems):
            blob.write_to_path(self.cert_file, append=index > 0)
        pair = (service.private_key_pem.bytes(), b"".join(blob.bytes() for blob in service.cert_chain_pems))
        self.credentials = grpc.ssl_server_credentials([pair])
        self.mutual = grpc.ssl_server_credentials([pair], authority.cert_pem.bytes(), require_client_auth=True)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers(tmp_path_factory.mktemp("papers"))


def test_speaks_over_tls(transport: Make, papers: Papers) -> None:
    async def trip() -> None:
        with server(echo, credentials=papers.credentials) as address:
            async with closing(transport(address, plaintext=False, ca_file=papers.ca_file)) as way:
                call = Call(way)
                await call.send(b"one" * 10_000)
                assert await call.result() == b"one" * 10_000

    run(trip)


def test_shows_its_own_certificate_where_one_is_asked_for(transport: Make, papers: Papers) -> None:
    mutual: dict[str, Any] = {"ca_file": papers.ca_file, "cert_file": papers.cert_file, "key_file": papers.key_file}

    async def trip() -> None:
        with server(echo, credentials=papers.mutual) as address:
            async with closing(transport(address, plaintext=False, **mutual)) as way:
                call = Call(way)
                await call.send(b"one")
                assert await call.result() == b"one"
            async with closing(transport(address, plaintext=False, ca_file=papers.ca_file)) as way:
                assert (await Call(way).end()).code is Status.UNAVAILABLE

    run(trip)


def test_a_service_whose_certificate_nobody_vouches_for_is_not_spoken_to(
    transport: Make, papers: Papers, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))

    async def trip() -> None:
        with server(echo, credentials=papers.credentials) as address:
            async with closing(transport(address, plaintext=False, ca_file=str(other))) as way:
                assert (await Call(way).end()).code is Status.UNAVAILABLE

    run(trip)


def test_plain_text_and_tls_do_not_understand_each_other(transport: Make, papers: Papers) -> None:
    async def trip() -> None:
        with server(echo) as address:
            async with closing(transport(address, plaintext=False, ca_file=papers.ca_file)) as way:
                assert (await Call(way).end()).code is Status.UNAVAILABLE
        with server(echo, credentials=papers.credentials) as address:
            async with closing(transport(address, connect_s=2.0)) as way:
                assert (await Call(way).end()).code is Status.UNAVAILABLE

    run(trip)
