"""What a worker is told is what the settings say, all of it."""

from dataclasses import fields
from pathlib import Path

from messages.media import AudioHookPlan, LanguagePlan, MediaKey, MediaLimits, ServicePlan
from rules.declared_language import Declarations
from supervisors.audio_plane import declarations, worker_plan
from supervisors.settings.model import Settings

KEYS = (MediaKey(key="k1"), MediaKey(key="k2", secret="c2VjcmV0"))
EVERYTHING = {
    "transcription_grpc_addr": "asr-1:50051,asr-2:50051",
    "media": {
        "workers": 3,
        "max_calls": 7,
        "max_frame_bytes": 2048,
        "max_malformed": 3,
        "ping_every_s": 2,
        "idle_s": 9,
        "drain_s": 4,
        "origins": "https://a.example",
        "introspect": "on",
        "authority": "audio.example",
        "stereo": "tagged",
        "supported_languages": "en,de",
        "cert_file": "/c.pem",
        "key_file": "/k.pem",
        "record_dir": "/rec",
        "record_format": "flac",
        "native": "off",
        "tail": 5,
        "timeline": 6,
    },
    "audiohook": {
        "channels": "customer",
        "events": "off",
        "messages_per_s": 1,
        "messages_burst": 2,
        "max_audio_bytes": 3_000,
        "max_playback_bytes": 4_000,
        "open_s": 5,
        "close_s": 6,
        "guard_s": 7,
    },
    "transcription": {
        "transport": "grpcio",
        "tls": "on",
        "ca_file": "/ca.pem",
        "cert_file": "/tc.pem",
        "key_file": "/tk.pem",
        "connect_s": 1,
        "health_every_s": 2,
        "retry_min_s": 0.3,
        "retry_max_s": 4,
        "give_up_s": 5,
        "replay_s": 6,
        "replay_bytes": 7,
        "drain_s": 8,
    },
    "language": {"languages": "en", "text": "off", "model": "/m", "model_deadline_s": 2, "min_confidence": 0.7},
}


def test_everything_that_is_set_reaches_the_worker() -> None:
    plan = worker_plan(Settings.model_validate(EVERYTHING), KEYS, "127.0.0.1", 8081, 2)
    assert (plan.worker, plan.host, plan.port) == (2, "127.0.0.1", 8081)
    assert plan.keys == KEYS
    assert (plan.introspect, plan.authority, plan.stereo, plan.origins) == (
        True,
        "audio.example",
        "tagged",
        ("https://a.example",),
    )
    assert (plan.cert_file, plan.key_file, plan.record_dir, plan.record_format) == ("/c.pem", "/k.pem", "/rec", "flac")
    assert not plan.native
    defaults: tuple[tuple[object, object], ...] = (
        (plan.service, ServicePlan(addresses=())),
        (plan.limits, MediaLimits()),
        (plan.language, LanguagePlan()),
        (plan.audiohook, AudioHookPlan()),
    )
    ours = {"report_every_s", "count_every_s"}
    for told, default in defaults:
        for one in fields(told):  # type: ignore[arg-type]
            assert one.name in ours or getattr(told, one.name) != getattr(default, one.name), one.name


def test_the_defaults_of_the_settings_are_those_of_the_plan() -> None:
    plan = worker_plan(Settings(transcription_grpc_addr=("a:1",)), KEYS, "127.0.0.1", 8081, 1)
    assert plan.service == ServicePlan(addresses=("a:1",))
    assert plan.limits == MediaLimits()
    assert plan.language == LanguagePlan()
    assert plan.audiohook == AudioHookPlan()
    assert (plan.introspect, plan.authority, plan.record_dir, plan.native) == (False, None, None, True)


def test_paths_are_absolute_since_the_worker_may_be_elsewhere() -> None:
    settings = Settings.model_validate({"language": {"model": "model"}})
    assert worker_plan(settings, KEYS, "::1", 1, 1).language.model == str(Path("model").absolute())


def test_genesys_is_asked_for_the_attribute_and_the_queues_of_the_settings() -> None:
    assert declarations(Settings()) == Declarations(attribute="language")
    settings = Settings.model_validate({"language": {"attribute": "off", "queues": "Ventas Norte=es-MX, a=b=pt"}})
    assert declarations(settings) == Declarations(queues={"Ventas Norte": "es-MX", "a=b": "pt"})
    assert declarations(Settings.model_validate({"language": {"attribute": "off"}})).off
