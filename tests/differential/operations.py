"""Random operations over what can be compiled: selections, fragments, directives, pages."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from tests.differential.rows import Filled

from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.ids import encode_id

_DEPTH_MAX = 4
_LISTS_BELOW = frozenset({"lines", "route", "timeline", "pendingTasks", "parts"})


@dataclass(frozen=True, slots=True)
class RandomOperation:
    """A document with values for its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class Writer:
    """Writes operations from a source of randomness; ``cursors`` are those seen in answers."""

    schema: GraphQLSchema
    mappings: Mappings
    filled: Filled
    random: random.Random
    cursors: list[str] = field(default_factory=list)

    def operation(self) -> RandomOperation:
        return Operation(self).written()


class Operation:
    """One random operation while it is written."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._random = writer.random
        self._declared: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._fragments: list[str] = []
        self._keys = 0

    def written(self) -> RandomOperation:
        roots = [self._root() for _ in range(self._random.choice((1, 1, 1, 2, 3)))]
        given = ", ".join(f"${name}: {kind}" for name, kind in self._declared.items())
        head = f"query Random({given})" if given else "query Random"
        text = f"{head} {{ {' '.join(roots)} }} {' '.join(self._fragments)}"
        return RandomOperation(text, self._values)

    def _root(self) -> str:
        makers: dict[str, Callable[[str], str]] = {
            "todo": self._tasks,
            "done": self._tasks,
            "copiedToMe": self._tasks,
            "myDocuments": self._page,
            "myReceipts": self._page,
            "inbox": self._page,
            "document": self._by_id,
            "receipt": self._by_id,
            "todoCounts": lambda _: "",
            "unreadCount": lambda _: "",
            "inboxVersion": lambda _: "",
        }
        name = self._random.choice(list(makers))
        query = self._writer.schema.query_type
        assert query is not None
        output = get_named_type(query.fields[name].type)
        arguments = makers[name](name)
        head = f"{self._alias()}{name}{arguments}{self._directive()}"
        if not isinstance(output, GraphQLObjectType):
            return head
        return f"{head} {self._selection(output, 0)}"

    def _page(self, name: str) -> str:
        given = [f"first: {self._variable('Int!', self._first())}"]
        if self._random.random() < 0.4:
            given.append(f"after: {self._variable('String', self._after())}")
        if name == "inbox" and self._random.random() < 0.5:
            given.append(f"unreadOnly: {self._variable('Boolean!', self._truth())}")
        if name == "myDocuments" and self._random.random() < 0.5:
            statuses = self._some("DocumentStatus")
            given.append(f"statuses: {self._variable('[DocumentStatus!]', statuses)}")
        if name == "myReceipts" and self._random.random() < 0.6:
            wanted = self._filter(
                {
                    "kinds": lambda: self._some("ReceiptKind"),
                    "statuses": lambda: self._some("ReceiptStatus"),
                    "used": lambda: self._random.choice((True, False, None)),
                    "discarded": self._truth,
                    "search": lambda: self._random.choice(("", "", "x")),
                }
            )
            given.append(f"filter: {self._variable('ReceiptFilterInput', wanted)}")
        return f"({', '.join(given)})"

    def _tasks(self, name: str) -> str:
        page = self._page(name)[1:-1]
        given = [page]
        if self._random.random() < 0.5:
            wanted = self._filter(
                {
                    "scenarioCodes": lambda: self._random.choice(
                        ([], ["travel"], ["loan", "none"], ["x"] * (101 if self._wrong() else 9))
                    ),
                    "amountMin": lambda: self._random.choice(
                        ("-1", "1.234") if self._wrong() else (None, "0.01", "1")
                    ),
                    "amountMax": lambda: self._random.choice(
                        ("many", "") if self._wrong() else (None, "1.00", "99999999")
                    ),
                    "overdueOnly": self._truth,
                }
            )
            given.append(f"filter: {self._variable('TaskFilterInput', wanted)}")
        if name == "copiedToMe" and self._random.random() < 0.5:
            given.append(f"unreadOnly: {self._variable('Boolean!', self._truth())}")
        return f"({', '.join(given)})"

    def _filter(self, parts: dict[str, Any]) -> Any:
        if self._random.random() < 0.1:
            return None
        return {name: make() for name, make in parts.items() if self._random.random() < 0.4}

    def _by_id(self, name: str) -> str:
        filled = self._writer.filled
        keys: Sequence[Any] = filled.documents if name == "document" else filled.receipts
        kind = "Document" if name == "document" else "Receipt"
        named = self._random.choice(("Task", "Staff")) if self._wrong() else kind
        key: Any = encode_id(named, self._random.choice(list(keys)))
        if self._wrong():
            key = "no id"
        return f"(id: {self._variable('ID!', str(key))})"

    def _wrong(self) -> bool:
        return self._random.random() < 0.02

    def _first(self) -> int:
        return self._random.choice((0, 101)) if self._wrong() else self._random.randint(1, 13)

    def _after(self) -> str | None:
        if self._wrong():
            return self._random.choice((None, "no cursor", "W10"))
        return self._random.choice(self._writer.cursors) if self._writer.cursors else None

    def _truth(self) -> bool:
        return self._random.choice((True, False))

    def _some(self, enum: str) -> list[str]:
        kind: Any = self._writer.schema.type_map[enum]
        names = list(kind.values)
        return self._random.sample(names, self._random.randint(0, min(3, len(names))))

    def _variable(self, kind: str, value: Any) -> str:
        """The value as a literal where that is as easy, else as a new variable."""
        plain = value is None or isinstance(value, bool | int | str)
        nullable = not kind.endswith("!")
        if plain and (value is not None or nullable) and self._random.random() < 0.3:
            return "null" if value is None else _literal(value)
        name = f"v{len(self._declared)}"
        self._declared[name] = kind
        if value is not None or self._random.random() < 0.5:
            self._values[name] = value
        return f"${name}"

    def _alias(self) -> str:
        """Often new, so that two roots of a name stand side by side; else always its own."""
        self._keys += 1
        return f"a{self._keys}: " if self._random.random() < 0.3 else f"k{self._keys}_: "

    def _directive(self) -> str:
        if self._random.random() > 0.15:
            return ""
        name = self._random.choice(("include", "skip"))
        kept = name == "include"
        value = kept if self._random.random() < 0.8 else not kept
        return f" @{name}(if: {self._variable('Boolean!', value)})"

    def _selection(self, kind: GraphQLObjectType, depth: int) -> str:
        parts = [self._field(kind, name, depth) for name in self._names(kind, depth)]
        if self._random.random() < 0.15:
            parts.append("__typename")
        if self._random.random() < 0.1:
            parts.append(f"kind_of: __typename{self._directive()}")
        if len(parts) > 1 and self._random.random() < 0.25:
            parts = [self._in_fragment(kind, parts)]
        return f"{{ {' '.join(parts)} }}"

    def _in_fragment(self, kind: GraphQLObjectType, parts: list[str]) -> str:
        cut = self._random.randint(0, len(parts) - 1)
        inside, outside = " ".join(parts[cut:]), " ".join(parts[:cut])
        if self._random.random() < 0.5:
            on = self._random.choice((f" on {kind.name}", ""))
            return f"{outside} ...{on}{self._directive()} {{ {inside} }}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {kind.name} {{ {inside} }}")
        return f"{outside} ...{name}{self._directive()}"

    def _field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        output = get_named_type(kind.fields[name].type)
        head = f"{self._alias_of_field(name)}{name}{self._directive()}"
        if is_leaf_type(output):
            return head
        assert isinstance(output, GraphQLObjectType)
        return f"{head} {self._selection(output, depth + 1)}"

    def _alias_of_field(self, name: str) -> str:
        if self._random.random() > 0.15:
            return ""
        self._keys += 1
        return f"{self._random.choice(('order', 'Aa', 'select', name))}_{self._keys}: "

    def _names(self, kind: GraphQLObjectType, depth: int) -> list[str]:
        mapped = self._writer.mappings.of(kind.name) or kind.fields
        leaves = [name for name in mapped if is_leaf_type(get_named_type(kind.fields[name].type))]
        deeper = [name for name in mapped if name not in leaves]
        if kind.name.endswith(("Connection", "Edge")):
            return self._sample(list(mapped), 1, len(mapped))
        if depth >= _DEPTH_MAX + 2:
            deeper = []
        elif depth > _DEPTH_MAX:
            deeper = [name for name in deeper if name not in _LISTS_BELOW]
        names = self._sample(leaves, 1, 5) + self._sample(deeper, 0, 2)
        self._random.shuffle(names)
        return names or [next(iter(mapped))]

    def _sample(self, names: list[str], least: int, most: int) -> list[str]:
        most = min(most, len(names))
        return self._random.sample(names, self._random.randint(min(least, most), most))


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
