"""Reasons not to start: an installation that would be open is worse than one that is down."""

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.settings import Environment

MIN_SECRET_LENGTH = 43
"""32 random bytes are 43 characters of base64 (or 64 of hex)."""
_MIN_ENTROPY_BITS = 170
_DEFAULT_LOOKING = re.compile(
    r"change.?me|default|example|secret|password|passwd|your.?key|placeholder|sample"
    r"|dummy|qwerty|letmein|abcdef|0123456|1234567|admin|mobile.?hrp|hospital",
    re.IGNORECASE,
)


class StartSettings(Protocol):
    """The part of Settings that decides."""

    @property
    def environment(self) -> Environment: ...
    @property
    def debug(self) -> bool: ...
    @property
    def secret_key(self) -> SecretStr: ...


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What the application's connection could do that it must not.

    ``owned_tables``: tables the role owns, or could by a role it belongs to; an owner is not bound
    by row-level security. ``open_tables``: tables with a hospital_id but without that security.
    """

    role: str
    superuser: bool
    bypasses_row_security: bool
    owned_tables: tuple[str, ...] = ()
    open_tables: tuple[str, ...] = ()


class UnsafeStartError(Exception):
    """The process must not serve; ``reasons`` says everything that has to be put right."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("refusing to start: " + "; ".join(self.reasons))


async def refuse_unsafe_start(settings: StartSettings, database: Database) -> None:
    """Raise UnsafeStartError when this configuration must not serve."""
    async with database.engine.connect() as connection:
        facts = await read_database_facts(connection)
    if reasons := refusals_to_start(settings, facts):
        raise UnsafeStartError(reasons)


def refusals_to_start(settings: StartSettings, facts: DatabaseFacts) -> list[str]:
    """Say everything that forbids starting; empty means go. The demo is exempt, nothing else is."""
    if settings.environment is Environment.DEMO:
        return []
    refusals = [
        f"HRP_SECRET_KEY {weakness}"
        for weakness in secret_weaknesses(settings.secret_key.get_secret_value())
    ]
    if settings.debug:
        refusals.append("HRP_DEBUG is on")
    role = f"database role {facts.role!r}"
    if facts.superuser:
        refusals.append(f"{role} is a superuser")
    if facts.bypasses_row_security:
        refusals.append(f"{role} bypasses row-level security")
    if facts.owned_tables:
        refusals.append(f"{role} owns tables: {', '.join(facts.owned_tables)}")
    if facts.open_tables:
        refusals.append(f"tables without row-level security: {', '.join(facts.open_tables)}")
    return refusals


def secret_weaknesses(secret: str) -> list[str]:
    """Say what is wrong with a root secret, never repeating any of it."""
    if not secret:
        return ["is not set"]
    weaknesses = []
    if len(secret) < MIN_SECRET_LENGTH:
        weaknesses.append(f"is shorter than {MIN_SECRET_LENGTH} characters")
    if _DEFAULT_LOOKING.search(secret):
        weaknesses.append("looks like a default or an example")
    if _entropy_bits(secret) < _MIN_ENTROPY_BITS:
        weaknesses.append("is too regular to be random")
    return weaknesses


def _entropy_bits(secret: str) -> float:
    """Estimate the entropy from how often characters, and steps between them, repeat.

    32 random bytes measure 190 to 220 bits in base64 and 225 to 255 in hex (2,000 tries); "aaaa",
    "abcdef" and "abababab" next to nothing (the latter two by their steps), and a sentence of 43
    letters about 165.
    """
    steps = [ord(after) - ord(before) for before, after in itertools.pairwise(secret)]
    return min(_shannon_bits(list(secret)), _shannon_bits(steps))


def _shannon_bits(symbols: list[str] | list[int]) -> float:
    total = len(symbols)
    counts = Counter[str | int](symbols).values()
    return -sum(count * math.log2(count / total) for count in counts)


_ROLE = text(
    "SELECT current_user::text, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
)
_OWNED = text(
    "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    " AND n.nspname !~ '^pg_' AND pg_has_role(current_user, c.relowner, 'MEMBER') ORDER BY 1"
)
_OPEN = text(
    "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'hospital_id' AND a.attnum > 0"
    " WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' AND NOT c.relrowsecurity ORDER BY 1"
)


async def read_database_facts(connection: AsyncConnection) -> DatabaseFacts:
    """Ask PostgreSQL what this connection's role may do. Reads catalogues only."""
    role, superuser, bypasses = (await connection.execute(_ROLE)).one()
    # a superuser is a member of every role: its ownerships would only repeat the first refusal
    owned = [] if superuser else (await connection.execute(_OWNED)).scalars().all()
    unfenced = (await connection.execute(_OPEN)).scalars().all()
    return DatabaseFacts(
        role=role,
        superuser=superuser,
        bypasses_row_security=bypasses,
        owned_tables=tuple(owned),
        open_tables=tuple(unfenced),
    )
