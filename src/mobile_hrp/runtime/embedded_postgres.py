"""A real PostgreSQL for development, tests and the demo, without an administrator.

Several programs may start the same cluster at once: the first starts it, the others join, the last
to stop ends it. Whether a server runs is decided by asking it (``pg_isready``), never by a pid
file, since a pid may belong to anything after a crash. Users are counted by a shared file lock,
which the kernel lets go when a program dies. The server listens on a unix socket only; who may
open the socket's folder is who may connect.

A production system names its own server in ``HRP_DATABASE_URL`` and never comes here.
"""

import enum
import fcntl
import hashlib
import os
import shlex
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NewType

from mobile_hrp.runtime.postgres_binaries import (
    Log,
    PostgresBinaries,
    PostgresUnavailableError,
    ServiceAccount,
    find_binaries,
)
from mobile_hrp.runtime.provisioning import DatabaseUrls, provision_database

SUPERUSER = "postgres"
_PORT = 5432
_SOCKET_PATH_BYTES_MAX = 100  # the kernel's limit is 108 on Linux and 104 on macOS
_START_SECONDS_MAX = 120.0  # replaying a long log after a crash is a start too
_ZOMBIE_SECONDS_MAX = 5.0
_POLL_SECONDS = 0.1
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "random_page_cost": "1.1",  # for disks without heads; at 4 small tables are read end to end
}
_CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
}

_LockFd = NewType("_LockFd", int)


class _Answer(enum.Enum):
    ACCEPTING = 0
    STARTING_OR_STOPPING = 1
    SILENT = 2


class _Occupant(enum.Enum):
    """What the process named in ``postmaster.pid`` turned out to be."""

    NOBODY = enum.auto()
    SERVER = enum.auto()
    ZOMBIE = enum.auto()
    STRANGER = enum.auto()


def _silent(_message: str) -> None:
    """Report to nobody."""


@dataclass
class Cluster:
    """One user's hold on a running cluster. Call :meth:`stop` when done."""

    home: Path
    socket_dir: Path
    _server: "_Server" = field(repr=False)
    _hold: _LockFd | None = field(repr=False)

    @property
    def superuser_url(self) -> str:
        return f"postgresql://{SUPERUSER}@/postgres?host={self.socket_dir}"

    def stop(self, *, remove: bool = False) -> bool:
        """Let go of the cluster; end the server if nobody else holds it.

        Args:
            remove: delete the data as well, if this was the last user.

        Returns:
            Whether the server was ended.
        """
        if self._hold is None:
            return False
        with _starter_lock(self.home):
            hold, self._hold = self._hold, None
            last = _is_last(hold)
            os.close(hold)
            if last:
                self._server.end()
                if remove:
                    _remove(self.home, self.socket_dir)
        return last


def start_cluster(data_dir: Path, *, log: Log = _silent, fsync: bool = True) -> Cluster:
    """Start the cluster kept in ``data_dir``, creating it if need be, or join it if it runs.

    Args:
        data_dir: a folder of the cluster's own; created when missing. When root starts it and the
            server's account cannot reach the folder, the data is kept below ``/var/lib`` instead.
        log: told what takes time.
        fsync: False trades durability for speed: tests only.

    Raises:
        PostgresUnavailableError: no binaries, or the server does not come up.
    """
    account = ServiceAccount.choose()
    home = _prepare_home(data_dir.absolute(), account, log)
    with _starter_lock(home):
        server = _Server.prepare(home, account, log)
        server.bring_up(_SETTINGS if fsync else {**_SETTINGS, **_CARELESS}, sync=fsync)
        hold = _open_lock(home / "users.lock")
        fcntl.flock(hold, fcntl.LOCK_SH)
    return Cluster(home, server.socket_dir, server, hold)


