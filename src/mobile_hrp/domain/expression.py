"""The small expression language of routing conditions, form rules and performance rules.

One expression on one line, in a spelling close to a spreadsheet's: names, literals, lists of
literals, ``and or not``, comparisons (chained too), ``in``, ``not in``, ``+ - * /``,
``a if c else b``, and the pure functions the caller lists. Anything else (attributes, subscripts,
power, lambdas, comprehensions, unknown calls) is refused when parsed. Nothing is ever passed to
``eval`` or ``compile``: Python's parser gives the tree, this module turns it into closures.

Values and kinds:

* numbers are ``Decimal`` (an ``int`` is taken as one), never ``float``. Money in conditions is in
  **yuan**: the caller converts from fen, so that ``amount > 10000`` reads as people say it;
* ``bool``, ``str``, ``date``, ``datetime``, tuples of these for ``in``, and ``None`` for empty;
* ``None`` may stand in ``==``, ``!=``, ``in`` and ``not in`` only. Ordering or arithmetic over an
  empty value is ``NULL_OPERAND``, not a silent "no": a routing rule must say what happens while
  the amount is missing (``quote != None and quote > 1000``);
* comparing values of different kinds is ``TYPE_MISMATCH``, never plain "unequal";
* ``and``/``or``/``not``/``if`` take bools only and stop early, so a guard protects what follows.

Arithmetic uses 34 significant digits, half-even, whatever the thread's decimal context is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mobile_hrp.domain.expression_parser import Compared, Operand, Part, compile_text, truth
from mobile_hrp.domain.expression_values import (
    NUMERIC_FUNCTIONS,
    ExpressionError,
    ExpressionFault,
    Function,
    Kind,
    Value,
    Values,
    checked,
    kind_of,
)

__all__ = [
    "NUMERIC_FUNCTIONS",
    "Compared",
    "Expression",
    "ExpressionError",
    "ExpressionFault",
    "Function",
    "Kind",
    "Operand",
    "Reason",
    "Value",
    "Values",
    "kind_of",
    "parse",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """One elementary condition, and what it came to.

    ``outcome`` is None when evaluation stopped before it. ``decided`` marks those that the whole
    result rests on: the false one of an ``and``, the true one of an ``or``, otherwise all.
    ``values`` holds what the condition read, empty when it was not evaluated.
    """

    text: str
    position: int
    outcome: Value
    evaluated: bool
    decided: bool
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A parsed expression: equal and hashable by its text and by what it may call."""

    text: str
    names: frozenset[str]
    functions: frozenset[str]
    comparisons: tuple[Compared, ...]
    _root: Part

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return (self.text, self.functions) == (other.text, other.functions)

    def __hash__(self) -> int:
        return hash((self.text, self.functions))

    def evaluate(self, values: Values) -> Value:
        """The value of the expression.

        Raises:
            ExpressionError: a name is missing, a kind does not fit, a value is empty where one is
                needed, a division by zero, a figure out of range.
        """
        return self._root.run(values)

    def holds(self, values: Values) -> bool:
        """The value of a condition; ``TYPE_MISMATCH`` when it is not a bool."""
        return truth(self._root.run(values), self._root.position)

    @property
    def tree(self) -> tuple[Any, ...]:
        """The expression in prefix form, nested tuples of JSON-safe values, for other programs.

        ``("and", (">", ("name", "amount"), ("name", "T2")), ("not", ("name", "urgent")))``.
        Literals are ``("number", "10.50")``, ``("text", "A")``, ``("bool", True)`` and
        ``("null", None)``; lists ``("list", …)``; calls ``("call", name, …)``.
        """
        return self._root.tree

    def explain(self, values: Values) -> tuple[Reason, ...]:
        """Each elementary condition in reading order, with the values that it read.

        Raises:
            ExpressionError: as ``evaluate``.
        """
        outcomes: dict[int, Value] = {}
        _, deciding = _trace(self._root, values, outcomes)
        return tuple(
            Reason(
                text=leaf.text,
                position=leaf.position,
                outcome=outcomes.get(id(leaf)),
                evaluated=id(leaf) in outcomes,
                decided=id(leaf) in deciding,
                values=MappingProxyType(
                    {
                        name: checked(values[name], leaf.position, name)
                        for name in leaf.names
                        if id(leaf) in outcomes
                    }
                ),
            )
            for leaf in _leaves(self._root)
        )


def parse(text: str, functions: Mapping[str, Function] | None = None) -> Expression:
    """Parse ``text``; ``functions`` are the ones it may call (none unless given).

    Raises:
        ExpressionError: with the first fault and its position.
    """
    compiler, root = compile_text(text, functions or {})
    return Expression(
        text=text,
        names=frozenset(root.names),
        functions=frozenset(compiler.called),
        comparisons=tuple(compiler.comparisons),
        _root=root,
    )


def _leaves(part: Part) -> Iterator[Part]:
    if part.shape == "leaf":
        yield part
    for child in part.children:
        yield from _leaves(child)


def _trace(part: Part, values: Values, outcomes: dict[int, Value]) -> tuple[Value, set[int]]:
    """Evaluate ``part``; note each leaf's outcome; return the value and the leaves it rests on."""
    if part.shape == "leaf":
        outcomes[id(part)] = part.run(values)
        return outcomes[id(part)], {id(part)}
    if part.shape == "if":
        test, *branches = part.children
        chosen, deciding = _trace(test, values, outcomes)
        branch = branches[0 if truth(chosen, test.position) else 1]
        value, rest = _trace(branch, values, outcomes)
        return value, deciding | rest
    deciding = set()
    stop_at = part.shape == "or"
    for child in part.children:
        value, rest = _trace(child, values, outcomes)
        held = truth(value, child.position)
        if part.shape == "not":
            return not held, rest
        if held is stop_at:
            return stop_at, rest
        deciding |= rest
    return not stop_at, deciding
