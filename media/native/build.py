"""`make native`: compiles the kernel for the Python that runs this, into the package, where `load` finds it.

It needs a C compiler and Python's headers (Debian: gcc, libc6-dev, python3-dev); without it the Python path is used.
"""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = ("kernel.c", "ahead.c", "forward.c", "frames.c", "slots.c")
HEADERS = ("ahead.h", "forward.h", "frames.h", "slots.h")
FLAGS = ("-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-ffp-contract=off")
BUILD_S = 120.0


class CannotBuild(Exception):  # noqa: N818 - told as it is
    """The text says what is missing, or what the compiler says."""


def path_in(folder: Path) -> Path:
    """Where a build of these sources for this Python lies: one of other sources has another name, and is not found."""
    digest = sha256(b"".join((HERE / name).read_bytes() for name in (*SOURCES, *HEADERS))).hexdigest()
    return folder / f"kernel-{digest[:16]}{sysconfig.get_config_var('EXT_SUFFIX')}"


def build(folder: Path = HERE, *, compiler: str = "cc", flags: Sequence[str] = ()) -> Path:
    """The compiled module, in `folder`, and no older one beside it. Raises CannotBuild."""
    include = sysconfig.get_paths()["include"]
    if not (Path(include) / "Python.h").exists():
        raise CannotBuild(f"no {include}/Python.h: install Python's headers (Debian: apt-get install python3-dev)")
    made, older = path_in(folder), set(folder.glob("kernel-*.so"))
    being_made = made.with_name(f"{made.name}.{os.getpid()}")
    command = [compiler, *FLAGS, *flags, f"-I{include}", "-o", str(being_made), *(str(HERE / name) for name in SOURCES)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S, check=False)
    except FileNotFoundError:
        raise CannotBuild(f"no C compiler {compiler}: install one (Debian: apt-get install gcc libc6-dev)") from None
    except subprocess.TimeoutExpired:
        raise CannotBuild(f"{compiler} has not ended within {BUILD_S:g} s") from None
    if ran.returncode:
        raise CannotBuild(f"{compiler} says:\n{ran.stderr.strip()}")
    being_made.rename(made)  # whole or not at all
    for path in older - {made}:
        path.unlink(missing_ok=True)
    return made


def main() -> int:
    """Say what was built, or why nothing was."""
    try:
        sys.stdout.write(f"built {build(compiler=os.environ.get('CC', 'cc'))}\n")
    except (CannotBuild, OSError) as why:
        sys.stderr.write(f"media/native: {why}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
