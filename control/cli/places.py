"""Where the gateway's socket is when nobody says. Pure; the gateway chooses its data directory the same way."""

from collections.abc import Callable, Mapping
from pathlib import Path

SYSTEM = Path("/var/lib/switchboard")
NAME = "control.sock"


def socket_path(given: Path | None, environment: Mapping[str, str], uid: int, exists: Callable[[Path], bool]) -> Path:
    """--socket, SWITCHBOARD_CONTROL_SOCKET, SWITCHBOARD_DATA_DIR, then this user's gateway, then the system's."""
    if given is not None:
        return given
    if named := environment.get("SWITCHBOARD_CONTROL_SOCKET"):
        return Path(named)
    if data_dir := environment.get("SWITCHBOARD_DATA_DIR"):
        return Path(data_dir) / NAME
    own = _own_directory(environment, uid) / NAME
    return own if exists(own) or not exists(SYSTEM / NAME) else SYSTEM / NAME


def _own_directory(environment: Mapping[str, str], uid: int) -> Path:
    home, state = environment.get("HOME"), Path(environment.get("XDG_STATE_HOME", ""))
    if uid == 0 or not (home or state.is_absolute()):
        return SYSTEM
    return (state if state.is_absolute() else Path(home or "/") / ".local" / "state") / "switchboard"
