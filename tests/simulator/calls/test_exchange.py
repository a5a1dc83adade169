"""Connections that do not come about, and calls that are to end before their time."""

import asyncio
import socket
from threading import Event
from typing import Any

from simulator.calls.exchange import Exchange
from simulator.calls.options import campaign, parser
from simulator.calls.report import COMPLETED, LOST, CallRow
from tests.clients.peers import RawPeer, says
from tests.simulator.calls.servers import KEY, Heard, audiohook, serving

TOTAL = 3000 * 160  # samples of a call of a minute
PATIENCE_S = 30.0


def exchange(url: str, *options: str, **times: Any) -> Exchange:
    words = ("--url", url, "--protocol", "audiohook", "--key", KEY, *options)
    return Exchange(campaign(parser().parse_args(words)), **times)


def placed(port: int, **times: float) -> CallRow:
    """One call to whoever listens there."""

    async def run() -> CallRow:
        made = exchange(f"ws://127.0.0.1:{port}", **times)
        await made.run()
        return made.report.calls[0]

    return asyncio.run(run())


def test_a_server_that_closes_during_the_upgrade_loses_the_call() -> None:
    with RawPeer(says(b"")) as peer:
        row = placed(peer.port)
    assert (row.outcome, row.why) == (LOST, "no connection: the server closed it during the upgrade")


def test_a_server_that_does_not_answer_the_upgrade_loses_the_call() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody_accepts:
        row = placed(nobody_accepts.getsockname()[1], connect_s=0.01)
    assert (row.outcome, row.why) == (LOST, "no connection: websocket handshake timeout")


def ended_early(heard: Heard, once: Event, *options: str) -> list[CallRow]:
    """The calls of a run that is told to end `once` the server has noticed that."""

    async def run(url: str) -> list[CallRow]:
        made = exchange(url, "--duration", "60", *options)
        running = asyncio.ensure_future(made.run())
        assert await asyncio.to_thread(once.wait, PATIENCE_S)
        made.hang_up()
        await asyncio.wait_for(running, PATIENCE_S)
        return made.report.calls

    with serving(audiohook(heard, {})) as url:
        return asyncio.run(run(url))


def test_calls_that_wait_for_their_turn_are_not_begun_after_an_early_end() -> None:
    heard = Heard()
    rows = ended_early(heard, heard.audio_came, "--calls", "2", "--ramp", "0.001")
    assert [row.outcome for row in rows] == [COMPLETED]


def test_a_call_that_waits_to_be_continued_is_ended_early_as_well() -> None:
    heard = Heard()
    (row,) = ended_early(heard, heard.one_left, "--reconnect", "--script", "sent 20, dropped 1")
    assert (row.outcome, row.sessions[-1].ends < TOTAL) == (COMPLETED, True)
