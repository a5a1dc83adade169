"""The tree as data: which actors there are, in which order they start, and what each is given.

Whoever may wait for the answer of another comes after it: when that one crashes, its state is lost and those after it
start anew (rest_for_one) and take up their open orders from the journal.
"""

from collections.abc import Callable
from typing import Any, cast

from actors.address import Address
from actors.archive import ArchiveActor
from actors.assist import AssistActor
from actors.assist_line import LineTimes
from actors.audit import AuditActor
from actors.barge import BargeActor, BargeRules
from actors.base import GatewayActor, Seat
from actors.caller import CallerActor, Door
from actors.clock import ClockActor
from actors.cores import CoresActor
from actors.gateway import StewardActor
from actors.inspector import InspectorActor
from actors.playback import PlaybackActor
from actors.playback_case import PlaybackTimes
from actors.prompts import PromptsActor
from actors.rest import RestDesk
from actors.service import OnDeath, Service, ServiceActor
from actors.session import SessionActor, SessionTimes, StreamsDoor
from actors.tokens import Credentials, TokenActor
from actors.transfer import TransferActor, TransferTimes
from actors.webhooks import WebhookActor
from clients.audio import AudioBounds, AudioDoor
from clients.rest import RestDoor
from clients.streams.limits import StreamLimits
from clients.streams.plane import Streams
from clients.webhooks import WebhookDoor
from genesys.tutorial.dialect import TutorialDialect
from genesys.tutorial.oauth import TutorialOAuth
from messages.sessions import SessionPlan
from rules.adaptive_limit import AdaptiveRules
from rules.addresses import allowed
from rules.assist import AssistRules
from rules.audio import LoudnessLimits
from rules.deliveries import Schedule
from rules.tenant_slots import TenantLimit
from rules.transfers import GatewayLimits
from supervisors.audio_plane import SCOPE, media, media_workers, transcription
from supervisors.doors import DynamicSessions, sessions
from supervisors.parts import Parts
from supervisors.settings.values import signing_secrets
from supervisors.specs import (
    ONE_FOR_ONE,
    REST_FOR_ONE,
    TRANSIENT,
    Backoff,
    ChildSpec,
    PerChild,
    SupervisorSpec,
)

WEBHOOK_CALLERS = 16
WORKERS = ("transfer", "playback", "barge", "assist")
Start = Callable[[Seat], GatewayActor[Any]]


def tree(parts: Parts) -> SupervisorSpec:
    """The whole gateway."""
    at_once = Backoff(min_s=0.0, max_s=0.0)  # nothing would ring the alarm of whoever rings the alarms
    return SupervisorSpec(
        name="root",
        strategy=REST_FOR_ONE,
        children=(
            ChildSpec(name="clock", start=lambda seat: ClockActor(seat, parts.timers), backoff=at_once),
            ChildSpec(name="audit", start=_audit(parts), shutdown_s=10.0),
            ChildSpec(name="archive", start=lambda seat: ArchiveActor(seat, open_archive=parts.store.archive)),
            ChildSpec(name="token", start=_token(parts)),
            _rest(parts),
            _webhooks(parts),
            ChildSpec(name="streams", start=lambda seat: ServiceActor(seat, _plane(parts))),
            _sessions(parts),
            _audio(parts),
            SupervisorSpec(
                name="work",
                children=(
                    ChildSpec(name="transfer", start=_transfers(parts)),
                    ChildSpec(name="playback", start=_playbacks(parts)),
                    ChildSpec(name="barge", start=_barges(parts)),
                    ChildSpec(name="assist", start=_assists(parts)),
                    ChildSpec(name="transcription", start=lambda seat: transcription(parts, _dialect(parts), seat)),
                ),
            ),
            *media(parts, _dialect(parts)),
            SupervisorSpec(
                name="doors",
                children=(
                    ChildSpec(name="gateway", start=_steward(parts)),
                    ChildSpec(name="control", start=lambda seat: ServiceActor(seat, parts.make_door)),
                    ChildSpec(name="http", start=lambda seat: ServiceActor(seat, parts.make_http)),
                ),
            ),
            *_cores(parts),
        ),
    )


def _audit(parts: Parts) -> Start:
    return lambda seat: AuditActor(
        seat,
        open_journal=parts.store.journal,
        desk=parts.audit_desk,
        webhooks=parts.directory.address("webhooks"),
    )


def _token(parts: Parts) -> Start:
    settings = parts.settings
    scopes = settings.token.scopes
    if parts.media is not None and SCOPE not in scopes:
        scopes = (*scopes, SCOPE)
    return lambda seat: TokenActor(
        seat,
        desk=parts.directory.address("rest"),
        journal=parts.directory.address("audit"),
        oauth=TutorialOAuth(login_url=parts.places.login_url),
        credentials=Credentials(
            client_id=settings.genesys_client_id,
            client_secret=settings.genesys_client_secret.get_secret_value(),
            scopes=scopes,
        ),
    )


