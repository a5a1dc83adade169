"""Places the calls, waits for their ends, keeps the report."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit
from uuid import UUID

from picows import WSError, WSInvalidStatusError, ws_connect

from simulator.calls.audio import PCMU, Tape
from simulator.calls.audiohook import AudioHookCall
from simulator.calls.call import Call, Surroundings
from simulator.calls.clock import Stamp
from simulator.calls.customer import Customer
from simulator.calls.failures import refused, unconnected
from simulator.calls.mishaps import Likelihood, Mishaps, Run, Scripted
from simulator.calls.reel import Reel
from simulator.calls.report import LOST, REFUSED, CallRow, Report
from simulator.calls.tutorial import TutorialCall
from simulator.calls.wheel import Wheel
from simulator.forms import BadInput

TUTORIAL, AUDIOHOOK = "tutorial", "audiohook"
PATHS = {TUTORIAL: "/media-api", AUDIOHOOK: "/audiohook"}
CONNECT_S = 10.0
NOTHING = Likelihood()
KEPT_SHARE = 1.5  # of what a new session offers is kept: 30 s for 20; genesys-platform 3.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What is to be called, how often and about what. `duration_s` None: each file once."""

    url: str
    protocol: str
    calls: int
    files: Sequence[Path]
    customer: Customer
    rate_hz: int = 8000
    frame_ms: int = 20
    duration_s: float | None = None
    silence_s: float = 0.0
    ramp_per_s: float = 50.0
    likely: Likelihood = NOTHING
    script: Sequence[Run] = ()  # of every call, in place of what is likely
    audio_format: str = PCMU
    ca_file: Path | None = None
    seed: int | None = None  # None: other ids and other chances each time


class Exchange:
    """`run` once; `hang_up` ends every call early, as it would end by itself.

    `connect_s`: how long a server may take for an upgrade.
    """

    def __init__(self, campaign: Campaign, connect_s: float = CONNECT_S) -> None:
        self._campaign, self._connect_s = campaign, connect_s
        self._loop = asyncio.get_running_loop()
        self.report = Report()
        self.tape = Tape(campaign.files, campaign.rate_hz, campaign.frame_ms, campaign.silence_s)
        self.wheel = Wheel(self._loop, campaign.frame_ms / 1000)
        self._around = Surroundings(
            loop=self._loop,
            wheel=self.wheel,
            report=self.report,
            tape=self.tape,
            rate_hz=campaign.rate_hz,
            place=self._begin,
        )
        self._chance = Random(campaign.seed)
        self._stamp = Stamp()
        self._live: set[Call] = set()
        self._placing = asyncio.TaskGroup()
        self._stopping = asyncio.Event()
        parts = urlsplit(campaign.url)
        self._target = (parts.path if parts.path not in ("", "/") else PATHS[campaign.protocol]) + (
            f"?{parts.query}" if parts.query else ""
        )
        self._authority = parts.netloc.lower()
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._context = _context(campaign.ca_file) if parts.scheme == "wss" else None

    async def run(self) -> None:
        """Until the last call has ended."""
        began_s = self._loop.time()
        async with self._placing:
            for number in range(self._campaign.calls):
                wait_s = began_s + number / self._campaign.ramp_per_s - self._loop.time()
                if await self._stops_within(wait_s):
                    break
                self._begin(self._dial(number))

    async def _stops_within(self, seconds: float) -> bool:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    def _begin(self, call: Call) -> None:
        self._placing.create_task(self._place(call))

    def hang_up(self) -> None:
        self._stopping.set()
        for call in list(self._live):
            call.stop()

    def _dial(self, number: int) -> Call:
        campaign = self._campaign
        row = CallRow(str(UUID(int=self._chance.getrandbits(128), version=4)), self.tape.name(number))
        self.report.calls.append(row)
        speakers = 2 if campaign.customer.stereo else 1
        frames = len(self.tape.frames(number, campaign.audio_format, speakers))
        if campaign.duration_s is not None:
            frames = round(campaign.duration_s * 1000 / campaign.frame_ms)
        chance = Random(self._chance.getrandbits(64))
        by_chance = Mishaps(campaign.likely, chance, frames, campaign.frame_ms / 1000)
        kept = round(KEPT_SHARE * campaign.customer.offered_s * 1000 / campaign.frame_ms)
        reel = Reel(Scripted(campaign.script) if campaign.script else by_chance, frames, kept)
        return self._make(number, row, reel)

    def _make(self, number: int, row: CallRow, reel: Reel) -> Call:
        campaign = self._campaign
        if campaign.protocol == AUDIOHOOK:
            return AudioHookCall(self._around, row, reel, customer=campaign.customer, number=number)
        return TutorialCall(
            self._around,
            row,
            reel,
            key=campaign.customer.key,
            number=number,
            audio_format=campaign.audio_format,
            stamp=self._stamp,
        )

    async def _place(self, call: Call) -> None:
        self._live.add(call)
        await asyncio.sleep(call.wait_s)
        connect = _Connecting(self._origin + self._target, self._context, self._connect_s, lambda: call)
        try:
            await connect.connect(call.headers(self._target, self._authority))
        except WSInvalidStatusError as error:
            call.end(REFUSED, f"the upgrade was refused: {refused(error)}")
        except (WSError, OSError, TimeoutError, asyncio.CancelledError) as error:
            why = unconnected(error, self._authority, secure=self._context is not None)
            call.end(LOST, f"no connection: {why}")
            if isinstance(error, asyncio.CancelledError):
                raise
        await call.over
        self._live.discard(call)


@dataclass(frozen=True, slots=True)
class _Connecting:
    url: str
    context: ssl.SSLContext | None
    within_s: float
    make: Callable[[], Call]

    async def connect(self, headers: dict[str, str]) -> None:
        """Until the upgrade is over; OSError or WSError when there is no connection then."""
        _, listener = await ws_connect(
            self.make,
            self.url,
            ssl_context=self.context,
            extra_headers=headers,
            websocket_handshake_timeout=self.within_s,
            max_redirects=0,
            logger_name="simulator",
        )
        if listener is None:  # how picows says it
            raise ConnectionResetError("the server closed it during the upgrade")


def _context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        raise BadInput([f"--ca-file {ca_file}: {error.strerror or error}"]) from error
