"""A PostgreSQL server of the tests' own, where its programs are installed; on a socket in a folder and by loopback."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg

START_S = 60
PLACES = "/usr/lib/postgresql"  # Debian keeps them out of the PATH
SUPERUSER = "postgres"
PORT = 5432


class Missing(Exception):  # noqa: N818 - a fact
    """There is no server here."""


class Server:
    """Databases, each empty."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self.target = (address, PORT)
        self._numbers = count(1)

    def new_database(self) -> str:
        """The URL of one."""
        name = f"t{next(self._numbers)}"
        with psycopg.connect(host=str(self._folder), user=SUPERUSER, dbname=SUPERUSER, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://{SUPERUSER}@/{name}?host={self._folder}"

    def by_network(self, url: str, port: int) -> str:
        """`url` by a port of the loopback in place of the socket."""
        return f"{url.partition('?')[0].replace('@/', f'@127.0.0.1:{port}/')}?sslmode=disable"


@contextmanager
def serving() -> Iterator[Server]:
    """Raises Missing."""
    programs = _programs()
    user = SUPERUSER if os.geteuid() == 0 else None  # it refuses to run as root
    folder = Path(mkdtemp(prefix="pg-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        data = f"{folder}/data"

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [programs / program, "-D", data, *arguments],
                user=user,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                check=True,
                timeout=2 * START_S,
            )

        run("initdb", "--auth=trust", f"--username={SUPERUSER}", "--no-sync")
        address = _own_address()
        options = f"-F -c listen_addresses={address} -c port={PORT} -c unix_socket_directories={folder}"
        run("pg_ctl", "start", "--wait", f"--timeout={START_S}", f"--log={folder}/log", "-o", options)
        try:
            yield Server(folder, address)
        finally:
            run("pg_ctl", "stop", "--mode=immediate", "--wait")
    finally:
        shutil.rmtree(folder)


def _own_address() -> str:
    """One of the loopback's that no other process of these tests takes."""
    low, middle, high = os.getpid() % 250, os.getpid() // 250 % 250, os.getpid() // 62_500 % 250
    return f"127.{high + 1}.{middle + 1}.{low + 1}"


def _programs() -> Path:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    for each in sorted(Path(PLACES).glob("*/bin/initdb"), reverse=True):
        return each.parent
    raise Missing(f"PostgreSQL's server programs are neither in the PATH nor in {PLACES}")
