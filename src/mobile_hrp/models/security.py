"""Row-level security and grants, said once for all tables.

The application's role ``hrp_app`` owns no table. Each tenant table shows only the hospital named by
``app.hospital_id``; an unset or empty setting shows nothing (``nullif`` because the setting reads
'' after a transaction). Append-only tables grant no UPDATE and no DELETE.
"""

from collections.abc import Iterator

APP_ROLE = "hrp_app"
CURRENT_HOSPITAL = "nullif(current_setting('app.hospital_id', true), '')::int"
OWNED_TABLES = frozenset(
    {
        "dispute_evidence",
        "payout_line",
        "performance_dispute",
        "performance_key",
        "performance_look",
        "secondary_share",
        "workload_fact",
    }
)
"""Tables with an ``owner_policy``: what they show depends on ``app.staff_id``."""
CURRENT_STAFF = "nullif(current_setting('app.staff_id', true), '')::uuid"


def tenant_policy(table: str, *, append_only: bool = False) -> Iterator[str]:
    """The statements that fence one tenant table and open it to the application's role."""
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield (
        f"CREATE POLICY {table}_tenant ON {table} TO {APP_ROLE}"
        f" USING (hospital_id = {CURRENT_HOSPITAL})"
        f" WITH CHECK (hospital_id = {CURRENT_HOSPITAL})"
    )
    yield f"GRANT {rights} ON {table} TO {APP_ROLE}"


def owner_policy(table: str, column: str, readers: str) -> Iterator[str]:
    """Narrow a table to the person a row is about, or to those ``app.reads`` names.

    Restrictive: it is and-ed with the tenant policy. ``readers`` is the value of ``app.reads`` that
    a service sets after it has checked the permission for somebody else's rows.
    """
    yield (
        f"CREATE POLICY {table}_owner ON {table} AS RESTRICTIVE TO {APP_ROLE}"
        f" USING ({column} = {CURRENT_STAFF}"
        f" OR current_setting('app.reads', true) = '{readers}')"
    )
