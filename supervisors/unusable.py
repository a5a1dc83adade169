"""What makes settings unusable that can be read: names unknown here, keys that are none, doors open to strangers."""

import grp
import os
import pwd
from collections.abc import Iterator

from clients import media_address
from clients.audio_meter import missing_extra
from control.peers import Access, BadPeerRule, read_access
from supervisors.configuration.problems import Problem
from supervisors.settings.addresses import split_listen
from supervisors.settings.model import Settings
from supervisors.settings.values import media_keys
from web import listener
from web.keys import BadKeys, Keys, read_keys

SETTINGS = "settings"


def unusable(settings: Settings) -> tuple[Problem, ...]:
    """Every reason, as far as one can tell that takes nothing and asks nobody but this machine; none is usable."""
    return (*_dialect(settings), *_preflight(settings), *_peers(settings), *_http(settings), *_media(settings))


def access(settings: Settings) -> Access:
    """Who may do what at the control socket; BadPeerRule where an entry names nobody."""
    control = settings.control
    return read_access(
        os.geteuid(),
        operators=control.operators,
        viewers=control.viewers,
        admins=control.admins,
        uid_of=_uid,
        gid_of=_gid,
    )


def http_keys(settings: Settings) -> Keys:
    """The keys of the HTTP door; BadKeys where an entry is none."""
    return read_keys(filter(None, settings.http.keys.get_secret_value().split(",")))


def _dialect(settings: Settings) -> Iterator[Problem]:
    if settings.genesys_dialect == "platform":
        yield Problem(
            setting="GENESYS_DIALECT",
            source=SETTINGS,
            message="the dialect `platform` is not in this release",
            remedy="use `tutorial`",
        )


def _preflight(settings: Settings) -> Iterator[Problem]:
    lacking = missing_extra() if settings.audio.preflight == "full" else None
    if lacking is not None:
        remedy = "install it, or set SWITCHBOARD_AUDIO__PREFLIGHT=headers"
        yield Problem(setting="SWITCHBOARD_AUDIO__PREFLIGHT", source=SETTINGS, message=lacking, remedy=remedy)


def _peers(settings: Settings) -> Iterator[Problem]:
    try:
        access(settings)
    except BadPeerRule as error:
        yield Problem(
            setting="SWITCHBOARD_CONTROL__*", source=SETTINGS, message=str(error), remedy="see docs/control.md"
        )


def _http(settings: Settings) -> Iterator[Problem]:
    """The keys, and then whether one is needed; never shows one."""
    try:
        listener.guarded(*split_listen(settings.http_listen), keyless=not http_keys(settings))
    except BadKeys as error:
        yield Problem(setting="SWITCHBOARD_HTTP__KEYS", source=SETTINGS, message=str(error), remedy="see docs/http.md")
    except listener.AddressProblem as error:
        yield Problem(message=error.message, remedy=error.remedy)


def _media(settings: Settings) -> Iterator[Problem]:
    if not settings.transcription_grpc_addr:
        return
    try:
        media_address.guarded(*split_listen(settings.media_listen), keyless=not media_keys(settings.media_keys))
    except media_address.MediaAddressProblem as error:
        yield Problem(message=error.message, remedy=error.remedy)


def _uid(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _gid(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None
