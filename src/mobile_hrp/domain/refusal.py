"""An expected refusal: something a user asked for that the rules do not allow.

A refusal is data. It has a stable code (catalogued with Chinese and English messages and the next
step in ``mobile_contract/errors.yaml``), the path of the field it is about, and the values that
decided. It never carries text for the user.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RefusalDetail:
    """One reason. ``path`` uses the input's field names (``lines.0.amount``); empty: the whole."""

    code: str
    path: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error of the program
    """Raised by domain and services; the edge turns it into ``userErrors`` and rolls back."""

    def __init__(self, code: str, *, path: str = "", **params: str | int) -> None:
        self.details: tuple[RefusalDetail, ...] = (RefusalDetail(code, path, params),)
        super().__init__(code)

    @classmethod
    def of(cls, details: tuple[RefusalDetail, ...]) -> "Refusal":
        """A refusal for several reasons at once; the first one names it."""
        refusal = cls(details[0].code)
        refusal.details = details
        return refusal

    @property
    def code(self) -> str:
        return self.details[0].code
