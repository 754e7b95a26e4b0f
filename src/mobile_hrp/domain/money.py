"""Amounts of money: whole fen inside, text with two decimals outside, never a float."""

import re
from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from mobile_hrp.domain.refusal import Refusal

FEN_PER_YUAN = 100
_PARTS = tuple(f".{part:02d}" for part in range(FEN_PER_YUAN))
"""What stands behind the yuan; a page may hold thousands of amounts."""
# 100 billion yuan: above any hospital's budget, and a million such amounts still fit in a BIGINT.
AMOUNT_FEN_MAX = 10**13
_TEXT_LENGTH_MAX = 32
_PLAIN = re.compile(
    r"(?P<sign>-?)(?P<yuan>0|[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]*)(?:\.(?P<part>[0-9]+))?"
)
_EXPONENT = re.compile(r"[+-]?[0-9.,]+[eE][+-]?[0-9]+")
_NOT_A_NUMBER = frozenset({"nan", "snan", "inf", "infinity"})


def parse_money(text: str, *, path: str = "", allow_negative: bool = False) -> int:
    """Read an amount in yuan as a person types it and return fen.

    Accepted: ASCII digits, commas between groups of three, at most two decimals, surrounding
    blanks, and a leading minus where ``allow_negative``. Nothing is rounded or guessed.

    Raises:
        Refusal: MONEY_EMPTY, MONEY_FULL_WIDTH, MONEY_NOT_A_NUMBER, MONEY_EXPONENT,
            MONEY_MALFORMED, MONEY_TOO_PRECISE, MONEY_NEGATIVE or MONEY_TOO_LARGE, at ``path``.
    """
    plain = text.strip(" \t\r\n")
    if not plain:
        raise Refusal("MONEY_EMPTY", path=path)
    if not plain.isascii():
        # Full-width digits are refused, not normalised: they come from pasted text, where a
        # full-width comma or an ideographic full stop is as likely, and guessing moves a decimal.
        raise Refusal("MONEY_FULL_WIDTH", path=path)
    if plain.lstrip("+-").lower() in _NOT_A_NUMBER:
        raise Refusal("MONEY_NOT_A_NUMBER", path=path)
    if len(plain) > _TEXT_LENGTH_MAX:
        raise Refusal("MONEY_TOO_LARGE", path=path, maximum=format_money(AMOUNT_FEN_MAX))
    if _EXPONENT.fullmatch(plain):
        raise Refusal("MONEY_EXPONENT", path=path)
    match = _PLAIN.fullmatch(plain)
    if match is None:
        raise Refusal("MONEY_MALFORMED", path=path)
    part = match["part"] or ""
    if len(part) > 2:  # noqa: PLR2004 - a yuan has two decimals
        raise Refusal("MONEY_TOO_PRECISE", path=path)
    fen = int(match["yuan"].replace(",", "")) * FEN_PER_YUAN + int(part.ljust(2, "0"))
    if fen > AMOUNT_FEN_MAX:
        raise Refusal("MONEY_TOO_LARGE", path=path, maximum=format_money(AMOUNT_FEN_MAX))
    if match["sign"] and fen and not allow_negative:
        raise Refusal("MONEY_NEGATIVE", path=path)
    return -fen if match["sign"] else fen


def format_money(fen: int) -> str:
    """``123456`` fen -> ``"1234.56"``; the inverse of :func:`parse_money`."""
    if fen < 0:
        return f"-{format_money(-fen)}"
    return f"{fen // FEN_PER_YUAN}{_PARTS[fen % FEN_PER_YUAN]}"


def allot(total_fen: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Split ``total_fen`` in proportion to ``weights`` so that the parts sum to it exactly.

    Each part is its exact share rounded towards zero; the fen left over go one each to the
    largest remainders, the earlier position first among equals. The same input always gives the
    same parts, no part is a whole fen away from its exact share, and a weight of zero gets zero.

    Raises:
        Refusal: ALLOT_NO_WEIGHT without a positive weight, ALLOT_NEGATIVE_WEIGHT (``position``).
    """
    for position, weight in enumerate(weights):
        if weight < 0:
            raise Refusal("ALLOT_NEGATIVE_WEIGHT", path=str(position), position=position)
    # Over one denominator the shares are whole numbers: as exact as fractions, and much faster.
    denominator = lcm(*(weight.denominator for weight in weights))
    exact = [weight.numerator * (denominator // weight.denominator) for weight in weights]
    whole = sum(exact)
    if not whole:
        raise Refusal("ALLOT_NO_WEIGHT")
    magnitude = abs(total_fen)
    shares = [divmod(magnitude * weight, whole) for weight in exact]
    parts = [part for part, _ in shares]
    by_remainder = sorted(range(len(parts)), key=lambda position: (-shares[position][1], position))
    for position in by_remainder[: magnitude - sum(parts)]:
        parts[position] += 1
    return parts if total_fen >= 0 else [-part for part in parts]
