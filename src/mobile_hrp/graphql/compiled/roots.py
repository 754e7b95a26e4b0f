"""What a root field of the API reads: its arguments as places, its rows with their predicate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.compiled.builder import Page
from mobile_hrp.graphql.compiled.mapping import Leaf, Rows, Setting
from mobile_hrp.graphql.compiled.places import Call, Given, UncompilableError
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.pagination import checked_first, decode_cursor
from mobile_hrp.services.askers import Members, OneOf

MOMENT = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """A root field as it was asked: arguments by their name in the API."""

    arguments: Mapping[str, Any]
    setting: Setting

    def truth(self, name: str) -> bool:
        """A Boolean argument; its value is part of the statement's shape."""
        return bool(self.arguments.get(name))

    def key(self, type_name: str, name: str) -> Any:
        """The key behind a global id. An id of another type is for the resolver to refuse."""
        return self.value(
            self.arguments[name], Uuid(), lambda text: decode_id(type_name, text, path=name)
        )

    def page(self, rows: Any, moment: Any, key: Any) -> Page:
        """The page that ``first`` and ``after`` ask for."""
        after = self.arguments.get("after")
        position = None
        if after is not None:
            position = (
                self.value(after, MOMENT, lambda text: decode_cursor(text)[0]),
                self.value(after, Uuid(), lambda text: decode_cursor(text)[1]),
            )
        first = self.value(self.arguments["first"], BigInteger(), checked_first)
        certain = not moment.property.columns[0].nullable
        return Page(rows, moment, key, first, position, moment_certain=certain)

    def value(self, given: Any, kind: Any, read: Callable[[Any], Any] = lambda it: it) -> Any:
        """A place for a value of the request, or an expression for one written in the document."""
        if isinstance(given, Given):
            return self.setting.place(kind, lambda call: read(given.of(call)))
        try:
            fixed = read(given)
        except Refusal as refusal:
            raise UncompilableError(refusal.code) from refusal
        return self.setting.place(kind, lambda _: fixed)

    def members(self, given: Any, read: Callable[[list[Any]], list[Any]] = list) -> Members:
        """A list of texts: none, or an array that is known when the statement runs."""
        if not given:
            return ()
        if isinstance(given, Given):
            return OneOf(self.setting.place(ARRAY(Text), lambda call: read(given.of(call))))

        def collected(call: Call) -> list[Any]:
            return read([one.of(call) if isinstance(one, Given) else one for one in given])

        return OneOf(self.setting.place(ARRAY(Text), collected))


Answer: TypeAlias = Page | Rows | Leaf | ColumnElement[Any]
Root: TypeAlias = Callable[[Asked], Answer]
