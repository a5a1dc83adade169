"""Builds the rig, its probe and the Go peer from their sources, once for each state of the sources."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
RIG = ("main.c", "load.c", "sink.c", "frames.c", "bytes.c")
PROBE = ("probe.c", "bytes.c")
GO_PATH = "/usr/share/gocode"  # where Debian's golang-*-dev packages put their sources
BUILD_S = 300.0

Command = Callable[[str], list[str]]  # given where the result goes


class NotAtHand(Exception):  # noqa: N818 - told as it is
    """What cannot be built here; the text says what is missing."""


def rig() -> Path:
    """The callers and the transcription service."""
    return _c("rig", RIG)


def probe() -> Path:
    """What measures the rig itself."""
    return _c("probe", PROBE)


def peer() -> Path:
    """The Go peer; NotAtHand without the toolchain and the packages that the text names."""
    if shutil.which("go") is None:
        raise NotAtHand("no go: apt-get install golang-go golang-google-grpc-dev golang-github-gorilla-websocket-dev")
    sources = sorted((HERE / "peer").glob("*.go"))
    environment = {"GOPATH": GO_PATH, "GO111MODULE": "off", "GOCACHE": str(_cache() / "go"), "GOFLAGS": ""}
    return _made("peer", sources, lambda target: ["go", "build", "-o", target, *map(str, sources)], environment)


def _c(name: str, files: Sequence[str]) -> Path:
    if shutil.which("cc") is None:
        raise NotAtHand("no C compiler: apt-get install gcc libc6-dev")
    sources = [HERE / "rig" / file for file in files]
    command = ["cc", "-O2", "-Wall", "-Wextra", "-o"]
    headers = [HERE / "rig" / "rig.h"]
    return _made(name, [*sources, *headers], lambda target: [*command, target, *map(str, sources)], {})


def _made(name: str, sources: Sequence[Path], command: Command, environment: Mapping[str, str]) -> Path:
    digest = sha256(b"".join(source.read_bytes() for source in sources) + repr(command("")).encode()).hexdigest()
    made = _cache() / f"{name}-{digest[:16]}"
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        being_made = f"{made}.{os.getpid()}"
        ran = subprocess.run(
            command(being_made),
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=BUILD_S,
            check=False,
        )
        if ran.returncode:
            raise NotAtHand(f"{name} does not build: {ran.stderr.strip()}")
        Path(being_made).rename(made)  # whole or not at all, also where two build at once
    return made


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "genesys-switchboard" / "benchmarks"
