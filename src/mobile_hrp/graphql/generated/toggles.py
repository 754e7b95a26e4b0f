"""What decides which fields of a document are asked for at all: ``@include`` and ``@skip``."""

from typing import Any

from graphql import DirectiveNode, DocumentNode, VariableNode, Visitor, visit

_KNOWN = frozenset({"include", "skip"})


class _Toggles(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.others = False

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value not in _KNOWN:
            self.others = True
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)


def toggles_of(document: DocumentNode) -> tuple[str, ...] | None:
    """The variables it depends on; None where another directive has a say."""
    found = _Toggles()
    visit(document, found)
    return None if found.others else tuple(sorted(found.names))
