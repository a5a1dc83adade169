"""What outlives every incarnation: clocks, addresses, doors and counters; built once, handed to the tree."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from ssl import SSLContext

from actors.address import Address
from actors.audit import Desk
from actors.deadletters import DeadLetters
from actors.directory import Directory
from actors.gateway import Process
from actors.plane import PlaneDoor
from actors.pool import Pool
from actors.service import OnDeath, Service
from actors.timers import TimerThread
from actors.world import RealWorld
from clients.audio_meter import LoudnessMeter, missing_extra
from clients.breaker import CircuitGuard
from clients.cores import Cores
from clients.media_address import MediaClaim
from clients.tls import tls_context
from messages.gateway import Nameplate
from messages.media import MediaKey
from rules.budget import Budget
from storage.store import Store
from supervisors.places import Places
from supervisors.settings.model import Settings
from supervisors.settings.values import media_keys


class Post:
    """The journal's address before there is a directory; dead letters need it and are needed by it."""

    name = "audit"

    def __init__(self) -> None:
        self.address: Address | None = None

    def tell(self, message: object) -> None:
        """Pass it on."""
        if self.address is not None:
            self.address.tell(message)


@dataclass(slots=True, kw_only=True)
class KeysInForce:
    """Who may send audio: as the settings said when they were last read."""

    now: tuple[MediaKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`make_door` and `make_http` make the servers of the two doors; `process` is the application itself.

    `media` is where calls' audio arrives, None where the audio plane is off.
    """

    settings: Settings
    places: Places
    store: Store
    process: Process
    nameplate: Nameplate
    make_door: Callable[[OnDeath], Service]
    make_http: Callable[[OnDeath], Service]
    directory: Directory
    dead_letters: DeadLetters
    world: RealWorld
    timers: TimerThread
    budget: Budget
    breaker: Callable[[], CircuitGuard]
    tls: SSLContext
    cores: Cores
    media_keys: KeysInForce
    meter: LoudnessMeter | None = None
    media: MediaClaim | None = None
    pool: Pool = field(default_factory=Pool)
    plane: PlaneDoor = field(default_factory=PlaneDoor)
    audit_desk: Desk = field(default_factory=Desk)


def addresses() -> tuple[RealWorld, DeadLetters, Directory]:
    """The world, the dead-letter office and the directory, which know each other."""
    world, post = RealWorld(), Post()
    office = DeadLetters(post, world.monotonic)
    directory = Directory(office)
    post.address = directory.address(Post.name)
    return world, office, directory


def assemble(
    *,
    settings: Settings,
    places: Places,
    store: Store,
    process: Process,
    nameplate: Nameplate,
    make_door: Callable[[OnDeath], Service],
    make_http: Callable[[OnDeath], Service],
    shared: tuple[RealWorld, DeadLetters, Directory],
    media: MediaClaim | None = None,
) -> Parts:
    """Every part, nothing started."""
    world, office, directory = shared
    cores = Cores()
    return Parts(
        settings=settings,
        places=places,
        store=store,
        process=process,
        nameplate=nameplate,
        make_door=make_door,
        make_http=make_http,
        directory=directory,
        dead_letters=office,
        world=world,
        timers=TimerThread(world.monotonic),
        budget=Budget(settings.rest.requests_per_min),
        breaker=partial(CircuitGuard, world.monotonic, settings.breaker.failures, settings.breaker.reset_s),
        tls=tls_context(settings.tls.ca_file),
        cores=cores,
        media_keys=KeysInForce(now=media_keys(settings.media_keys)),
        meter=LoudnessMeter(around=cores.lifted) if missing_extra() is None else None,
        media=media,
    )
