"""The compiled way of an ordinary frame, where `make native` has built it."""

from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from loguru import logger

from genesys.audiohook import Phase
from genesys.audiohook_media import Position
from genesys.audiohook_session import Session as AudioHookSession
from media.audiohook import AudioHookCall
from media.audiohook_tracks import Tracks
from media.call import Lane
from media.connection import Connection
from media.native.build import HERE, path_in
from media.poll import Read, Reading
from media.transcription.chunks import ChunkEncoder
from media.transcription.lean.session import Session
from media.transcription.lean.stream import Stream
from media.transcription.uplink import Uplink
from media.tutorial import TutorialCall
from rules.replay import ReplayBuffer

# As kernel.c names them; it finds their slots by name, and refuses what it does not know.
CLASSES: Mapping[str, type] = {
    "Reading": Reading,
    "Connection": Connection,
    "TutorialCall": TutorialCall,
    "AudioHookCall": AudioHookCall,
    "AudioHookSession": AudioHookSession,
    "Position": Position,
    "Tracks": Tracks,
    "Lane": Lane,
    "Uplink": Uplink,
    "ChunkEncoder": ChunkEncoder,
    "Stream": Stream,
    "Session": Session,
    "ReplayBuffer": ReplayBuffer,
}


def native(folder: Path = HERE) -> Read | None:
    """What reads in the poll's stead; None where nothing was built, and the Python path goes on being used."""
    path = path_in(folder)
    if not path.exists():
        if any(folder.glob("kernel-*.so")):
            logger.warning("the compiled kernel was built of other sources or for another Python: run `make native`")
        return None
    try:
        return fitted(_module(path))
    except (ImportError, TypeError) as why:
        logger.warning("the compiled kernel cannot be used, audio is read by Python: {}", why)
        return None


def fitted(module: ModuleType) -> Read:
    """The `read` of the compiled module, which was told of our classes; TypeError when it was made for others."""
    module.fit(dict(CLASSES), Phase.ACTIVE)
    read: Read = module.read
    return read


def _module(path: Path) -> ModuleType:
    spec = spec_from_file_location("media.native.kernel", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
