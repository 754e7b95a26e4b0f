"""Money as a string of yuan outside, integer fen inside. Dates and times are Strawberry's own."""

from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLError
from starlette.datastructures import UploadFile
from strawberry.types.scalar import ScalarDefinition

from mobile_hrp.domain.money import format_money, parse_money
from mobile_hrp.domain.refusal import Refusal, RefusalDetail

_TEXT_MAX = 64


@dataclass(frozen=True, slots=True)
class Money:
    """An amount at the edge. A bad amount travels as its refusal until ``at`` names the field.

    That way "12.345" answers as a userError of its own line, not as a malformed request.
    """

    fen: int
    fault: RefusalDetail | None = None

    def at(self, path: str) -> int:
        """The amount in fen; raises the Refusal of a bad amount with its field path."""
        if self.fault is not None:
            raise Refusal(self.fault.code, path=path, **self.fault.params)
        return self.fen


def _parse(value: Any) -> Money:
    if not isinstance(value, str) or len(value) > _TEXT_MAX:
        raise GraphQLError("Money is a string such as '12.34'")
    try:
        return Money(parse_money(value))
    except Refusal as refusal:
        return Money(0, fault=refusal.details[0])


def _serialize(value: Any) -> str:
    if not isinstance(value, Money):
        raise GraphQLError("not an amount")
    return format_money(value.fen)


def _parse_upload(value: Any) -> UploadFile:
    if not isinstance(value, UploadFile):
        raise GraphQLError("a file is sent as a part of a multipart request")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    Money: strawberry.scalar(
        name="Money",
        description='An amount in yuan as a string with two decimals, "1234.56".',
        serialize=_serialize,
        parse_value=_parse,
    ),
    UploadFile: strawberry.scalar(
        name="Upload",
        description="A file part of a multipart request.",
        parse_value=_parse_upload,
    ),
}
