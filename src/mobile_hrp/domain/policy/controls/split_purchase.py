"""C14 拆单规避: amounts that each stay below a limit and together do not."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from mobile_hrp.domain.policy.citing import cited
from mobile_hrp.domain.policy.facts.spending import RecentSpending, Spending
from mobile_hrp.domain.policy.spending import spendings
from mobile_hrp.domain.policy.tables import ANY, Standard
from mobile_hrp.domain.policy.terms import (
    ControlFunction,
    Observation,
    PolicyContext,
    PolicyDocument,
)

_LIMITS: Final = "split_purchase_limit"


def check(document: PolicyDocument, context: PolicyContext) -> Iterable[Observation]:
    """One observation per seller and type of expense, for the highest limit that is crossed."""
    window = context.tables.find("retention_days", {"rule": "split_purchase_window"}, document.on)
    if window is None:
        return
    earliest = document.on - timedelta(days=window.whole("days"))
    recent = [one for one in context.of(RecentSpending).items if earliest <= one.on <= document.on]
    limits = context.tables.rows(_LIMITS, document.on)
    for (expense_type, merchant), own in _grouped(spendings(document)).items():
        alike = [
            one for one in recent if one.expense_type == expense_type and one.merchant == merchant
        ]
        fitting = [one for one in limits if one.text("expense_type") in (ANY, expense_type)]
        for limit in sorted(fitting, key=lambda one: one.fen("limit"), reverse=True):
            pieces = _pieces(own, alike, limit)
            if pieces:
                yield _observed(pieces, limit, window)
                break


def _grouped(items: Sequence[Spending]) -> dict[tuple[str, str], list[Spending]]:
    groups: dict[tuple[str, str], list[Spending]] = {}
    for item in items:
        groups.setdefault((item.expense_type, item.merchant), []).append(item)
    return groups


def _pieces(own: list[Spending], alike: list[Spending], limit: Standard) -> list[Spending]:
    """The amounts that make a whole above the limit; none where one of ours is above it alone."""
    most = limit.fen("limit")
    pieces = [*own, *(one for one in alike if one.amount_fen <= most)]
    if len(pieces) < 2 or any(one.amount_fen > most for one in own):  # noqa: PLR2004 - a split has parts
        return []
    return pieces if sum(one.amount_fen for one in pieces) > most else []


def _observed(pieces: list[Spending], limit: Standard, window: Standard) -> Observation:
    total = sum(piece.amount_fen for piece in pieces)
    return Observation(
        "split",
        pieces[0].path,
        {
            "expense_type": pieces[0].expense_type,
            "seller": next((piece.seller for piece in pieces if piece.seller), ""),
            "pieces": len(pieces),
            "total_fen": total,
            "limit_fen": limit.fen("limit"),
            "meaning": limit.text("meaning"),
            "documents": tuple(dict.fromkeys(one.document for one in pieces if one.document)),
            "days": window.whole("days"),
            **cited(limit),
        },
    )


CONTROL = ControlFunction(
    key="split_purchase",
    check=check,
    needs=(RecentSpending,),
    tables=(_LIMITS, "retention_days"),
    applies=lambda document: bool(document.lines),
)
