"""The audio plane's settings: who may send, where transcripts come from, and what does not go together."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from messages.media import MediaKey
from supervisors.settings.model import Settings
from supervisors.settings.values import media_keys


def complaint(**given: Any) -> str:
    """What is said of the one setting that is wrong."""
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate(given)
    (error,) = refused.value.errors()
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"


def test_the_plane_is_off_unless_a_service_is_named() -> None:
    assert Settings().transcription_grpc_addr == ()


def test_services_are_a_list_of_addresses() -> None:
    settings = Settings.model_validate({"transcription_grpc_addr": "asr-1:50051, [::1]:50052"})
    assert settings.transcription_grpc_addr == ("asr-1:50051", "[::1]:50052")


@pytest.mark.parametrize("text", ["asr", "asr:", "asr:http", "asr:0", "http://asr:1", "asr:1,asr:1", ":50051"])
def test_what_is_no_address_of_a_service_is_told(text: str) -> None:
    assert complaint(transcription_grpc_addr=text).startswith("transcription_grpc_addr: ")


def test_keys_may_have_a_secret_each() -> None:
    assert media_keys(SecretStr("k1, k2:c2VjcmV0")) == (MediaKey(key="k1"), MediaKey(key="k2", secret="c2VjcmV0"))


def test_a_key_may_have_an_old_and_a_new_secret() -> None:
    old, new = MediaKey(key="k1", secret="b2xk"), MediaKey(key="k1", secret="bmV3")
    assert media_keys(SecretStr("k1:b2xk,k1:bmV3")) == (old, new)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hunter2:not base64!", "the secret of key 1 is not base64"),
        ("k1,hunter2:####", "the secret of key 2 is not base64"),
        ("k1,hunter2:", "the secret of key 2"),
        (":c2VjcmV0", "key 1 is no key"),
        ("hünter2", "key 1 is no key"),
        ("hunter2,hunter2", "the same key is named twice"),
        ("hunter2:c2VjcmV0,hunter2:c2VjcmV0", "the same key is named twice"),
        ("hunter2,hunter2:c2VjcmV0", "the same key is named with a secret and without one"),
    ],
)
def test_a_bad_key_is_told_by_its_place_and_never_shown(text: str, said: str) -> None:
    told = complaint(media_keys=SecretStr(text))
    assert said in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"media": {"cert_file": "/c.pem"}}, "media.key_file"),
        ({"media": {"key_file": "/k.pem"}}, "media.key_file"),
        ({"transcription": {"tls": "on", "cert_file": "/c.pem"}}, "transcription.key_file"),
        ({"transcription": {"ca_file": "/ca.pem"}}, "SWITCHBOARD_TRANSCRIPTION__TLS is off"),
        ({"transcription": {"retry_min_s": 20}}, "shorter than the first delay"),
        ({"media": {"ping_every_s": 90}}, "is not longer than the 90 s"),
        ({"media": {"origins": "apps.example"}}, "is no origin"),
        ({"media": {"authority": "https://audio.example"}}, "is no host or host:port"),
        ({"media": {"supported_languages": "english!"}}, "is no language tag"),
        ({"language": {"languages": "en,??"}}, "is no language tag"),
        ({"language": {"languages": "en,xx,eo"}}, "'xx' and 'eo' can never be found; known are af, ar, az,"),
        ({"language": {"languages": "en,ht"}}, "'ht' can never be found"),
        ({"language": {"languages": "ht,de", "model": "/m"}}, "'ht' and 'de': transcripts are compared"),
        ({"language": {"languages": "en,nv", "model": "/m", "text": "off"}}, "'nv' can never be found"),
        ({"language": {"languages": "en,ga", "model": "/m", "text": "off"}}, "'ga' can never be found"),
        ({"language": {"languages": "en-US"}}, "two languages or more"),
        ({"language": {"languages": "en-US,en-GB"}}, "set SWITCHBOARD_LANGUAGE__TEXT to off"),
        ({"language": {"languages": "en,Spanish"}}, "'Spanish' is no language tag"),
        ({"language": {"queues": "q-1"}}, "'q-1' is no queue=tag"),
        ({"language": {"queues": "q-1=spanish"}}, "'q-1=spanish' is no queue=tag"),
        ({"language": {"queues": "=es"}}, "'=es' is no queue=tag"),
        ({"language": {"queues": "Ventas=es, ventas = pt"}}, "the queue 'ventas' is named twice"),
        ({"language": {"attribute": ""}}, "language.attribute"),
        ({"language": {"min_confidence": 1.5}}, "language.min_confidence"),
        ({"media": {"introspect": "yes"}}, "media.introspect"),
    ],
)
def test_what_does_not_go_is_told(given: dict[str, Any], said: str) -> None:
    assert said in complaint(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"languages": ""},
        {"languages": "en-US,pt-BR"},
        {"languages": "no,fil"},
        {"languages": "en,de,ht", "model": "/m"},
        {"languages": "en", "text": "off", "model": "/m"},
        {"languages": "xx", "text": "off"},
    ],
)
def test_languages_are_taken_where_one_of_them_can_be_found_or_nothing_looks(given: dict[str, str]) -> None:
    settings = Settings.model_validate({"language": given})
    assert settings.language.languages == tuple(filter(None, given["languages"].split(",")))


def test_what_goes_together_is_taken() -> None:
    settings = Settings.model_validate(
        {
            "media": {"cert_file": "/c.pem", "key_file": "/k.pem", "origins": "https://apps.mypurecloud.com"},
            "transcription": {"tls": "on", "ca_file": "/ca.pem"},
            "language": {"languages": "en, pt-BR"},
        }
    )
    assert settings.media.origins == ("https://apps.mypurecloud.com",)
    assert settings.language.languages == ("en", "pt-BR")
