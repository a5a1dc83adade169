"""The audio plane's part of the tree: worker processes, who keeps their streams, and what each process is told."""

from functools import partial
from pathlib import Path

from actors.address import Address
from actors.declared_languages import DeclaredLanguages
from actors.introspection import Introspection
from actors.media_worker import MediaWorkerActor, WorkerTimes
from actors.seat import Seat
from actors.stream_book import StreamBook
from actors.transcription import TranscriptionActor
from clients.media_process import MediaProcess
from genesys.dialect import IdentityDialect, LanguageDialect
from messages.media import LanguagePlan, MediaKey, MediaLimits, ServicePlan, TakeKeys, WorkerPlan
from rules.declared_language import Declarations
from supervisors.parts import Parts
from supervisors.settings.model import Settings
from supervisors.settings.values import media_keys, queue_languages
from supervisors.specs import ChildSpec, PerChild, SupervisorSpec

SCOPE = "media:websocket:read"  # contracts 0
CHANNELS = 2  # of one call, each of which may be a stream
OFF = "off"  # as the name of an attribute
STOP_S = 4.0  # on top of the ends in good order


def media(parts: Parts, dialect: IdentityDialect) -> tuple[SupervisorSpec, ...]:
    """The supervisor of the workers; none where the plane is off."""
    if parts.media is None:
        return ()
    times = WorkerTimes(last_results_s=parts.settings.transcription.drain_s + 5.0)
    children = tuple(
        ChildSpec(
            name=address.name,
            start=lambda seat, number=number: _worker(parts, dialect, seat, number, times),  # type: ignore[misc]
            shutdown_s=times.farewell_s + STOP_S,
        )
        for number, address in enumerate(media_workers(parts), start=1)
    )
    return (SupervisorSpec(name="media", per_child=PerChild(), children=children),)


def media_workers(parts: Parts) -> tuple[Address, ...]:
    """Who owns a worker process each."""
    if parts.media is None:
        return ()
    numbers = range(1, worker_count(parts) + 1)
    return tuple(parts.directory.address(f"media.{number}") for number in numbers)


def worker_count(parts: Parts) -> int:
    """As many as are asked for, else one for each core that this process may use."""
    return parts.settings.media.workers or len(parts.cores.allowed)


def transcription(parts: Parts, dialect: LanguageDialect, seat: Seat) -> TranscriptionActor:
    """Also where the plane is off: streams of a gateway before this one may be without an end."""
    settings = parts.settings.media
    most_live = worker_count(parts) * settings.max_calls * CHANNELS
    book = StreamBook(most_live, settings.tail, settings.timeline)
    languages = DeclaredLanguages(
        seat.world,
        parts.directory.address("rest"),
        dialect,
        seat.address,
        looked_for=declarations(parts.settings),
        book=book,
    )
    return TranscriptionActor(
        seat,
        journal=parts.directory.address("audit"),
        workers=media_workers(parts),
        book=book,
        languages=languages,
    )


def declarations(settings: Settings) -> Declarations:
    """Where Genesys may say which language a call speaks."""
    own = settings.language
    attribute = "" if own.attribute == OFF else own.attribute
    return Declarations(attribute=attribute, queues=queue_languages(own.queues))


def take_keys(parts: Parts, settings: Settings) -> None:
    """Who may send audio, as `settings` say, from now on: told to workers, and to those that are started later."""
    parts.media_keys.now = keys = media_keys(settings.media_keys)
    for worker in media_workers(parts):
        worker.tell(TakeKeys(keys=keys))


def worker_plan(
    settings: Settings, keys: tuple[MediaKey, ...], host: str, port: int, number: int, nonces: int | None = None
) -> WorkerPlan:
    """Everything that worker `number` is told; `nonces` is a descriptor that it inherits."""
    own = settings.media
    return WorkerPlan(
        worker=number,
        host=host,
        port=port,
        keys=keys,
        service=_service(settings),
        origins=own.origins,
        nonces_descriptor=nonces,
        introspect=own.introspect == "on",
        authority=own.authority or None,
        cert_file=_text(own.cert_file),
        key_file=_text(own.key_file),
        stereo=own.stereo,
        supported_languages=own.supported_languages,
        limits=_limits(settings),
        language=_language(settings),
        audiohook=settings.audiohook.plan(),
        record_dir=_text(own.record_dir),
        record_format=own.record_format,
        native=own.native == "on",
    )


def _worker(parts: Parts, dialect: IdentityDialect, seat: Seat, number: int, times: WorkerTimes) -> MediaWorkerActor:
    directory, settings = parts.directory, parts.settings

    def plan() -> WorkerPlan:
        assert parts.media is not None
        claim = parts.media
        return worker_plan(settings, parts.media_keys.now, claim.host, claim.port, number, claim.nonces)

    def introspection(seat: Seat) -> Introspection:
        return Introspection(seat.world, directory.address("rest"), dialect, seat.address, seat.incarnation)

    return MediaWorkerActor(
        seat,
        plan=plan,
        launch=partial(MediaProcess, around=parts.cores.lifted),
        transcription=directory.address("transcription"),
        steward=directory.address("gateway"),
        journal=directory.address("audit"),
        introspection=introspection if settings.media.introspect == "on" else None,
        draining=lambda: parts.process.state() in {"draining", "stopping"},
        times=times,
    )


def _service(settings: Settings) -> ServicePlan:
    own = settings.transcription
    return ServicePlan(
        addresses=settings.transcription_grpc_addr,
        transport=own.transport,
        plaintext=own.tls == "off",
        ca_file=_text(own.ca_file),
        cert_file=_text(own.cert_file),
        key_file=_text(own.key_file),
        connect_s=own.connect_s,
        health_every_s=own.health_every_s,
        retry_min_s=own.retry_min_s,
        retry_max_s=own.retry_max_s,
        give_up_s=own.give_up_s,
        replay_s=own.replay_s,
        replay_bytes=own.replay_bytes,
        drain_s=own.drain_s,
    )


def _limits(settings: Settings) -> MediaLimits:
    own = settings.media
    return MediaLimits(
        max_calls=own.max_calls,
        max_frame_bytes=own.max_frame_bytes,
        max_malformed=own.max_malformed,
        ping_every_s=own.ping_every_s,
        idle_s=own.idle_s,
        drain_s=own.drain_s,
        tail=own.tail,
        timeline=own.timeline,
    )


def _language(settings: Settings) -> LanguagePlan:
    own = settings.language
    return LanguagePlan(
        languages=own.languages,
        text=own.text == "on",
        model=_text(own.model),
        model_deadline_s=own.model_deadline_s,
        min_confidence=own.min_confidence,
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())
