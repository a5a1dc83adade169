"""Whether the files and directories that the settings name are there and are what they should be."""

from collections.abc import Iterator
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER, SSLContext, SSLError

from media.language.model_directory import missing_model
from media.recording.shelf import missing_flac, unusable_directory
from supervisors.configuration.layers import contents
from supervisors.settings.model import Settings

READABLE = "a PEM file that the gateway's user may read"


def machine_faults(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """The key of a setting, what is wrong with what it names, and what it should name instead."""
    media, transcription = settings.media, settings.transcription
    for key, ca_file in (("tls.ca_file", settings.tls.ca_file), ("transcription.ca_file", transcription.ca_file)):
        if ca_file is not None and (fault := _fault_of_authorities(ca_file)):
            yield key, fault, READABLE
    pairs = (
        ("media.cert_file", media.cert_file, media.key_file),
        ("transcription.cert_file", transcription.cert_file, transcription.key_file),
    )
    for key, cert_file, key_file in pairs:
        if cert_file is not None and key_file is not None and (fault := _fault_of_pair(cert_file, key_file)):
            yield key, fault, f"{READABLE}, and its key beside it"
    if media.record_dir is not None:
        yield from _of("media.record_dir", unusable_directory(media.record_dir))
        yield from _of("media.record_format", missing_flac(media.record_format))
    if settings.language.model is not None:
        yield from _of("language.model", missing_model(settings.language.model))


def _of(key: str, wrong: tuple[str, str] | None) -> Iterator[tuple[str, str, str]]:
    if wrong is not None:
        yield key, *wrong


def _fault_of_authorities(ca_file: Path) -> str:
    try:
        contents(ca_file)
        SSLContext(PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca_file)
    except SSLError:
        return f"{ca_file} holds no certificate that can be read"
    except ValueError as error:
        return str(error)
    return ""


def _fault_of_pair(cert_file: Path, key_file: Path) -> str:
    try:
        contents(cert_file)
        contents(key_file)
        SSLContext(PROTOCOL_TLS_SERVER).load_cert_chain(cert_file, key_file, password=lambda: "")
    except SSLError:
        return f"{cert_file} and {key_file} are no certificate with its key"
    except ValueError as error:
        return str(error)
    return ""
