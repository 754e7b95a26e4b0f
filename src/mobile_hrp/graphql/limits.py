"""What one operation may cost, decided in a single memoised pass before it runs.

Strawberry's own depth and alias limiters walk fragments without a memo, so that a 1 KB query of
nested spreads costs hours of CPU. Here each fragment is measured once. The node cost multiplies
along ``first`` (a variable counts as the largest page), as GitHub's limit does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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
from graphql.validation import ValidationContext

from mobile_hrp.graphql.json_text import UNSTORABLE
from mobile_hrp.graphql.pagination import PAGE_MAX


@dataclass(frozen=True, slots=True)
class Limits:
    depth: int = 12
    aliases: int = 30
    directives: int = 30
    nodes: int = 2000
    root_fields: int = 20
    tokens: int = 2000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Cost:
    """Depth in levels, aliases and directives as written out, nodes as objects asked for."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    nodes: int = 0
    fields: int = 0


def measure(document: DocumentNode) -> list[Cost]:
    """The cost of each operation in the document, in time linear in its length."""
    return _Measure(document).operations()


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._fragments: dict[str, FragmentDefinitionNode] = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, Cost] = {}
        self._open: set[str] = set()

    def operations(self) -> list[Cost]:
        return [
            self._of(node.selection_set)
            for node in self._document.definitions
            if isinstance(node, OperationDefinitionNode)
        ]

    def _of(self, selection: SelectionSetNode) -> Cost:
        total = Cost()
        for node in selection.selections:
            part = self._of_node(node)
            total = Cost(
                depth=max(total.depth, part.depth),
                aliases=total.aliases + part.aliases,
                directives=total.directives + part.directives + len(node.directives or ()),
                nodes=total.nodes + part.nodes,
                fields=total.fields + part.fields,
            )
        return total

    def _of_node(self, node: Any) -> Cost:
        if isinstance(node, FieldNode):
            return self._of_field(node)
        if isinstance(node, InlineFragmentNode):
            return self._of(node.selection_set)
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(node.name.value)
        return Cost()

    def _of_field(self, node: FieldNode) -> Cost:
        below = self._of(node.selection_set) if node.selection_set else Cost()
        rows = _page_size(node)
        own = 1 if node.selection_set else 0
        return Cost(
            depth=below.depth + 1,
            aliases=below.aliases + (1 if node.alias else 0),
            directives=below.directives,
            nodes=rows * (own + below.nodes),
            fields=below.fields + 1,
        )

    def _of_fragment(self, name: str) -> Cost:
        if name in self._known:
            return self._known[name]
        if name in self._open or name not in self._fragments:
            return Cost()  # a cycle or an unknown name: validation refuses those itself
        self._open.add(name)
        cost = self._of(self._fragments[name].selection_set)
        self._open.discard(name)
        self._known[name] = cost
        return cost


def _page_size(node: FieldNode) -> int:
    for argument in node.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, IntValueNode):
                return min(max(int(argument.value.value), 1), 10 * PAGE_MAX)
            if isinstance(argument.value, VariableNode):
                return PAGE_MAX
    return 1


def breaches(cost: Cost, limits: Limits = LIMITS) -> Mapping[str, tuple[int, int]]:
    """Measure name -> (actual, limit) for each limit that is exceeded."""
    pairs = {
        "depth": (cost.depth, limits.depth),
        "aliases": (cost.aliases, limits.aliases),
        "directives": (cost.directives, limits.directives),
        "nodes": (cost.nodes, limits.nodes),
        "fields": (cost.fields, limits.nodes),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] > pair[1]}


class CostRule(ASTValidationRule):
    """A validation rule that refuses an operation over its limits."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        for cost in measure(context.document):
            for name, (actual, limit) in breaches(cost).items():
                context.report_error(
                    GraphQLError(
                        f"{name} {actual} > {limit}",
                        extensions={
                            "code": "QUERY_TOO_COSTLY",
                            "params": {
                                "measure": name,
                                "actual": min(actual, 10**9),
                                "limit": limit,
                            },
                        },
                    )
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
