"""The kinds of values that settings have: how each is read, and in words what it may be."""

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, SecretStr

from genesys.regions import region
from messages.media import MediaKey
from rules.addresses import allowed
from rules.declared_language import spoken
from supervisors.settings import addresses

MAX_SOCKET_PATH_BYTES = 107  # sun_path is 108 bytes with its final NUL; unix(7)
SECRET_BYTES = range(24, 65)  # of a webhook's signing secret; Standard Webhooks, signature scheme

_CODEC = re.compile(r"[A-Za-z0-9._-]{1,32}")
_SCOPE = re.compile(r"[!#-\[\]-~]+")  # RFC 6749 section 3.3
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+")  # RFC 6454 section 6.2
_AUTHORITY = re.compile(r"[A-Za-z0-9.\[\]-]+(:[0-9]{1,5})?")  # RFC 9110 section 4.2, without user
_ACCOUNT = re.compile(r"(@|uid:|gid:)?[A-Za-z0-9_][A-Za-z0-9_.-]*\$?")


@dataclass(frozen=True, slots=True)
class Expects:
    """What a value has to be, as the end of a sentence: *is not …*. `url` are shown without their secrets."""

    text: str
    url: bool = False


def listed(value: object) -> object:
    """Text as the list of its words, which commas or white space part; a real list as it is."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _each_is(what: str, pattern: re.Pattern[str], words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if not pattern.fullmatch(word):
            raise ValueError(f"{word!r} is no {what}")
    if len(set(words)) < len(words):
        raise ValueError(f"the same {what} is named twice")
    return words


def _codecs(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        raise ValueError("at least one codec is needed")
    return _each_is("codec's name", _CODEC, words)


def _targets(words: tuple[str, ...]) -> tuple[str, ...]:
    allowed(",".join(words))
    return words


def _listen(text: str) -> str:
    addresses.split_listen(text)
    return text


def _region(name: str) -> str:
    return name and region(name).id


def _http(url: str) -> str:
    return url and addresses.genesys_url(url, "https", "http")


def _stream(url: str) -> str:
    return url and addresses.genesys_url(url, "wss", "ws")


def _store(url: SecretStr) -> SecretStr:
    if url.get_secret_value():
        addresses.store_url(url.get_secret_value())
    return url


def _socket_path(path: Path) -> Path:
    length = len(str(path).encode())
    if length > MAX_SOCKET_PATH_BYTES:
        raise ValueError(f"the path has {length} bytes; a Unix socket's has at most {MAX_SOCKET_PATH_BYTES}")
    return path


def _signing_secrets(secrets: SecretStr) -> SecretStr:
    for secret in signing_secrets(secrets):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            key = b""
        if not secret.startswith("whsec_") or len(key) not in SECRET_BYTES:
            raise ValueError("each secret has to be whsec_ and 24 to 64 bytes in base64")
    return secrets


def _media_keys(keys: SecretStr) -> SecretStr:
    media_keys(keys)
    return keys


def media_keys(keys: SecretStr) -> tuple[MediaKey, ...]:
    """Who may send audio, by `KEY` or `KEY:BASE64SECRET`; a key may have two secrets while one replaces the other.

    ValueError names the place of a bad one, never the key.
    """
    words = keys.get_secret_value().replace(",", " ").split()
    read = tuple(_media_key(place, word) for place, word in enumerate(words, start=1))
    if len(set(read)) < len(read):
        raise ValueError("the same key is named twice, not with two secrets")
    if {one.key for one in read if one.secret} & {one.key for one in read if not one.secret}:
        raise ValueError("the same key is named with a secret and without one, so that nobody would have to sign")
    return read


def _media_key(place: int, word: str) -> MediaKey:
    key, colon, secret = word.partition(":")
    if not key or not key.isascii() or not key.isprintable():
        raise ValueError(f"key {place} is no key: it has to be visible ASCII letters before any colon")
    try:
        empty = colon and not base64.b64decode(secret, validate=True)
    except binascii.Error:
        empty = True
    if empty:
        raise ValueError(f"the secret of key {place} is not base64: give it as Genesys shows the client secret")
    return MediaKey(key=key, secret=secret)


def _services(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if addresses.split_listen(word)[1] == 0:
            raise ValueError(f"{word!r} has to name a port")
    if len(set(words)) < len(words):
        raise ValueError("the same address is named twice")
    return words


def _tags(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if spoken(word) is None:
            raise ValueError(f"{word!r} is no language tag, e.g. en or pt-BR")
    return words


def pieces(value: object) -> object:
    """Text as the list of what commas part; a real list as it is."""
    return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


def _queue_languages(entries: tuple[str, ...]) -> tuple[str, ...]:
    queue_languages(entries)
    return entries


def queue_languages(entries: tuple[str, ...]) -> dict[str, str]:
    """The language of each queue, by `queue=tag`; ValueError names the entry that is wrong."""
    read: dict[str, str] = {}
    for entry in entries:
        queue, equals, tag = (part.strip() for part in entry.rpartition("="))
        if not equals or not queue or spoken(tag) is None:
            raise ValueError(f"{entry!r} is no queue=tag, e.g. Ventas=es-MX")
        if queue.casefold() in map(str.casefold, read):
            raise ValueError(f"the queue {queue!r} is named twice")
        read[queue] = tag
    return read


def _origins(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if not _ORIGIN.fullmatch(word):
            raise ValueError(f"{word!r} is no origin, e.g. https://apps.mypurecloud.com")
    return words


def _authority(text: str) -> str:
    if text and not _AUTHORITY.fullmatch(text):
        raise ValueError(f"{text!r} is no host or host:port, e.g. audio.example.com")
    return text


def signing_secrets(secrets: SecretStr) -> tuple[str, ...]:
    """The secrets in one setting, the one to sign with first; several while they are rotated (contracts 7.12)."""
    return tuple(secrets.get_secret_value().replace(",", " ").split())


Words = Annotated[tuple[str, ...], BeforeValidator(listed)]
Codecs = Annotated[
    Words,
    AfterValidator(_codecs),
    Expects("names of codecs with commas between"),
]
Scopes = Annotated[
    Words,
    AfterValidator(lambda words: _each_is("OAuth scope", _SCOPE, words)),
    Expects("OAuth scopes with commas or spaces between"),
]
Accounts = Annotated[
    Words,
    AfterValidator(lambda words: _each_is("user or @group", _ACCOUNT, words)),
    Expects("users (name or uid) and @groups (name or gid) with commas between"),
]
Targets = Annotated[Words, AfterValidator(_targets), Expects("hosts, addresses and CIDRs with commas between")]

Services = Annotated[
    Words, AfterValidator(_services), Expects("host:port addresses with commas between, the first choice first")
]
LanguageTags = Annotated[Words, AfterValidator(_tags), Expects("language tags with commas between, e.g. en,de,pt-BR")]
QueueLanguages = Annotated[
    tuple[str, ...],
    BeforeValidator(pieces),
    AfterValidator(_queue_languages),
    Expects("queue=tag entries with commas between, e.g. Ventas=es-MX"),
]
Origins = Annotated[Words, AfterValidator(_origins), Expects("origins with commas between, e.g. https://app.example")]
Authority = Annotated[str, AfterValidator(_authority), Expects("host or host:port, e.g. audio.example.com")]
MediaKeys = Annotated[
    SecretStr, AfterValidator(_media_keys), Expects("KEY or KEY:BASE64SECRET entries with commas between")
]

Listen = Annotated[str, AfterValidator(_listen), Expects("host:port, e.g. 127.0.0.1:8080; port 0 takes a free one")]
RegionName = Annotated[str, AfterValidator(_region), Expects("a region of Genesys Cloud")]
GenesysUrl = Annotated[str, AfterValidator(_http), Expects("an https:// URL (http:// to loopback only)", url=True)]
StreamUrl = Annotated[str, AfterValidator(_stream), Expects("a wss:// URL (ws:// to loopback only)", url=True)]
WebUrl = Annotated[str, Expects("an https:// URL to a global address, or any in SWITCHBOARD_URLS__ALLOW", url=True)]
StoreUrl = Annotated[SecretStr, AfterValidator(_store), Expects("a sqlite:/// or postgresql:// URL", url=True)]
SocketPath = Annotated[Path, AfterValidator(_socket_path), Expects(f"a path of at most {MAX_SOCKET_PATH_BYTES} bytes")]
SigningSecrets = Annotated[
    SecretStr, AfterValidator(_signing_secrets), Expects("whsec_… secrets with commas between, the newest first")
]
Level = Annotated[Literal["TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
