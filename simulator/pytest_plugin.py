"""Fixtures for tests against Genesys; pytest finds them by the entry point. The rest is loaded when one is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simulator.server import Simulator

AT_ONCE = {
    "answer_latency_ms": 0,
    "assist_latency_ms": 0,
    "playback_buffering_ms": 0,
    "playback_playing_ms": 0,
    "playback_completed_ms": 0,
}


@pytest.fixture
def genesys_simulator() -> Iterator[Simulator]:
    """A Genesys Cloud of one's own, over plain HTTP on a free loopback port; answers and plays without latency."""
    from simulator.server import Simulator

    with Simulator(settings=AT_ONCE) as box:
        yield box


@pytest.fixture
def transcription_simulator() -> Iterator[Simulator]:
    """One with a transcription service over plain text at `transcription_addr`; `lanes()` tells what it heard."""
    from simulator.server import Simulator
    from simulator.transcription.options import TranscriptionOptions

    with Simulator(settings=AT_ONCE, transcription=TranscriptionOptions()) as box:
        yield box


@pytest.fixture
def genesys_simulator_tls() -> Iterator[Simulator]:
    """The same over TLS; `ca_file` is what a client must trust."""
    from simulator.server import Simulator

    with Simulator(tls=True, settings=AT_ONCE) as box:
        yield box
