"""Guards that every movement shares."""

from collections.abc import Sequence

from mobile_hrp.domain.budget.snapshot import LineSnapshot
from mobile_hrp.domain.money import AMOUNT_FEN_MAX, format_money
from mobile_hrp.domain.refusal import Refusal


def require_open(path: Sequence[LineSnapshot], field_path: str = "") -> None:
    for line in path:
        if line.closed:
            raise Refusal(
                "PERIOD_CLOSED",
                path=field_path,
                line=line.name,
                first_day=line.first_day.isoformat(),
                last_day=line.last_day.isoformat(),
            )


def require_amount(amount_fen: int, path: str) -> None:
    if amount_fen <= 0:
        raise Refusal("AMOUNT_NOT_POSITIVE", path=path, amount=format_money(amount_fen))
    if amount_fen > AMOUNT_FEN_MAX:
        raise Refusal("MONEY_TOO_LARGE", path=path, maximum=format_money(AMOUNT_FEN_MAX))
