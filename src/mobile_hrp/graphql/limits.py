"""What one operation may cost, decided in a single memoised pass before anything else looks at it.

Strawberry's own depth and alias limiters walk fragments without a memo, so that a 1 KB query of
nested spreads costs hours of CPU. Here each fragment is measured once, and before validation, whose
comparing of fields is quadratic. The node cost multiplies along ``first`` (a variable counts as the
largest page), as GitHub's limit does. The limits stand in ``mobile_contract/limits.toml``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
)

from mobile_hrp.graphql.json_text import UNSTORABLE
from mobile_hrp.graphql.pagination import PAGE_MAX
from mobile_hrp.mobile_contract.limits import operation_limits

_NESTING_MAX = 200
"""Levels that are walked at most; far above the depth that is allowed, far below the stack."""
_BIGGEST = 10**9
"""No larger figure is told; a bomb's true cost has hundreds of digits."""
_NO_KEYS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that are compared with a Cost; those of the text are the parser's."""

    depth: int
    aliases: int
    directives: int
    repeats: int
    nodes: int
    fields: int


LIMITS = Limits(**{name: operation_limits()[name].limit for name in Limits.__dataclass_fields__})


_WRAPPED_TYPE = "ofType"
"""Of introspection: what a list or a non-null is of. Tools ask nine times for it, one in the other,
and it ends where the type does; counting it would keep GraphiQL from loading the schema."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Depth in levels; aliases, directives, fields as written out with fragments; nodes as objects.

    ``repeats`` counts fields that stand at their place already.
    """

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    nodes: int = 0
    fields: int = 0
    repeats: int = 0


class FragmentCycleError(ValueError):
    """Fragments spread each other in a circle; ``name`` is one of them."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


def measure(document: DocumentNode) -> list[Cost]:
    """The cost of each operation in the document, in time linear in its length.

    Raises:
        FragmentCycleError: the document has no end.
    """
    return _Measure(document).operations()


@dataclass(frozen=True, slots=True)
class _Measured:
    cost: Cost
    keys: Mapping[str, int]
    """Response key -> how often it is asked for at this place, fragments spread out."""


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._fragments: dict[str, FragmentDefinitionNode] = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, _Measured] = {}
        self._open: set[str] = set()
        self._level = 0

    def operations(self) -> list[Cost]:
        costs = [
            self._at_one_place(self._of(node.selection_set))
            for node in self._document.definitions
            if isinstance(node, OperationDefinitionNode)
        ]
        unused = [name for name in self._fragments if name not in self._known]
        # validation compares the fields of unused fragments as well
        return costs + [self._at_one_place(self._of_fragment(name)) for name in unused]

    @staticmethod
    def _at_one_place(measured: _Measured) -> Cost:
        """The cost of a whole place in the answer, with the keys that it repeats."""
        cost, keys = measured.cost, measured.keys
        repeats = cost.repeats + sum(keys.values()) - len(keys)
        return Cost(cost.depth, cost.aliases, cost.directives, cost.nodes, cost.fields, repeats)

    def _of(self, selection: SelectionSetNode) -> _Measured:
        if self._level >= _NESTING_MAX:
            return _Measured(Cost(depth=_NESTING_MAX), _NO_KEYS)
        self._level += 1
        depth = aliases = directives = nodes = fields = repeats = 0
        keys: dict[str, int] = {}
        for node in selection.selections:
            part = self._of_node(node)
            depth = max(depth, part.cost.depth)
            aliases += part.cost.aliases
            directives += part.cost.directives + len(node.directives or ())
            nodes += part.cost.nodes
            fields += part.cost.fields
            repeats += part.cost.repeats
            for key, times in part.keys.items():
                keys[key] = keys.get(key, 0) + times
        self._level -= 1
        return _Measured(Cost(depth, aliases, directives, nodes, fields, repeats), keys)

    def _of_node(self, node: Any) -> _Measured:
        if isinstance(node, FieldNode):
            return self._of_field(node)
        if isinstance(node, InlineFragmentNode):
            return self._of(node.selection_set)
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value)
        return _NOTHING

    def _of_field(self, node: FieldNode) -> _Measured:
        selection = node.selection_set
        below = self._at_one_place(self._of(selection)) if selection else Cost()
        rows = _page_size(node)
        key = (node.alias or node.name).value
        return _Measured(
            Cost(
                depth=below.depth + (node.name.value != _WRAPPED_TYPE),
                aliases=below.aliases + (1 if node.alias else 0),
                directives=below.directives,
                nodes=rows * ((1 if selection else 0) + below.nodes),
                fields=below.fields + 1,
                repeats=below.repeats,
            ),
            {key: 1},
        )

    def _of_fragment(self, name: str) -> _Measured:
        if name in self._known:
            return self._known[name]
        if name in self._open:
            raise FragmentCycleError(name)
        if name not in self._fragments:
            return _NOTHING  # an unknown name: validation refuses it
        self._open.add(name)
        measured = self._of(self._fragments[name].selection_set)
        self._open.discard(name)
        self._known[name] = measured
        return measured


_NOTHING = _Measured(Cost(), _NO_KEYS)


def _page_size(node: FieldNode) -> int:
    for argument in node.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, IntValueNode):
                return min(max(int(argument.value.value[:9]), 1), 10 * PAGE_MAX)
            if isinstance(argument.value, VariableNode):
                return PAGE_MAX
    return 1


def breaches(cost: Cost, limits: Limits = LIMITS) -> Mapping[str, tuple[int, int]]:
    """Measure name -> (actual, limit) for each limit that is exceeded."""
    pairs = {
        name: (getattr(cost, name), getattr(limits, name)) for name in Limits.__dataclass_fields__
    }
    return {name: pair for name, pair in pairs.items() if pair[0] > pair[1]}


def too_costly(measure_name: str, actual: int) -> GraphQLError:
    """The refusal of an operation over a limit of ``limits.toml``."""
    limit = operation_limits()[measure_name]
    params = {
        "measure": measure_name,
        "measure_zh": limit.zh,
        "actual": min(actual, _BIGGEST),
        "limit": limit.limit,
    }
    return GraphQLError(
        f"{measure_name} over {limit.limit}",
        extensions={"code": "QUERY_TOO_COSTLY", "params": params},
    )


class TextRule(ASTValidationRule):
    """Refuses a literal with a character that cannot be stored, as the body's own strings are."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if UNSTORABLE.search(node.value):
            self.report_error(
                GraphQLError(
                    "unstorable text",
                    extensions={"code": "BAD_REQUEST", "params": {"reason": "broken character"}},
                )
            )
