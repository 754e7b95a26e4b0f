"""Taxpayer identification numbers.

The unified social credit code has 18 characters and a check character by GB 32100-2015: alphabet
without I, O, S, V, Z, weights 3**i mod 31, check = (31 - sum mod 31) mod 31. Older ids have 15
characters, and individuals use 17, 18 or 20 built on the identity card; those carry no check
character of this standard, so they can be well formed but never proven by a checksum.
"""

import enum
import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {character: index for index, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, index, 31) for index in range(17))
_USCC = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10}")
_OLD = re.compile(r"\d{15}|\d{6}[0-9A-Z]{9}")
_OLD_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_INDIVIDUAL = re.compile(r"\d{15}[0-9A-Z]{2}|\d{17}[0-9X]|\d{18}[0-9X]{2}|\d{17}X\d{2}")
# What optical readers confuse. Only ever used when exactly one repair satisfies the checksum.
CONFUSED = {
    "0": "ODQ", "1": "IL7T", "2": "Z7", "3": "8B", "4": "A", "5": "S6", "6": "5G8", "7": "12T",
    "8": "B36", "9": "G", "A": "4", "B": "83", "C": "G0", "D": "0", "E": "F", "F": "EP", "G": "69C",
    "H": "M", "J": "1", "K": "X", "L": "1", "M": "HN", "N": "MH", "P": "FR", "Q": "0", "R": "PK",
    "T": "71", "U": "0", "W": "M", "X": "KY", "Y": "X", "O": "0", "I": "1", "S": "5", "Z": "2",
    "V": "YU",
}  # fmt: skip


class TaxIdForm(enum.StrEnum):
    CHECKED = "checked"
    """18 characters with a right check character."""
    PLAUSIBLE = "plausible"
    """Well formed, but of a form without a check character."""
    WRONG = "wrong"


def check_character(body: str) -> str:
    """The 18th character for the first 17. Raises KeyError for a character outside the alphabet."""
    total = sum(
        _VALUE[character] * weight for character, weight in zip(body, _WEIGHTS, strict=True)
    )
    return ALPHABET[(31 - total % 31) % 31]


def form_of(tax_id: str) -> TaxIdForm:
    if _USCC.fullmatch(tax_id) and check_character(tax_id[:17]) == tax_id[17]:
        return TaxIdForm.CHECKED
    if _is_old(tax_id) or _INDIVIDUAL.fullmatch(tax_id):
        return TaxIdForm.PLAUSIBLE
    return TaxIdForm.WRONG


def _is_old(tax_id: str) -> bool:
    """15 characters: area and organisation code. With letters it may be the head of a longer id.

    The ninth character of an organisation code checks the others (GB 11714-1997), and only its
    holders have letters there.
    """
    if not _OLD.fullmatch(tax_id):
        return False
    body, check = tax_id[6:14], tax_id[14]
    if tax_id.isdigit():
        return True
    total = sum(int(c, 36) * weight for c, weight in zip(body, _OLD_WEIGHTS, strict=True))
    return check == "0123456789X0"[11 - total % 11]


def is_checked(tax_id: str) -> bool:
    return form_of(tax_id) is TaxIdForm.CHECKED


def repair(tax_id: str) -> str | None:
    """The one 18-character code that differs from a misread id by a single confusable character.

    None when the id is right already, or when no repair or more than one satisfies the checksum.
    Letters outside the alphabet (I, O, S, Z, V) are replaced first: they cannot occur.
    """
    if len(tax_id) != len(_WEIGHTS) + 1:
        return None
    cleaned = _without_impossible(tax_id)
    if any(character not in _VALUE for character in cleaned):
        return None
    if is_checked(cleaned):
        return cleaned if cleaned != tax_id else None
    found = {
        candidate
        for index, character in enumerate(cleaned)
        for other in CONFUSED.get(character, "")
        if other in _VALUE
        and is_checked(candidate := cleaned[:index] + other + cleaned[index + 1 :])
    }
    return found.pop() if len(found) == 1 else None


def is_as_printed(tax_id: str, text: str) -> bool:
    """Whether the id was read so, give or take letters that cannot occur; not guessed by a repair.

    A check character proves a reading. It proves nothing about an id that was chosen to satisfy it.
    """
    return _without_impossible(text) == tax_id


def _without_impossible(text: str) -> str:
    impossible = {"I": "1", "O": "0", "S": "5", "Z": "2", "V": "Y"}
    return "".join(impossible.get(character, character) for character in text.upper())
