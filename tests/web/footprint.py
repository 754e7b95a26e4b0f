"""What the database holds, table by table, so that a test can say that nothing changed."""

from collections.abc import Iterable

from sqlalchemy import text

from mobile_hrp.models.tables import metadata
from mobile_hrp.runtime.database import Database

Footprint = dict[str, tuple[int, str]]

_TABLES = sorted(name for name, table in metadata.tables.items() if "hospital_id" in table.columns)


async def footprint(owner: Database, hospital_id: int) -> Footprint:
    """Rows and a digest of their content, for every table, as the owner of the tables sees it."""
    parts = " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS n,"  # noqa: S608 - names of our own tables
        f" coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS digest"
        f' FROM "{name}" t WHERE hospital_id = :hospital_id'
        for name in _TABLES
    )
    async with owner.reading(hospital_id) as session:
        rows = (await session.execute(text(parts), {"hospital_id": hospital_id})).all()
    return {row.name: (row.n, row.digest) for row in rows}


def changed(before: Footprint, after: Footprint, *, but: Iterable[str] = ()) -> list[str]:
    """The tables that differ, without those that may."""
    allowed = set(but)
    return sorted(name for name in before if name not in allowed and before[name] != after[name])
