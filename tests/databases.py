"""A PostgreSQL server of the tests' own: started at the first test that wants it, shared by all workers, stopped at the end.

Everything of it lies in one folder; it listens on a socket there and nowhere else. PostgreSQL refuses to run as root,
so that a run as root starts it as another user.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

FOLDER = "REGISTRY_TEST_CLUSTER"
"""Environment variable with the folder; the process that runs the tests makes it, its workers inherit it."""
NOBODY = 65534
QUICK = """
fsync = off
synchronous_commit = off
full_page_writes = off
listen_addresses = ''
max_connections = 60
timezone = 'Asia/Shanghai'
log_min_messages = fatal
"""
"""Nothing here need survive a fall of the machine. (The time zone is one that would show a time read wrongly.)"""


def programs() -> Path | None:
    """The folder of the server's programs: on the path, or where Debian puts them, the newest first."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


def run(*command: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    """Run one of the server's programs, never as root."""
    other = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
    return subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, **other, **more)


class Cluster:
    """A server with its databases in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    @property
    def user(self) -> str:
        """The name under which one connects."""
        return "registry"

    def url(self, database: str) -> str:
        """The address of one of its databases, as a setting says it."""
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def ensure_started(self) -> None:
        """Start it, unless another worker has."""
        with open(self.folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.folder / "version").exists():
                self.start()

    def start(self) -> None:
        """Make the cluster where there is none, and start its server."""
        bin = programs()
        assert bin is not None
        if os.getuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
        if not self.data.exists():
            made = ("-D", str(self.data), "-U", self.user, "--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync")
            run(str(bin / "initdb"), *made)
            with open(self.data / "postgresql.conf", "a") as conf:
                conf.write(QUICK + f"unix_socket_directories = '{self.folder}'\n")
        run(str(bin / "pg_ctl"), "-D", str(self.data), "-w", "-l", str(self.data / "log"), "start")
        with self.connect() as connection:
            version = connection.execute("SHOW server_version").fetchone()
        (self.folder / "version").write_text(str(version[0] if version else ""))

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server, if it was started."""
        bin = programs()
        if bin and (self.data / "postmaster.pid").exists():
            run(str(bin / "pg_ctl"), "-D", str(self.data), "-w", "-m", mode, "stop")

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection that commits each statement."""
        return psycopg.connect(self.url(database), autocommit=True)

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database, as a copy of another; returns its address."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Throw a database away, whoever is connected."""
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def files(self, name: str) -> dict[str, bytes]:
        """The bytes of a database on the disk, and of the server's write-ahead log."""
        with self.connect() as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute("SELECT oid FROM pg_database WHERE datname = %s", [name]).fetchone()
        folders = (self.data / "base" / str(row[0] if row else ""), self.data / "pg_wal")
        return {str(f.relative_to(self.data)): f.read_bytes() for d in folders for f in d.iterdir() if f.is_file()}

    @property
    def version(self) -> str | None:
        """The server's version; None when no test has wanted it."""
        file = self.folder / "version"
        return file.read_text() if file.exists() else None


def shared() -> Cluster:
    """The cluster of this run."""
    return Cluster(Path(os.environ[FOLDER]))


@contextmanager
def own_cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster for one test that stops and starts it."""
    folder.mkdir(mode=0o755)
    cluster = Cluster(folder)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()