def discard(data_dir: Path) -> None:
    """End the cluster kept in ``data_dir``, whoever still uses it, and delete its data."""
    account = ServiceAccount.choose()
    home = _prepare_home(data_dir.absolute(), account, _silent)
    with _starter_lock(home):
        server = _Server.prepare(home, account, _silent)
        server.end()
        _remove(home, server.socket_dir)
    shutil.rmtree(data_dir, ignore_errors=True)


def provision(cluster: Cluster, name: str) -> DatabaseUrls:
    """Create the database ``name`` with its two roles, or find it as it is."""
    return provision_database(cluster.superuser_url, name)


@dataclass(frozen=True)
class _Server:
    binaries: PostgresBinaries
    account: ServiceAccount
    data: Path
    socket_dir: Path
    log: Log

    @classmethod
    def prepare(cls, home: Path, account: ServiceAccount, log: Log) -> "_Server":
        data = home / "data"
        version_file = data / "PG_VERSION"
        major = int(version_file.read_text()) if version_file.exists() else None
        binaries = find_binaries(account, major=major, log=log)
        socket_dir = _socket_dir(home)
        for folder in (home / "log", socket_dir):
            _own_folder(folder, account)
        return cls(binaries, account, data, socket_dir, log)

    def bring_up(self, settings: dict[str, str], *, sync: bool) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._initialise(sync=sync)
        deadline = time.monotonic() + _START_SECONDS_MAX
        zombie_deadline = time.monotonic() + _ZOMBIE_SECONDS_MAX
        attempts_left = 10
        while self._ask() is not _Answer.ACCEPTING:
            if time.monotonic() > deadline:
                raise self._failure(f"did not answer within {_START_SECONDS_MAX:.0f} s")
            occupant = self._occupant()
            if occupant is _Occupant.ZOMBIE and time.monotonic() > zombie_deadline:
                occupant = _Occupant.STRANGER  # nobody reaps it here: it will never be a server
            if occupant is _Occupant.STRANGER:
                self.log("a stale postmaster.pid names another process; removing it")
                self._pid_file.unlink(missing_ok=True)
            elif occupant is _Occupant.NOBODY:
                attempts_left -= 1
                if self._start(settings) or attempts_left:
                    continue
                raise self._failure("could not be started")
            time.sleep(_POLL_SECONDS)

    def end(self) -> None:
        self._control("stop", "--mode=fast", "--wait", "--timeout=60")
        if self._ask() is not _Answer.SILENT:
            raise self._failure("did not stop")

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def _log_file(self) -> Path:
        return self.data.parent / "log" / "server.log"

    def _ask(self) -> _Answer:
        code = self.account.run(
            self.binaries["pg_isready"],
            f"--host={self.socket_dir}",
            f"--port={_PORT}",
            "--dbname=postgres",
            "--timeout=5",
        ).returncode
        return _Answer(code) if code in {0, 1} else _Answer.SILENT

    def _start(self, settings: dict[str, str]) -> bool:
        """Run one attempt; a failed one may be the shadow of a server that was just killed."""
        self.log(f"starting PostgreSQL {self.binaries.major}")
        socket = {"unix_socket_directories": str(self.socket_dir)}
        options = " ".join(
            f"-c {shlex.quote(f'{name}={value}')}" for name, value in {**settings, **socket}.items()
        )
        code = self._control(
            "start",
            "--wait",
            f"--timeout={_START_SECONDS_MAX:.0f}",
            f"--log={self._log_file}",
            f"--options={options}",
        )
        if code != 0:
            time.sleep(_POLL_SECONDS * 5)
        return code == 0

    def _control(self, *arguments: str) -> int:
        # The folder goes in the environment: pg_ctl would pass an argument through a shell.
        environment = {"PGDATA": str(self.data)}
        return self.account.run(
            self.binaries["pg_ctl"], *arguments, environment=environment
        ).returncode

    def _initialise(self, *, sync: bool) -> None:
        """Make the data folder beside its place and move it there: it is whole or absent."""
        self.log(f"creating a PostgreSQL {self.binaries.major} cluster in {self.data}")
        draft = self.data.parent / "draft"
        problem = ""
        # C.UTF-8 knows letters beyond ASCII; the few systems without it get plain C.
        for locale in ("C.UTF-8", "C"):
            shutil.rmtree(draft, ignore_errors=True)
            _own_folder(draft, self.account)
            made = self.account.run(
                self.binaries["initdb"],
                f"--pgdata={draft}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                f"--locale={locale}",
                *([] if sync else ["--no-sync"]),
            )
            if made.returncode == 0:
                draft.rename(self.data)
                return
            problem = made.stderr
        raise PostgresUnavailableError(f"initdb failed in {draft}:\n{problem}")

    def _occupant(self) -> _Occupant:
        try:
            pid = int(self._pid_file.read_text().partition("\n")[0])
        except (FileNotFoundError, ValueError):
            return _Occupant.NOBODY
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return _Occupant.NOBODY
        except PermissionError:
            return _Occupant.STRANGER  # the server runs as our own account or as root's choice
        if _is_zombie(pid):
            return _Occupant.ZOMBIE
        return _Occupant.SERVER if self._works_in_data(pid) else _Occupant.STRANGER

    def _works_in_data(self, pid: int) -> bool:
        """A postmaster makes its data folder its working directory."""
        if not Path("/proc/self").exists():
            # No /proc (macOS): look at the command, which names the program.
            told = self.account.run("/bin/ps", "-o", "command=", "-p", str(pid)).stdout
            return "postgres" in told
        try:
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.data.resolve()
        except OSError:
            return False

    def _failure(self, what: str) -> PostgresUnavailableError:
        lines = []
        if self._log_file.exists():
            lines = self._log_file.read_text(errors="replace").splitlines()[-12:]
        return PostgresUnavailableError(
            "\n".join([f"PostgreSQL in {self.data} {what}. Its log ends with:", *lines])
        )


