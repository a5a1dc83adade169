"""Which file of the CDN a prompt is, for whoever will hear it. Source: seed 001 steps 1 and 4; contracts 2.1 to 2.3."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from messages.playbacks import Listener, Tier
from rules.audio_urls import extension, with_extension
from rules.languages import language_tag

DEFAULT_LANGUAGE = "en"
DEFAULT_CODECS = ("mp3", "opus", "wav")
RECORDED = "mp3"  # what every prompt is there as
PREFERRED = ("opus", "mp3")  # where the recorded one is not supported

KEY = re.compile(r"[A-Za-z0-9._-]{1,128}")  # as long as an id: a file's name has 255 bytes
CODEC = re.compile(r"[a-z0-9]{1,16}")  # it becomes a file's extension


def is_prompt_key(text: str) -> bool:
    """Whether `text` may be a prompt's name in a URL's path."""
    return KEY.fullmatch(text) is not None and ".." not in text


def language_of(attribute: object) -> str | None:
    """The language that a participant's attribute says; the default where it is unset, None where it is no tag."""
    if attribute is None or attribute == "":
        return DEFAULT_LANGUAGE
    return language_tag(attribute) if isinstance(attribute, str) else None


def tier_of(attribute: object) -> Tier:
    """The service tier that a participant's attribute says; anything unknown is the standard one."""
    return "premium" if isinstance(attribute, str) and attribute.lower() == "premium" else "standard"


def codecs_of(listed: object) -> tuple[str, ...]:
    """The codecs in a comma-separated text or a list, in its order; the default where not one can be read."""
    entries = listed.split(",") if isinstance(listed, str) else listed if isinstance(listed, list) else ()
    names = (entry.strip().lower() for entry in entries if isinstance(entry, str))
    return tuple(dict.fromkeys(name for name in names if CODEC.fullmatch(name))) or DEFAULT_CODECS


def for_codecs(url: str, supported: Sequence[str]) -> str:
    """`url`, with another extension where its own is not among the `supported` codecs (at least one)."""
    if extension(url).lower() in supported:
        return url
    return with_extension(url, next((codec for codec in PREFERRED if codec in supported), supported[0]))


def prompt_url(cdn_base: str, listener: Listener, prompt_key: str) -> str:
    """``{cdn_base}/{lang}/{tier}/{prompt_key}.{ext}`` for what `listener` hears; a query of the base stays its end.

    ValueError for a key, language or codec that could leave the CDN's folder: they are to be checked before.
    """
    codecs_are_names = all(CODEC.fullmatch(codec) for codec in listener.codecs) and listener.codecs
    if not is_prompt_key(prompt_key) or language_tag(listener.language) is None or not codecs_are_names:
        raise ValueError("not the parts of a prompt's URL")
    base = urlsplit(cdn_base)
    folder = f"{base.path.rstrip('/')}/{listener.language.lower()}/{tier_of(listener.tier)}"
    recorded = base._replace(path=f"{folder}/{prompt_key}.{RECORDED}", fragment="").geturl()
    return for_codecs(recorded, listener.codecs)
