"""The worker as a process: it begins with its plan, ends with its line, and says in one line why it cannot begin."""

import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import grpc
import pytest
import trustme

from media.call import LONGEST_TEXT
from media.transcription.transcription_pb2 import TranscriptResult
from messages.media import (
    AudioStreamClosed,
    AudioStreamOpened,
    AudioStreamTranscript,
    DrainWorker,
    MediaKey,
    ServicePlan,
    TakeKeys,
    WorkerDrained,
    WorkerReport,
)
from rules.media_line import encode
from tests.audiohook import upgrade_headers
from tests.media.audiohook_house import hook_request, hooked
from tests.media.callers import calling, request, until_it_drains
from tests.media.transcription.servers import server
from tests.media.workers import PATIENCE_S, ROOT, plan, started, working


def test_a_call_is_told_from_its_first_frame_to_its_end() -> None:
    with working(plan()) as worker, calling(worker.port) as caller:
        caller.upgraded().say(range(7, 12))
        opened = worker.hears(AudioStreamOpened)
        assert (opened.conversation_id, opened.codec, opened.language) == ("conversation-1", "PCMU", "und")
        caller.hang_up()
        closed = worker.hears(AudioStreamClosed)
        assert (closed.stream_id, closed.code, closed.counts.frames) == (opened.stream_id, 1000, 5)
        assert closed.counts.position_s == 0.1


