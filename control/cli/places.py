"""Where the gateway's socket is when nobody says. Pure."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rules.state_directory import SYSTEM, state_directory

NAME = "control.sock"


def socket_path(given: Path | None, environment: Mapping[str, str], uid: int, exists: Callable[[Path], bool]) -> Path:
    """--socket, SWITCHBOARD_CONTROL_SOCKET, SWITCHBOARD_DATA_DIR, then this user's gateway, then the system's."""
    if given is not None:
        return given
    if named := environment.get("SWITCHBOARD_CONTROL_SOCKET"):
        return Path(named)
    if data_dir := environment.get("SWITCHBOARD_DATA_DIR"):
        return Path(data_dir) / NAME
    own = state_directory(environment, uid) / NAME
    return own if exists(own) or not exists(SYSTEM / NAME) else SYSTEM / NAME
