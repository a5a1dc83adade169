"""Where a gateway keeps its state when nobody says; the daemon and switchboardctl have to agree on it."""

from collections.abc import Mapping
from pathlib import Path

SYSTEM = Path("/var/lib/switchboard")


def state_directory(environment: Mapping[str, str], uid: int) -> Path:
    """Where the service manager says, the system's place for root, else the user's own.

    Source: systemd.exec(5) for STATE_DIRECTORY, XDG base directories section 2 (a relative path is to be ignored).
    """
    managed = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if managed:
        return Path(managed)
    home, state = environment.get("HOME"), Path(environment.get("XDG_STATE_HOME", ""))
    if uid == 0 or not (home or state.is_absolute()):
        return SYSTEM
    return (state if state.is_absolute() else Path(home or "/") / ".local" / "state") / "switchboard"
