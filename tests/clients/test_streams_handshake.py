"""Connecting: what is refused, what the server's answer becomes, and what the environment must not change."""

import os
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import trustme

from clients.streams.handshake import Wanted
from messages.streams import StreamClosed, StreamFrames, StreamOpened
from tests.clients.stream_peers import TEXT, Caller, Ear, frame, peer
from tests.clients.stream_planes import ca_file, plane, server_tls

ROOT = Path(__file__).parents[2]


def upgrades(caller: Caller) -> None:
    caller.upgrade()
    caller.read_on()


def failure(url: str, *, timeout_s: float = 15.0, headers: dict[str, str] | None = None) -> StreamClosed:
    """How a connect to `url` ends that never opens."""
    ear = Ear()
    with plane() as streams:
        stream_id = streams.connect(url, headers=headers or {}, listener=ear, timeout_s=timeout_s)
        closed = ear.expect(StreamClosed)
        assert (closed.stream_id, closed.opened) == (stream_id, False)
    assert ear.silent()
    return closed


def test_sends_headers_and_subprotocols_and_no_origin() -> None:
    asked: list[str] = []

    def script(caller: Caller) -> None:
        caller.upgrade(extra="Sec-WebSocket-Protocol: v1\r\n")
        asked.append(caller.asked)
        caller.read_on()

    ear = Ear()
    with peer(script) as server, plane() as streams:
        streams.connect(server.url, headers={"Authorization": "Bearer t"}, subprotocols=["v1", "v2"], listener=ear)
        ear.expect(StreamOpened)
    lines = asked[0].split("\n")
    assert lines[0] == "GET /api/v2/websocket HTTP/1.1"
    assert "Authorization: Bearer t" in lines
    assert "Sec-WebSocket-Protocol: v1,v2" in lines
    assert "Origin" not in asked[0]
    assert "Extensions" not in asked[0]


def test_tls_version_and_cipher_are_read_off_the_live_socket() -> None:
    ear = Ear()
    with peer(upgrades, server_tls()) as server, plane() as streams:
        streams.connect(server.url, headers={}, listener=ear)
        opened = ear.expect(StreamOpened)
    assert opened.tls_version == "TLSv1.3"
    assert opened.tls_cipher is not None
    assert opened.tls_cipher.startswith("TLS_")


def test_tls_1_2_is_accepted_and_plain_ws_has_no_tls() -> None:
    context = server_tls()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    secure, plain = Ear(), Ear()
    with peer(upgrades, context) as one, peer(upgrades) as other, plane() as streams:
        streams.connect(one.url, headers={}, listener=secure)
        streams.connect(other.url, headers={}, listener=plain)
        assert secure.expect(StreamOpened).tls_version == "TLSv1.2"
        assert plain.expect(StreamOpened).tls_version is None


def test_frames_that_come_with_the_upgrade_are_not_lost() -> None:
    ear = Ear()

    def script(caller: Caller) -> None:
        caller.upgrade(frame(TEXT, b"first"), frame(TEXT, b"second")[:3])
        caller.send(frame(TEXT, b"second")[3:])
        caller.read_on()

    with peer(script, server_tls()) as server, plane() as streams:
        streams.connect(server.url, headers={}, listener=ear)
        ear.expect(StreamOpened)
        assert ear.frames(2) == ["first", "second"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_tls_1_1_is_refused() -> None:
    context = server_tls()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with peer(upgrades, context) as server:
        assert failure(server.url).code == 1015


def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    with peer(upgrades, server_tls(issuer=trustme.CA())) as server:
        closed = failure(server.url)
    assert closed.code == 1015
    assert "CA file" in closed.reason


def test_a_certificate_for_another_host_is_refused() -> None:
    with peer(upgrades, server_tls("elsewhere.example")) as server:
        closed = failure(server.url)
    assert closed.code == 1015
    assert "localhost" in closed.reason


def test_a_server_without_tls_is_refused_on_wss() -> None:
    with peer(lambda caller: caller.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        assert failure(server.url.replace("ws:", "wss:")).code == 1015


def test_plain_ws_beyond_the_loopback_is_refused_with_what_to_do() -> None:
    closed = failure("ws://192.0.2.1:1/")
    assert closed.code == 1006
    assert "use wss://" in closed.reason


def test_a_header_with_a_line_break_is_refused() -> None:
    assert "X-Note" in failure("wss://localhost:1/", headers={"X-Note": "a\r\nHost: b"}).reason


@pytest.mark.parametrize(
    ("status", "extra", "code", "retry_after_s"),
    [
        ("401 Unauthorized", "", 401, None),
        ("403 Forbidden", "", 403, None),
        ("429 Too Many Requests", "Retry-After: 7\r\n", 429, 7.0),
        ("503 Service Unavailable", "retry-after: soon\r\n", 503, None),
    ],
)
def test_a_refused_upgrade_tells_status_and_retry_after(
    status: str, extra: str, code: int, retry_after_s: float | None
) -> None:
    with peer(lambda caller: caller.answer(status, extra)) as server:
        closed = failure(server.url, headers={"Authorization": "Bearer secret"})
    assert (closed.http_status, closed.retry_after_s, closed.code) == (code, retry_after_s, 1006)
    assert "secret" not in closed.reason


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status: str) -> None:
    with peer(upgrades) as target:
        extra = f"Location: {target.url}\r\n"
        with peer(lambda caller: caller.answer(status, extra)) as server:
            closed = failure(server.url)
        assert target.accepted == 0
    assert closed.http_status == int(status[:3])
    assert "redirect" in closed.reason


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 101 \xff\xfe\r\n\r\n",
        b"HTTP/1.1 101 X\r\nnonsense\r\n\r\n",
        b"",
        b"\r\n\r\n",
        b"HTTP/1.1 101 X\r\n" + b"X-Filler: y\r\n" * 5_000,
    ],
)
def test_an_answer_that_is_no_upgrade_ends_the_connect(answer: bytes) -> None:
    def script(caller: Caller) -> None:
        caller.read_request()
        caller.send(answer)

    with peer(script) as server:
        closed = failure(server.url)
    assert closed.code == 1006
    assert len(closed.reason) < 400