def _is_zombie(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


def _prepare_home(data_dir: Path, account: ServiceAccount, log: Log) -> Path:
    """Make the cluster's folder; below a closed home the server's account needs another place."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    if data_dir.lstat().st_uid != os.geteuid():
        raise PostgresUnavailableError(f"{data_dir} belongs to somebody else; choose another place")
    if account.entry is None:
        return data_dir
    if account.can_enter(data_dir.parent):
        data_dir.chmod(0o711)  # the cluster's own folder; its parents are left as they are
        return data_dir
    home = Path("/var/lib/mobile-hrp") / _digest(data_dir)
    home.mkdir(parents=True, exist_ok=True, mode=0o711)
    log(f"{data_dir} is closed to '{account.entry.pw_name}'; keeping the data in {home}")
    return home


def _socket_dir(home: Path) -> Path:
    """A folder for the socket whose path fits into the kernel's limit."""
    beside = home / "run"
    if len(os.fsencode(beside / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_BYTES_MAX:
        return beside
    return Path("/tmp") / f"hrp-{_digest(home)}"  # noqa: S108 - _own_folder checks the owner


def _own_folder(folder: Path, account: ServiceAccount) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {os.geteuid(), account.uid}:
        raise PostgresUnavailableError(f"{folder} belongs to somebody else; remove it and retry")
    account.own(folder)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _open_lock(path: Path) -> _LockFd:
    return _LockFd(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def _is_last(hold: _LockFd) -> bool:
    """Whether a shared hold can become an exclusive one: nobody else has the cluster."""
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _starter_lock(home: Path) -> Iterator[None]:
    """One starter or stopper at a time. A folder removed while waiting is made again."""
    path = home / "start.lock"
    while True:
        home.mkdir(parents=True, exist_ok=True, mode=0o711)
        lock = _open_lock(path)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists() and path.stat().st_ino == os.fstat(lock).st_ino:
                yield
                return
        finally:
            os.close(lock)


def _remove(home: Path, socket_dir: Path) -> None:
    shutil.rmtree(socket_dir, ignore_errors=True)
    shutil.rmtree(home)