def _rest(parts: Parts) -> SupervisorSpec:
    settings = parts.settings.rest
    names = [f"rest.{number}" for number in range(1, settings.workers + 1)]
    callers = [parts.directory.address(name) for name in names]

    def desk(seat: Seat) -> RestDesk:
        return RestDesk(
            seat,
            token=parts.directory.address("token"),
            breaker=parts.breaker,
            bearer_origins=frozenset({parts.places.api_url}),
            budget=parts.budget,
            callers=callers,
            capacity=settings.queue,
            timeout_s=settings.timeout_s,
        )

    return _pool("rest", desk, names, lambda: RestDoor(parts.tls, settings.max_body_bytes), parts)


def _webhooks(parts: Parts) -> SupervisorSpec:
    settings = parts.settings.webhooks
    names = [f"webhooks.{number}" for number in range(1, WEBHOOK_CALLERS + 1)]
    callers = tuple(parts.directory.address(name) for name in names)
    secrets = signing_secrets(settings.secret)
    allow = allowed(",".join(parts.settings.urls.allow))
    schedule = Schedule(first_s=settings.first_delay_s, last_s=settings.last_delay_s, tries=settings.tries)

    def desk(seat: Seat) -> WebhookActor:
        return WebhookActor(seat, journal=parts.directory.address("audit"), callers=callers, schedule=schedule)

    return _pool("webhooks", desk, names, lambda: WebhookDoor(secrets, allow=allow, context=parts.tls), parts)


def _pool(name: str, desk: Start, names: list[str], door: Callable[[], Door], parts: Parts) -> SupervisorSpec:
    """A desk and the callers that do its blocking calls, one connection each."""
    address = parts.directory.address(name)
    callers = tuple(
        ChildSpec(name=caller, start=lambda seat: CallerActor(seat, door=door(), desk=address)) for caller in names
    )
    children = (ChildSpec(name=name, start=desk), *callers)
    return SupervisorSpec(name=f"{name}.pool", strategy=ONE_FOR_ONE, children=children)


def _plane(parts: Parts) -> Callable[[OnDeath], Service]:
    settings = parts.settings

    def make(on_death: OnDeath) -> Streams:
        plane = Streams(
            ca_file=settings.tls.ca_file,
            limits=StreamLimits(max_message_bytes=settings.sessions.max_frame_bytes),
            connectors=settings.sessions.connectors,
            connects_per_s=float(settings.sessions.connects_per_s),
            on_death=on_death,
        )
        parts.plane.use(cast(StreamsDoor, plane))
        return plane

    return make


def _sessions(parts: Parts) -> SupervisorSpec:
    plan = SessionPlan(
        name="transfer",
        kind="transfer",
        url=_dialect(parts).transfer_socket_url,
        owner=parts.directory.address("transfer"),
        headers={"Accept": "application/json"},
    )
    assist = SessionPlan(
        name="assist",
        kind="assist",
        url=_dialect(parts).assist_socket_url,
        owner=parts.directory.address("assist"),
    )
    children = (
        ChildSpec(name="session.transfer", start=lambda seat: _session(parts, seat, plan)),
        ChildSpec(name="session.assist", start=lambda seat: _session(parts, seat, assist)),
    )
    return SupervisorSpec(name="sessions", per_child=PerChild(), children=children)


def _session(parts: Parts, seat: Seat, plan: SessionPlan) -> SessionActor:
    settings = parts.settings
    times = SessionTimes(
        handshake_s=settings.sessions.handshake_timeout_s,
        ping_every_s=settings.sessions.ping_every_s,
        pong_s=settings.sessions.pong_timeout_s,
        validate_s=settings.transfers.pong_timeout_s,
        retire_s=settings.transfers.answer_timeout_s,
    )
    return SessionActor(
        seat,
        parts.pool,
        plan=plan,
        streams=parts.plane,
        token=parts.directory.address("token"),
        journal=parts.directory.address("audit"),
        times=times,
    )


