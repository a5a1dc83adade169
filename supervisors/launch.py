"""The start: reads the settings, takes what only one gateway may have, grows the tree, and waits for its end."""

import gc
import os
import resource
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pykka
from pydantic import TypeAdapter

from actors.base import ActorFailed, Seat, World, incarnate
from actors.directory import Directory
from actors.mailbox import MailboxFull
from actors.service import OnDeath, Service
from clients.media_address import MediaAddressProblem, MediaClaim
from control.admission import Front
from control.calls import House
from control.claim import Claim, SocketProblem
from control.correspondents import Failures
from control.reception import Rules
from control.server import ControlServer
from messages.assists import TriggerAssist
from messages.barges import InjectBarge
from messages.gateway import Nameplate
from messages.orders import Order
from messages.playbacks import PlayPrompt
from messages.transfers import StartTransfer
from rules.instants import instant
from rules.outcomes import outcome_as_json, outcome_from_json
from rules.state_directory import state_directory
from simulator.process import DidNotComeUp, SimulatorProcess
from storage.failures import StoreUnavailable
from storage.forms import Forms
from storage.store import Store
from supervisors.audio_plane import take_keys
from supervisors.configuration.explain import explain
from supervisors.configuration.load import Configured, configure, missing_credentials
from supervisors.configuration.problems import ConfigurationError, Problem
from supervisors.lifecycle import Lifecycle
from supervisors.logs import Levels, Secrets, start_logging
from supervisors.parts import Parts, addresses, assemble
from supervisors.places import places
from supervisors.settings.addresses import split_listen
from supervisors.settings.model import Settings
from supervisors.settings.values import media_keys, signing_secrets
from supervisors.simulated import flags_for
from supervisors.supervisor import SupervisorActor
from supervisors.tree import tree
from supervisors.unusable import access, http_keys, unusable
from supervisors.version import release
from web.listener import AddressProblem, HttpClaim
from web.server import HttpServer

SHORTEST_SECRET = 5  # letters; masking shorter words would garble the log and protect nothing
OPEN_FILES = 16_384  # sessions, HTTP connections and the store, with room to spare
CONFIG = 78  # sysexits.h: EX_CONFIG
ORDERS: tuple[type[Order], ...] = (StartTransfer, PlayPrompt, InjectBarge, TriggerAssist)
VALUE_LETTERS = 32  # to which `--check-config` fills values up; the few that are longer stick out
THREAD_STACK_BYTES = 512 * 1024
SWITCH_INTERVAL_S = 0.0005  # threads that wait for the interpreter get their turn in time for a control answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How the process was started: its environment and its flags, by key (`log.level`)."""

    environment: Mapping[str, str]
    flags: Mapping[str, object]
    file: Path | None = None


def start(launch: Launch, box: SimulatorProcess | None) -> int:
    """Run until told to stop, against `box` if there is one, which may still be on its way up; the exit code.

    What is wrong with the configuration is told on stderr, code 78.
    """
    with ExitStack() as stack:
        try:
            return _run(launch, box, stack)
        except ConfigurationError as error:
            problems = error.problems
        except (StoreUnavailable, SocketProblem, AddressProblem, MediaAddressProblem) as error:
            problems = (Problem(message=error.message, remedy=error.remedy),)
        except DidNotComeUp as error:
            problems = (no_box(error),)
    return _refused(problems)


def check(launch: Launch, *, simulate: bool) -> int:
    """`--check-config`: print every setting, its value without secrets, and where it came from."""
    try:
        configured = configure(launch.environment, launch.flags, file=launch.file)
    except ConfigurationError as error:
        return _refused(error.problems)
    rows = explain(configured)
    width = max(len(row.name) for row in rows)
    for row in rows:
        sys.stdout.write(f"{row.name:<{width}}  {row.value:<{VALUE_LETTERS}}  {row.source}\n")
    missing = () if simulate else missing_credentials(configured.settings)
    problems = (*missing, *unusable(configured.settings))
    return _refused(problems) if problems else 0


def _refused(problems: tuple[Problem, ...]) -> int:
    for problem in problems:
        sys.stderr.write(f"switchboard: {problem}\n")
    return CONFIG


def no_box(error: DidNotComeUp) -> Problem:
    """The simulator ended; why, it has said itself."""
    remedy = "what it wrote before this says why; `python -m simulator --tls --transcription plain` starts it alone"
    return Problem(setting="--simulate", source="flag", message=str(error), remedy=remedy)


def reader(launch: Launch, box: SimulatorProcess | None) -> Callable[[], Configured]:
    """How the settings are read, now and at every reload."""
    flags = dict(launch.flags)
    if box is not None:
        given = {key: value for key, value in flags.items() if value is not None}
        flags = flags_for(box, state_directory(launch.environment, os.geteuid()), launch.environment, given)
    return lambda: configure(launch.environment, flags, file=launch.file)


def usable(read: Callable[[], Configured], secrets: Secrets) -> Callable[[], Configured]:
    """`read`, ConfigurationError where the gateway cannot be as it says; what must not be logged goes to `secrets`."""

    def read_and_judge() -> Configured:
        configured = read()
        secrets.add(_secrets(configured.settings))
        _refuse_unusable(configured.settings)
        return configured

    return read_and_judge