def test_a_transcript_without_measure_is_told_as_far_as_its_line_can_bear_it() -> None:
    def babble(chunks: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        for _ in chunks:
            yield TranscriptResult(text="\x01" * 2_000_000, sequence_number=1).SerializeToString()

    with (
        server(babble) as address,
        working(plan(service=ServicePlan(addresses=(address,)))) as worker,
        calling(worker.port) as caller,
    ):
        caller.upgraded().say([1])
        assert worker.hears(AudioStreamTranscript).text == "\x01" * LONGEST_TEXT


def test_it_ends_when_its_gateway_is_gone() -> None:
    with working(plan()) as worker, calling(worker.port) as caller:
        caller.upgraded().say([1])
        worker.hears(AudioStreamOpened)
        worker.line.close()
        assert caller.closed()[0] == 1001
        assert worker.exit_code() == 0


@pytest.mark.parametrize("told_to_all", [signal.SIGINT, signal.SIGTERM])
def test_what_a_terminal_or_systemd_sends_to_every_process_ends_no_call(told_to_all: signal.Signals) -> None:
    with working(plan()) as worker, calling(worker.port) as caller:
        worker.process.send_signal(told_to_all)
        caller.upgraded().say([1])
        worker.hears(AudioStreamOpened)
        worker.tell(DrainWorker(within_s=60))
        caller.hang_up()
        assert worker.hears(AudioStreamClosed).code == 1000
        worker.hears(WorkerDrained)
        assert worker.exit_code() == 0


def test_a_drained_worker_waits_for_its_calls_and_turns_others_away() -> None:
    with working(plan()) as worker, calling(worker.port) as caller:
        caller.upgraded().say([1])
        worker.hears(AudioStreamOpened)
        worker.tell(DrainWorker(within_s=60))
        until_it_drains(worker.port)
        with calling(worker.port) as late:
            late.send(request())
            status, headers = late.head()
            assert (status, headers["retry-after"], late.body()) == (503, "5", b"the server is restarting\n")
        caller.say([2, 3])
        worker.hears(WorkerReport, lambda report: report.frames == 3)
        caller.hang_up()
        assert worker.hears(AudioStreamClosed).code == 1000
        worker.hears(WorkerDrained)
        assert worker.exit_code() == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", worker.port), PATIENCE_S)


def test_new_keys_are_taken_while_calls_go_on_and_those_before_are_good_no_more() -> None:
    new = MediaKey(key="new-key", secret="c2VjcmV0")
    with working(plan()) as worker, calling(worker.port) as caller, hooked(worker.port) as session:
        caller.upgraded().say([1])
        session.opened()
        worker.tell(TakeKeys(keys=(new,)))
        until_it_is_let_in(worker.port, new.key)
        assert answer(worker.port, request()) == 401
        assert answer(worker.port, hook_request()) == 401
        assert answer(worker.port, hook_request(headers=upgrade_headers(new.key))) == 401, "not signed"
        caller.say([2, 3])
        worker.hears(WorkerReport, lambda report: report.frames == 3)
        caller.hang_up()
        session.ping()
        worker.line.close()
        assert worker.exit_code() == 0
        said = worker.complaint()
    assert new.key not in said
    assert new.secret not in said


def test_a_drain_ends_the_calls_that_do_not_end() -> None:
    with working(plan()) as worker, calling(worker.port) as caller:
        caller.upgraded().say([1])
        worker.hears(AudioStreamOpened)
        worker.tell(DrainWorker(within_s=0.05))
        assert caller.closed() == (1001, "the server is restarting")
        assert worker.hears(AudioStreamClosed).code == 1001
        worker.hears(WorkerDrained)
        assert worker.exit_code() == 0


def test_a_drain_right_behind_the_plan_is_heard() -> None:
    with started() as worker:
        worker.line.sendall(encode(plan()) + encode(DrainWorker(within_s=60)))
        worker.hears(WorkerDrained)
        assert worker.exit_code() == 0


def test_two_workers_share_a_port() -> None:
    with working(plan()) as one, working(plan(port=one.port)) as other:
        assert other.port == one.port


def test_an_address_in_use_is_a_matter_of_configuration() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, started() as worker:
        worker.tell(plan(port=taken.getsockname()[1]))
        assert worker.exit_code() == 78
        (line,) = worker.complaint().splitlines()
        assert "in use" in line
        assert "SWITCHBOARD_MEDIA_LISTEN" in line


def test_so_is_a_certificate_that_is_none() -> None:
    with started() as worker:
        worker.tell(plan(cert_file=__file__))
        assert worker.exit_code() == 78
        (line,) = worker.complaint().splitlines()
        assert __file__ in line


def test_so_are_the_certificates_of_the_service() -> None:
    with started() as worker:
        worker.tell(plan(service=ServicePlan(addresses=("127.0.0.1:1",), plaintext=False, ca_file=__file__)))
        assert worker.exit_code() == 78
        (line,) = worker.complaint().splitlines()
        assert __file__ in line


def test_clients_that_leave_during_the_handshake_of_tls_are_no_trouble(tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(context)
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    both = str(tmp_path / "both.pem")
    with working(plan(cert_file=both, key_file=both)) as worker:
        where = ("127.0.0.1", worker.port)
        socket.create_connection(where, PATIENCE_S).close()
        with socket.create_connection(where, PATIENCE_S) as stays:
            context.wrap_socket(stays, server_hostname=where[0]).close()  # it came after the one that left
        worker.line.close()
        (line,) = worker.complaint().splitlines()
        assert "the gateway has hung up" in line


def test_a_gateway_that_hangs_up_before_the_plan_gets_no_traceback() -> None:
    with started() as worker:
        worker.line.close()
        assert worker.exit_code() == 78
        assert "Traceback" not in worker.complaint()


def test_what_a_worker_does_not_need_is_not_loaded_so_that_it_is_there_soon() -> None:
    loaded = "import sys, media.process; print({'grpc', 'soundfile', 'numpy'} & {*sys.modules})"
    ended = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, check=True)
    assert ended.stdout == b"set()\n"


def test_what_comes_and_goes_is_collected_and_what_was_there_from_the_start_is_not() -> None:
    told = "import gc; gc.disable(); from media.process import freeze; freeze()"
    shown = "print(gc.isenabled(), gc.get_freeze_count() > 1_000)"
    ended = subprocess.run([sys.executable, "-c", f"{told}; {shown}"], cwd=ROOT, capture_output=True, check=True)
    assert ended.stdout == b"True True\n"


def test_it_is_gone_at_once_whatever_its_threads_still_do() -> None:
    waiting = "import sys, threading; from media.process import end; threading.Thread(target=threading.Event().wait)"
    said = "sys.stderr.write('said'); end(78)"
    ended = subprocess.run(
        [sys.executable, "-c", f"{waiting}.start(); {said}"], cwd=ROOT, capture_output=True, timeout=PATIENCE_S
    )
    assert (ended.returncode, ended.stderr) == (78, b"said")


def answer(port: int, asked: bytes) -> int:
    """The status that a request is answered with."""
    with calling(port) as caller:
        caller.send(asked)
        return caller.head()[0]


def until_it_is_let_in(port: int, key: str) -> None:
    """Until the worker has heard of that key."""
    ends_s = monotonic() + PATIENCE_S
    while answer(port, request(Authorization=f"Bearer {key}")) != 101:
        assert monotonic() < ends_s