def _audio(parts: Parts) -> SupervisorSpec:
    settings = parts.settings.audio
    allow = allowed(",".join(parts.settings.urls.allow))
    limits = LoudnessLimits(max_lufs=settings.max_lufs, max_true_peak_dbtp=settings.max_true_peak_dbtp)
    bounds = AudioBounds(max_bytes=settings.max_bytes, fresh_s=settings.fresh_s)

    def inspector(seat: Seat) -> InspectorActor:
        door = AudioDoor(bounds, meter=parts.meter, allow=allow, context=parts.tls)
        return InspectorActor(seat, door=door, limits=limits, timeout_s=settings.timeout_s)

    def prompts(seat: Seat) -> PromptsActor:
        cdn_base = parts.settings.cdn_base_url
        return PromptsActor(seat, inspectors=_inspectors(parts), cdn_base=cdn_base, inspection_s=settings.timeout_s)

    children = tuple(ChildSpec(name=address.name, start=inspector) for address in _inspectors(parts))
    return SupervisorSpec(name="audio", children=(*children, ChildSpec(name="prompts", start=prompts)))


def _inspectors(parts: Parts) -> tuple[Address, ...]:
    numbers = range(1, parts.settings.audio.inspectors + 1)
    return tuple(parts.directory.address(f"audio.{number}") for number in numbers)


def _transfers(parts: Parts) -> Start:
    settings, directory = parts.settings.transfers, parts.directory
    limits = GatewayLimits(
        max_bandwidth_kbps=settings.max_bandwidth_kbps, codecs=settings.codecs, max_fps=settings.max_fps
    )
    times = TransferTimes(answer_s=settings.answer_timeout_s, max_retries=settings.max_retries)
    breaker = parts.breaker()
    return lambda seat: TransferActor(
        seat,
        journal=directory.address("audit"),
        rest=directory.address("rest"),
        session=directory.address("session.transfer"),
        dialect=_dialect(parts),
        limits=limits,
        times=times,
        breaker=breaker,
        callback_url=parts.settings.media_server_webhook or None,
    )


def _playbacks(parts: Parts) -> Start:
    settings, directory = parts.settings, parts.directory
    sessions = DynamicSessions(directory, lambda seat, plan: _session(parts, seat, plan))
    times = PlaybackTimes(idle_s=settings.playback.idle_s, inspect_s=settings.audio.timeout_s)
    return lambda seat: PlaybackActor(
        seat,
        journal=directory.address("audit"),
        rest=directory.address("rest"),
        sessions=sessions,
        inspectors=_inspectors(parts),
        dialect=_dialect(parts),
        cdn_base=settings.cdn_base_url,
        level=settings.audio.preflight,
        times=times,
    )


def _barges(parts: Parts) -> Start:
    settings, directory = parts.settings, parts.directory
    rules = BargeRules(
        consent_attribute=settings.barge.consent_attribute,
        allow=allowed(",".join(settings.urls.allow)),
        level=settings.audio.preflight,
        inspect_s=settings.audio.timeout_s,
    )
    return lambda seat: BargeActor(
        seat,
        journal=directory.address("audit"),
        rest=directory.address("rest"),
        inspectors=_inspectors(parts),
        dialect=_dialect(parts),
        rules=rules,
        qa_webhook=settings.qa_webhook_url,
    )


def _assists(parts: Parts) -> Start:
    settings, directory = parts.settings.assist, parts.directory
    limit = TenantLimit(max_in_flight=settings.max_in_flight)  # outlives the actor: an operator may have changed it
    rules = AssistRules(
        completion=settings.completion,
        queue=settings.queue,
        slot_s=settings.slot_timeout_s,
        action_s=settings.action_timeout_s,
        adaptive=AdaptiveRules() if settings.adaptive == "on" else None,
    )
    return lambda seat: AssistActor(
        seat,
        journal=directory.address("audit"),
        session=directory.address("session.assist"),
        token=directory.address("token"),
        dialect=_dialect(parts),
        limit=limit,
        rules=rules,
        line_times=LineTimes(connected_s=settings.connected_timeout_s),
        crm_url=parts.settings.crm_webhook_url or None,
    )


def _steward(parts: Parts) -> Start:
    return lambda seat: StewardActor(
        seat,
        nameplate=parts.nameplate,
        process=parts.process,
        journal=parts.directory.address("audit"),
        archive=parts.directory.address("archive"),
        token=parts.directory.address("token"),
        sessions=lambda: sessions(parts.directory),
        workers=tuple(parts.directory.address(name) for name in WORKERS),
        media=media_workers(parts),
        media_drain_s=parts.settings.media.drain_s,
        dead_letters=parts.dead_letters.total,
    )


def _cores(parts: Parts) -> tuple[ChildSpec, ...]:
    """Who keeps the gateway to one core; none where the settings leave that to the system."""
    if parts.settings.one_core == "off":
        return ()
    return (ChildSpec(name="cores", start=lambda seat: CoresActor(seat, parts.cores), restart=TRANSIENT),)


def _dialect(parts: Parts) -> TutorialDialect:
    return TutorialDialect(api_url=parts.places.api_url, streaming_url=parts.places.socket_url)