def _run(launch: Launch, box: SimulatorProcess | None, stack: ExitStack) -> int:
    if box is not None:
        box.wait_until_ready()
    secrets = Secrets()
    read = usable(reader(launch, box), secrets)
    configured = read()
    settings = configured.settings
    levels = Levels(settings.log.level)
    _log(settings, levels, secrets)
    _raise_file_limit()
    threading.stack_size(THREAD_STACK_BYTES)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    life = Lifecycle(configured, read, levels)
    parts = _parts(settings, box, life, stack)
    life.take_at_once("media_keys", partial(take_keys, parts))
    return _live(parts, life)


def _raise_file_limit() -> None:
    """Every connection is a file: as many as the system lets this process have, up to OPEN_FILES."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _refuse_unusable(settings: Settings) -> None:
    if problems := (*missing_credentials(settings), *unusable(settings)):
        raise ConfigurationError(problems)


def _log(settings: Settings, levels: Levels, secrets: Secrets) -> None:
    try:
        start_logging(settings.log, levels, secrets)
    except OSError as error:
        problem = Problem(
            setting="SWITCHBOARD_LOG__FILE",
            source="settings",
            message=f"{settings.log.file} cannot be written ({error.strerror})",
            remedy="name a file that the gateway's user may write, or leave it out for standard error",
        )
        raise ConfigurationError([problem]) from error


def _secrets(settings: Settings) -> tuple[str, ...]:
    """Every word that must not be logged; a key's name is none."""
    keys = (entry.rpartition(":")[2] for entry in settings.http.keys.get_secret_value().split(","))
    media = [word for entry in media_keys(settings.media_keys) for word in (entry.key, entry.secret)]
    webhooks = signing_secrets(settings.webhooks.secret)
    words = (settings.genesys_client_secret.get_secret_value(), *keys, *media, *webhooks)
    return tuple(word for word in words if len(word) > SHORTEST_SECRET)


def _parts(settings: Settings, box: SimulatorProcess | None, life: Lifecycle, stack: ExitStack) -> Parts:
    front = _front(settings)
    keys = http_keys(settings)
    claim = Claim(settings.control_socket)
    stack.callback(claim.release)
    address = HttpClaim(*split_listen(settings.http_listen), keyless=not keys)
    stack.callback(address.release)
    media = _media(settings, stack)
    store = _store(settings, stack)
    shared = addresses()
    world, _office, directory = shared
    house = _house(settings, life, world, directory)

    def make_door(on_death: OnDeath) -> Service:
        return ControlServer(claim, house, front, on_death)

    def make_http(on_death: OnDeath) -> Service:
        return HttpServer(address, house, keys, release(), on_death, loaded=gc.freeze)  # as what was loaded before

    return assemble(
        settings=settings,
        places=places(settings),
        store=store,
        process=life,
        nameplate=_nameplate(settings, world, box, media),
        make_door=make_door,
        make_http=make_http,
        shared=shared,
        media=media,
    )


def _front(settings: Settings) -> Front:
    most = settings.control.max_clients
    return Front(version=release(), pid=os.getpid(), access=access(settings), most_clients=most)


def _store(settings: Settings, stack: ExitStack) -> Store:
    url = settings.store_url.get_secret_value() or None
    store = Store(settings.data_dir, forms(), url, keep_delivered_days=settings.webhooks.keep_delivered_days)
    stack.callback(store.close)
    return store


def _house(settings: Settings, life: Lifecycle, world: World, directory: Directory) -> House:
    return House(
        addresses=directory,
        failures=Failures(full=MailboxFull, gone=pykka.ActorDeadError, crashed=ActorFailed),
        rules=Rules(new_id=world.new_id, draining=life.draining),
        new_export=lambda: str(settings.data_dir / f"audit-{world.new_id()}.jsonl"),
    )


def _nameplate(settings: Settings, world: World, box: SimulatorProcess | None, media: MediaClaim | None) -> Nameplate:
    return Nameplate(
        version=release(),
        pid=os.getpid(),
        started_at=instant(world.utc_now()),
        started_s=world.monotonic(),
        dialect=settings.genesys_dialect,
        features=(*(order.kind for order in ORDERS), *(("stream",) if media is not None else ())),
        media_address=None if media is None else media.address,
        simulator_url=box.url if box is not None else None,
    )


def _media(settings: Settings, stack: ExitStack) -> MediaClaim | None:
    """Where calls' audio arrives; None where there is no service to take it to."""
    if not settings.transcription_grpc_addr:
        return None
    keyless = not media_keys(settings.media_keys)
    claim = MediaClaim(*split_listen(settings.media_listen), keyless=keyless)
    stack.callback(claim.release)
    return claim


def _live(parts: Parts, life: Lifecycle) -> int:
    spec = tree(parts)
    directory = parts.directory
    root = directory.address(spec.name)
    seat = Seat(
        address=root,
        incarnation=1,
        superior=life,
        world=parts.world,
        timers=parts.timers,
        office=parts.dead_letters,
    )
    journal = directory.address("audit")
    life.heed_signals()
    parts.pool.start()
    incarnate(lambda seat: SupervisorActor(seat, spec=spec, directory=directory, journal=journal), seat)
    try:
        return life.run(root, directory.address("gateway"), spec.shutdown_s)
    finally:
        parts.pool.stop()
        parts.timers.close()
        if parts.meter is not None:
            parts.meter.close()


def forms() -> Forms:
    """How orders and outcomes are read and written, for the journal."""
    adapters = {order.kind: TypeAdapter(order) for order in ORDERS}
    return Forms(
        orders={kind: adapter.validate_json for kind, adapter in adapters.items()},
        outcome_as_json=outcome_as_json,
        outcome_from_json=outcome_from_json,
        confidential={order.kind: order.confidential for order in ORDERS},
    )
