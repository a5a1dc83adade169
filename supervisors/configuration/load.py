"""Brings the layers together and checks the whole: all settings with their origins, or all problems at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rules.state_directory import state_directory
from supervisors.configuration.checks import DEFAULT, checked, source_of
from supervisors.configuration.environment import environment_layer
from supervisors.configuration.file import file_layer
from supervisors.configuration.layers import Given, Layer, flags_layer, merged
from supervisors.configuration.problems import ConfigurationError, Problem
from supervisors.settings.entries import BY_KEY, ENTRIES
from supervisors.settings.model import Settings

FILE_NAME = "switchboard.toml"
SYSTEM_FILE = Path("/etc/switchboard") / FILE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The settings, and by key (`transfers.max_fps`) where each value came from."""

    settings: Settings
    sources: Mapping[str, str]


def configure(
    environment: Mapping[str, str],
    flags: Mapping[str, object] | None = None,
    *,
    file: Path | None = None,
    system_file: Path = SYSTEM_FILE,
    uid: int | None = None,
) -> Configured:
    """The configuration that these give together; ConfigurationError with every problem there is.

    `flags` go by key (`log.level`). `file` has to be there; without it `switchboard.toml` in the data directory
    is read if it is there, else `system_file`. `uid` is whose default data directory is taken.
    """
    user = os.geteuid() if uid is None else uid
    base = Layer(given={"data_dir": Given(state_directory(environment, user), DEFAULT)})
    variables, options = environment_layer(environment), flags_layer(flags or {})
    data_dir = Path(str(merged((base, variables, options))["data_dir"].value))
    path = file or next(filter(_is_there, (data_dir / FILE_NAME, system_file)), None)
    layers = (base, file_layer(path) if path else Layer(given={}), variables, options)
    given = merged(layers)
    found = [problem for layer in layers for problem in layer.problems]
    settings, invalid = checked(given)
    if settings is None or found or invalid:
        raise ConfigurationError((*found, *invalid))
    return Configured(settings=settings, sources={entry.key: source_of(entry.key, given) for entry in ENTRIES})


def missing_credentials(settings: Settings) -> tuple[Problem, ...]:
    """What is still needed to run against Genesys itself; nothing of it is needed for the simulator."""
    needed = {
        "genesys_client_id": bool(settings.genesys_client_id),
        "genesys_client_secret": bool(settings.genesys_client_secret.get_secret_value()),
        "genesys_org_region": bool(
            settings.genesys_org_region or (settings.genesys_api_url and settings.genesys_login_url)
        ),
    }
    remedy = "set {} (see docs/settings.md), or start with --simulate for a Genesys in the box"
    return tuple(
        Problem(
            setting=BY_KEY[key].name, source="not set", message="it is missing", remedy=remedy.format(BY_KEY[key].name)
        )
        for key, is_set in needed.items()
        if not is_set
    )


def _is_there(path: Path) -> bool:
    """Whether there is a file, even one that cannot be looked at: that is a problem to be told of."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
