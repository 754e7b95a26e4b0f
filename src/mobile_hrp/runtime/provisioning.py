"""Roles and databases, made by a superuser: what an administrator does once in production.

Two roles share a database. ``hrp_owner`` owns it and runs the migrations; ``hrp_app`` is what the
programs connect as: it owns nothing, so row-level security holds for it, and what it may do is
granted table by table in the migrations.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import asyncpg
from sqlalchemy.engine import URL, make_url

OWNER_ROLE = "hrp_owner"
APP_ROLE = "hrp_app"
_PLAIN_ROLE = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"


@dataclass(frozen=True)
class DatabaseUrls:
    """How each role reaches one database."""

    owner: str
    app: str


def provision_database(superuser_url: str, name: str) -> DatabaseUrls:
    """Create the roles and the database ``name`` where missing.

    Where ``superuser_url`` carries a password, both roles get the same one: such a server is a
    throw-away of a test run, a real one has its roles already. May be called with or without a
    running event loop; blocks until done.
    """
    with ThreadPoolExecutor(max_workers=1) as elsewhere:
        return elsewhere.submit(asyncio.run, _provision(superuser_url, name)).result()


def database_urls(superuser_url: str, name: str) -> DatabaseUrls:
    """The URLs of a database on the server of ``superuser_url``, which need not exist yet."""
    server = make_url(superuser_url).set(database=name)
    return DatabaseUrls(
        owner=_render(server.set(username=OWNER_ROLE)), app=_render(server.set(username=APP_ROLE))
    )


async def create_from_template(superuser_url: str, name: str, template: str) -> DatabaseUrls:
    """Copy a migrated database on which nobody is connected: tens of milliseconds."""
    await _execute(
        superuser_url,
        f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template)} OWNER {OWNER_ROLE}"
        # Half the time of the default where fsync is off, which is where copies are made.
        " STRATEGY FILE_COPY",
        # Database privileges are not copied with the template.
        *_connect_grants(name),
    )
    return database_urls(superuser_url, name)


async def drop_database(superuser_url: str, name: str) -> None:
    """Drop a database, ending the connections it still has."""
    await _execute(superuser_url, f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")


async def _provision(superuser_url: str, name: str) -> DatabaseUrls:
    connection = await asyncpg.connect(_dsn(superuser_url))
    try:
        # Roles belong to the whole server: one program at a time looks and creates.
        await connection.execute("SELECT pg_advisory_lock(hashtext('mobile-hrp provisioning'))")
        password = make_url(superuser_url).password
        for role in (OWNER_ROLE, APP_ROLE):
            await _ensure_role(connection, role, password)
        known = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        if not known:
            await connection.execute(f"CREATE DATABASE {_quoted(name)} OWNER {OWNER_ROLE}")
        for grant in _connect_grants(name):
            await connection.execute(grant)
    finally:
        await connection.close()
    return database_urls(superuser_url, name)


async def _ensure_role(connection: asyncpg.Connection, role: str, password: str | None) -> None:
    known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    # Said again for a known role: a grown privilege would silently switch row security off.
    await connection.execute(f"{verb} ROLE {role} {_PLAIN_ROLE}")
    if password:
        statement = await connection.fetchval(
            "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", role, password
        )
        await connection.execute(statement)


def _connect_grants(name: str) -> tuple[str, str]:
    database = _quoted(name)
    return (
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {APP_ROLE}",
    )


async def _execute(superuser_url: str, *statements: str) -> None:
    connection = await asyncpg.connect(_dsn(superuser_url))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _dsn(url: str) -> str:
    return _render(make_url(url).set(drivername="postgresql"))


def _render(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