def test_an_extension_nobody_asked_for_is_refused() -> None:
    with peer(lambda caller: caller.upgrade(extra="Sec-WebSocket-Extensions: permessage-deflate\r\n")) as server:
        assert "extension" in failure(server.url).reason


def test_a_subprotocol_the_server_does_not_choose_is_a_failure() -> None:
    ear = Ear()
    with peer(upgrades) as server, plane() as streams:
        streams.connect(server.url, headers={}, subprotocols=["v1"], listener=ear)
        assert not ear.expect(StreamClosed).opened


def test_nobody_listening_is_told_with_host_and_port() -> None:
    with peer(upgrades) as server:
        url = server.url
    assert url.split("/")[2] in failure(url).reason


@pytest.mark.parametrize("tls", [False, True])
def test_a_server_that_says_nothing_is_given_up_after_the_timeout(tls: bool) -> None:
    with peer(Caller.read_on) as server:
        url = server.url.replace("ws:", "wss:") if tls else server.url
        assert "within 0.2 s" in failure(url, timeout_s=0.2).reason


def test_a_server_that_drips_bytes_gains_no_time() -> None:
    never = threading.Event()

    def script(caller: Caller) -> None:
        caller.read_request()
        while not never.wait(0.02):
            caller.send(b"X")

    with peer(script) as server:
        assert "within 0.3 s" in failure(server.url, timeout_s=0.3).reason


def test_a_server_that_announces_an_endless_body_is_not_read() -> None:
    def script(caller: Caller) -> None:
        caller.read_request()
        caller.send(b"HTTP/1.1 503 Busy\r\nContent-Length: 99999999999\r\n\r\n")
        caller.read_on()

    with peer(script) as server:
        assert failure(server.url).http_status == 503


def test_cookies_of_one_connection_do_not_reach_another() -> None:
    asked: list[str] = []

    def script(caller: Caller) -> None:
        caller.upgrade(extra="Set-Cookie: account=one; Domain=localhost\r\n")
        asked.append(caller.asked)
        caller.read_on()

    with peer(script) as server, plane() as streams:
        for _ in range(2):
            ear = Ear()
            streams.connect(server.url, headers={}, listener=ear)
            ear.expect(StreamOpened)
    assert not any("cookie" in request.lower() for request in asked)


def test_what_was_asked_for_does_not_show_its_secrets() -> None:
    wanted = Wanted(url="wss://h/?token=s3cret", headers={"A": "s3cret"}, subprotocols=(), timeout_s=1.0)
    assert "s3cret" not in repr(wanted)


ENVIRONMENT_PROBE = """
import sys
from pathlib import Path
from clients.streams import Streams
from messages.streams import StreamFrames
from tests.clients.stream_peers import Ear
from messages.streams import StreamOpened
streams, ear = Streams(ca_file=Path(sys.argv[1])), Ear()
streams.start()
for url in sys.argv[2:]:
    streams.connect(url, headers={}, listener=ear)
    print(ear.expect(StreamOpened))
streams.stop(0.1)
"""


def test_proxies_key_logs_and_bundles_named_in_the_environment_are_ignored(tmp_path: Path) -> None:
    other_bundle, key_log = tmp_path / "other.pem", tmp_path / "keys.log"
    trustme.CA().cert_pem.write_to_path(str(other_bundle))
    with peer(Caller.read_on) as proxy, peer(upgrades) as plain, peer(upgrades, server_tls()) as secure:
        address = proxy.url.replace("ws:", "http:")
        proxies = {f"{scheme}_proxy": address for scheme in ("http", "https", "all", "ws", "wss")}
        named = {"SSLKEYLOGFILE": str(key_log), "WEBSOCKET_CLIENT_CA_BUNDLE": str(other_bundle), **proxies}
        environment = {**os.environ, **named, **{name.upper(): value for name, value in named.items()}}
        environment.pop("NO_PROXY", None)
        environment.pop("no_proxy", None)
        with ca_file() as trusted:
            command = [sys.executable, "-c", ENVIRONMENT_PROBE, str(trusted), plain.url, secure.url]
            subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=60)
        assert proxy.accepted == 0
    assert not key_log.exists()


def test_a_bundle_named_in_the_environment_is_not_trusted_either(tmp_path: Path) -> None:
    stranger = trustme.CA()
    stranger.cert_pem.write_to_path(str(tmp_path / "stranger.pem"))
    with peer(upgrades, server_tls(issuer=stranger)) as server, ca_file() as trusted:
        command = [sys.executable, "-c", ENVIRONMENT_PROBE, str(trusted), server.url]
        environment = {**os.environ, "WEBSOCKET_CLIENT_CA_BUNDLE": str(tmp_path / "stranger.pem")}
        ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "1015" in ended.stderr


def test_a_frame_is_heard_after_opened_never_before() -> None:
    ear = Ear()

    def script(caller: Caller) -> None:
        caller.upgrade(frame(TEXT, b"early"))
        caller.read_on()

    with peer(script) as server, plane() as streams:
        streams.connect(server.url, headers={}, listener=ear)
        ear.expect(StreamOpened)
        assert ear.expect(StreamFrames).frames == ("early",)
