"""How a finding names the standard it was measured by."""

from collections.abc import Mapping

from mobile_hrp.domain.policy.tables import Standard
from mobile_hrp.domain.policy.terms import Evidence


def cited(standard: Standard) -> Mapping[str, Evidence]:
    """``source`` is the document the figure comes from, ``table`` where it stands here."""
    table = standard.table
    return {"source": table.source, "table": f"{table.code}@{table.version}"}
