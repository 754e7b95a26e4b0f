"""When the process must not start."""

import secrets

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.engine import make_url

from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.provisioning import DatabaseUrls
from mobile_hrp.runtime.safety import (
    DatabaseFacts,
    UnsafeStartError,
    read_database_facts,
    refusals_to_start,
    refuse_unsafe_start,
    secret_weaknesses,
)
from mobile_hrp.runtime.settings import Environment, Settings

GOOD_SECRET = secrets.token_urlsafe(32)
GOOD_ROLE = DatabaseFacts("hrp_app", superuser=False, bypasses_row_security=False)
OUTSIDE_DEMO = [kind for kind in Environment if kind is not Environment.DEMO]


def configured(
    *,
    environment: Environment = Environment.PRODUCTION,
    secret: str = GOOD_SECRET,
    debug: bool = False,
) -> Settings:
    return Settings(
        _env_file=None, environment=environment, secret_key=SecretStr(secret), debug=debug
    )


@pytest.mark.parametrize("environment", Environment)
def test_a_good_configuration_starts_everywhere(environment: Environment) -> None:
    assert refusals_to_start(configured(environment=environment), GOOD_ROLE) == []


@pytest.mark.parametrize("environment", OUTSIDE_DEMO)
def test_everything_wrong_is_said_at_once_outside_the_demo(environment: Environment) -> None:
    facts = DatabaseFacts(
        "postgres",
        superuser=True,
        bypasses_row_security=True,
        owned_tables=("staff",),
        open_tables=("credential",),
    )
    refusals = refusals_to_start(
        configured(environment=environment, secret="changeme", debug=True), facts
    )
    for part in (
        "shorter than",
        "default",
        "too regular",
        "HRP_DEBUG",
        "is a superuser",
        "bypasses row-level security",
        "owns tables: staff",
        "without row-level security: credential",
    ):
        assert sum(part in refusal for refusal in refusals) == 1, part


def test_the_demo_starts_with_anything() -> None:
    facts = DatabaseFacts("postgres", superuser=True, bypasses_row_security=True)
    demo = configured(environment=Environment.DEMO, secret="", debug=True)
    assert refusals_to_start(demo, facts) == []


@pytest.mark.parametrize("make", [secrets.token_urlsafe, secrets.token_hex])
def test_thirty_two_random_bytes_are_a_good_secret(make: object) -> None:
    assert callable(make)
    for _ in range(200):
        assert secret_weaknesses(make(32)) == []


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "changeme",
        "a" * 64,
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
        "0123456789" * 6,
        "my-hospital-secret-key-for-production-2026-v1",
        "django-insecure-default-please-change-me-later-ok",
        "zhonghuarenmingongheguozhonghuarenmingongheguo",
        "ab" * 32,
        "0ecd8fd554a08e37",  # token_hex(8)
        "BCH71uE_H17nWEC50vPemg",  # token_urlsafe(16)
    ],
)
def test_a_weak_secret_is_refused_without_being_repeated(secret: str) -> None:
    refusals = refusals_to_start(configured(secret=secret), GOOD_ROLE)
    assert refusals
    assert not secret or secret not in " ".join(refusals)


async def test_the_applications_role_may_do_nothing_it_must_not(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await read_database_facts(connection) == GOOD_ROLE


async def test_the_owner_of_the_tables_is_recognised(owner_database: Database) -> None:
    async with owner_database.engine.connect() as connection:
        facts = await read_database_facts(connection)
    assert not facts.superuser
    assert {"staff", "credential", "audit_event"} <= set(facts.owned_tables)
    with pytest.raises(UnsafeStartError, match="owns tables"):
        await refuse_unsafe_start(configured(), owner_database)


async def test_a_superuser_is_recognised(superuser_url: str, database_urls: DatabaseUrls) -> None:
    name = make_url(database_urls.app).database
    url = make_url(superuser_url).set(database=name).render_as_string(hide_password=False)
    almighty = Database(url)
    async with almighty.engine.connect() as connection:
        facts = await read_database_facts(connection)
    await almighty.close()
    assert facts.superuser
    assert facts.owned_tables == ()


async def test_a_table_without_row_level_security_is_found(
    database: Database, owner_database: Database
) -> None:
    async with owner_database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE credential DISABLE ROW LEVEL SECURITY"))
    with pytest.raises(UnsafeStartError) as refused:
        await refuse_unsafe_start(configured(), database)
    assert refused.value.reasons == ("tables without row-level security: credential",)


async def test_a_safe_configuration_is_let_through(database: Database) -> None:
    await refuse_unsafe_start(configured(), database)
