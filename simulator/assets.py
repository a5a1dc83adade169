"""The files of the CDN: those that the repository ships in simulator/audio, and those that a test puts there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "audio"
CONTENT_TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".opus": "audio/ogg"}
"""By what a file calls itself, whatever is in it. Source: RFC 5334 section 10 (Ogg), RFC 3003 (MP3)."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it goes out; `etag` has its quotes."""

    content: bytes
    content_type: str
    etag: str


def make_asset(name: str, content: bytes, content_type: str | None = None) -> Asset:
    """The asset called `name`; the same content has the same ETag, other content another."""
    kind = content_type or CONTENT_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
    return Asset(content, kind, f'"{sha256(content).hexdigest()[:32]}"')


def asset_name(language: str, tier: str, file: str) -> str:
    """What the asset at /cdn/{language}/{tier}/{file} is called here."""
    return f"{language}.{tier}.{file}"


@cache
def shipped() -> Mapping[str, Asset]:
    """The audio files in the repository by name, `en.standard.welcome.mp3`."""
    files = [path for path in sorted(FOLDER.iterdir()) if path.suffix in CONTENT_TYPES]
    return {path.name: make_asset(path.name, path.read_bytes()) for path in files}
