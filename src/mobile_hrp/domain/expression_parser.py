"""Parser and compiler of the expression language (see ``expression``, the module to import)."""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NoReturn

from mobile_hrp.domain.expression_values import (
    ARITHMETIC,
    COMPARISONS,
    ExpressionError,
    ExpressionFault,
    Function,
    Kind,
    Scalar,
    Value,
    Values,
    calculate,
    checked,
    kind_of,
    number,
    scalar,
    within_range,
)

TEXT_LENGTH_MAX: Final = 1_000
DEPTH_MAX: Final = 24
PARTS_MAX: Final = 250
LIST_LENGTH_MAX: Final = 100
DIGITS_MAX: Final = 18

# What may appear at all, checked before Python's parser sees the text: no backslash, prefix,
# exponent, underscore in numbers, comment, newline or look-alike letter gets through.
_TOKEN: Final = re.compile(
    r"""(?P<space>\ +)
      | (?P<number>\d+(?:\.\d+)?)(?![\w.])
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*+)(?!["'])
      | (?P<text>'[^'"\\\x00-\x1f]*'|"[^'"\\\x00-\x1f]*")
      | (?P<sign>==|!=|<=|>=|[-+*/<>()\[\],])""",
    re.VERBOSE | re.ASCII,
)

_OPERATORS: Final[Mapping[type[ast.AST], str]] = MappingProxyType(
    {
        ast.Eq: "==",
        ast.NotEq: "!=",
        ast.Lt: "<",
        ast.LtE: "<=",
        ast.Gt: ">",
        ast.GtE: ">=",
        ast.In: "in",
        ast.NotIn: "not in",
        ast.Add: "+",
        ast.Sub: "-",
        ast.Mult: "*",
        ast.Div: "/",
    }
)

Run = Callable[[Values], Value]


@dataclass(frozen=True, slots=True)
class Part:
    """One node of the compiled expression. ``shape`` tells ``explain`` how to walk it.

    ``tree`` is the same in nested tuples, for programs that evaluate it elsewhere.
    """

    run: Run
    shape: str  # "and", "or", "not", "if" or "leaf"
    text: str
    position: int
    names: tuple[str, ...]
    children: tuple["Part", ...] = ()
    constant: bool = False
    tree: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison."""

    text: str
    names: tuple[str, ...]
    is_name: bool
    _run: Run

    def evaluate(self, values: Values) -> Value:
        return self._run(values)


@dataclass(frozen=True, slots=True)
class Compared:
    """``left operator right``, for tools that look for the boundaries of a condition."""

    left: Operand
    operator: str
    right: Operand
    position: int


def compile_text(text: str, functions: Mapping[str, Function]) -> "tuple[Compiler, Part]":
    """The compiler with what it noted, and the root of the compiled expression.

    Raises:
        ExpressionError: with the first fault and its position.
    """
    _check_text(text)
    try:
        tree = ast.parse(text.strip(" "), mode="eval")
    except SyntaxError as error:
        indent = len(text) - len(text.lstrip(" "))
        # offset 0 is Python's way to say that the text ended too early
        position = indent + error.offset - 1 if error.offset else len(text)
        raise ExpressionError(ExpressionFault.BAD_SYNTAX, min(position, len(text))) from None
    except (RecursionError, MemoryError):
        raise ExpressionError(ExpressionFault.TOO_DEEP, 0) from None
    compiler = Compiler(text, functions)
    root = compiler.part(tree.body, 1)
    return compiler, root


def _check_text(text: str) -> None:
    if not text.strip(" "):
        raise ExpressionError(ExpressionFault.EMPTY, 0)
    if len(text) > TEXT_LENGTH_MAX:
        raise ExpressionError(ExpressionFault.TOO_LONG, TEXT_LENGTH_MAX)
    position = depth = 0
    previous: str | None = None
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise ExpressionError(ExpressionFault.BAD_CHARACTER, position)
        if token["number"] and len(token["number"].replace(".", "")) > DIGITS_MAX:
            raise ExpressionError(ExpressionFault.NUMBER_TOO_LARGE, position)
        if token["text"] and previous == "text":
            # Python would glue the two together; it is a lost comma: ['A' 'B']
            raise ExpressionError(ExpressionFault.BAD_SYNTAX, position)
        if token.lastgroup != "space":
            previous = token.lastgroup
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token[0], 0)
        if depth > DEPTH_MAX:
            raise ExpressionError(ExpressionFault.TOO_DEEP, position)
        position = token.end()


def truth(value: Value, position: int) -> bool:
    if value is True or value is False:
        return value
    fault = ExpressionFault.NULL_OPERAND if value is None else ExpressionFault.TYPE_MISMATCH
    raise ExpressionError(fault, position)


def _unique(parts: tuple[Part, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part.names))


class Compiler:
    """Turns the tree of one text into parts; refuses every node it does not name."""

    def __init__(self, text: str, functions: Mapping[str, Function]) -> None:
        self.indent = len(text) - len(text.lstrip(" "))
        self.source = text.strip(" ").encode()
        self.functions = functions
        self.called: set[str] = set()
        self.comparisons: list[Compared] = []
        self.parts = 0
        self.builders: Mapping[type[ast.expr], Callable[[Any, int], Part]] = {
            ast.Name: self.name,
            ast.Constant: self.literal,
            ast.List: self.list_of_literals,
            ast.BoolOp: self.junction,
            ast.UnaryOp: self.unary,
            ast.BinOp: self.arithmetic,
            ast.Compare: self.comparison,
            ast.IfExp: self.choice,
            ast.Call: self.call,
        }

    def position(self, node: ast.expr) -> int:
        return self.indent + len(self.source[: node.col_offset].decode())

    def text(self, node: ast.expr) -> str:
        return self.source[node.col_offset : node.end_col_offset].decode()

    def refuse(self, node: ast.expr, code: ExpressionFault, name: str = "") -> NoReturn:
        raise ExpressionError(code, self.position(node), name)

    def operator(self, node: ast.expr, sign: ast.operator | ast.cmpop) -> str:
        name = _OPERATORS.get(type(sign))
        if name is None:
            self.refuse(node, ExpressionFault.NOT_ALLOWED)
        return name

    def part(self, node: ast.expr, depth: int) -> Part:
        self.parts += 1
        if self.parts > PARTS_MAX:
            self.refuse(node, ExpressionFault.TOO_MANY_PARTS)
        if depth > DEPTH_MAX:
            self.refuse(node, ExpressionFault.TOO_DEEP)
        build = self.builders.get(type(node))
        if build is None:
            self.refuse(node, ExpressionFault.NOT_ALLOWED)
        return build(node, depth)

    def leaf(self, node: ast.expr, run: Run, *children: Part, tree: tuple[Any, ...] = ()) -> Part:
        return Part(
            run,
            "leaf",
            self.text(node),
            self.position(node),
            _unique(children),
            constant=all(child.constant for child in children),
            tree=tree,
        )

    def name(self, node: ast.Name, _depth: int) -> Part:
        name, position = node.id, self.position(node)

        def load(values: Values) -> Value:
            try:
                value = values[name]
            except KeyError:
                raise ExpressionError(ExpressionFault.MISSING_NAME, position, name) from None
            return checked(value, position, name)

        return Part(load, "leaf", name, position, (name,), tree=("name", name))

    def literal(self, node: ast.Constant, _depth: int) -> Part:
        literal: Scalar
        match node.value:
            case None | bool() | str():
                literal = node.value
            case _ if self.text(node)[0].isdigit():  # as written, not as Python has rounded it
                literal = Decimal(self.text(node))
            case _:
                self.refuse(node, ExpressionFault.NOT_ALLOWED)
        kind = kind_of(literal)
        tree = (kind.value, str(literal) if kind is Kind.NUMBER else literal)
        return self.leaf(node, lambda _values: literal, tree=tree)

    def list_of_literals(self, node: ast.List, depth: int) -> Part:
        if len(node.elts) > LIST_LENGTH_MAX:
            self.refuse(node, ExpressionFault.TOO_MANY_PARTS)
        items: list[Scalar] = []
        trees: list[tuple[Any, ...]] = []
        for element in node.elts:
            part = self.part(element, depth + 1)
            if not part.constant or isinstance(element, ast.List):
                self.refuse(element, ExpressionFault.NOT_ALLOWED)
            items.append(scalar(part.run({}), part.position))
            trees.append(part.tree)
        if len({kind_of(item) for item in items if item is not None}) > 1:
            self.refuse(node, ExpressionFault.TYPE_MISMATCH)
        members = tuple(items)
        return self.leaf(node, lambda _values: members, tree=("list", *trees))

    def junction(self, node: ast.BoolOp, depth: int) -> Part:
        children = tuple(self.part(value, depth + 1) for value in node.values)
        stop_at = isinstance(node.op, ast.Or)

        def run(values: Values) -> Value:
            for child in children:
                if truth(child.run(values), child.position) is stop_at:
                    return stop_at
            return not stop_at

        return self.branching(node, run, "or" if stop_at else "and", children)

    def branching(self, node: ast.expr, run: Run, shape: str, children: tuple[Part, ...]) -> Part:
        return Part(
            run,
            shape,
            self.text(node),
            self.position(node),
            _unique(children),
            children,
            tree=(shape, *(child.tree for child in children)),
        )

    def unary(self, node: ast.UnaryOp, depth: int) -> Part:
        child = self.part(node.operand, depth + 1)
        position = self.position(node)
        if isinstance(node.op, ast.Not):
            return self.branching(
                node, lambda values: not truth(child.run(values), child.position), "not", (child,)
            )
        if not isinstance(node.op, ast.USub):
            self.refuse(node, ExpressionFault.NOT_ALLOWED)
        return self.leaf(
            node,
            lambda values: ARITHMETIC.minus(number(child.run(values), position)),
            child,
            tree=("-", child.tree),
        )

    def arithmetic(self, node: ast.BinOp, depth: int) -> Part:
        left, right = self.part(node.left, depth + 1), self.part(node.right, depth + 1)
        operator, position = self.operator(node, node.op), self.position(node)
        return self.leaf(
            node,
            lambda values: calculate(operator, left.run(values), right.run(values), position),
            left,
            right,
            tree=(operator, left.tree, right.tree),
        )

    def comparison(self, node: ast.Compare, depth: int) -> Part:
        sides = tuple(self.part(side, depth + 1) for side in (node.left, *node.comparators))
        operators = tuple(self.operator(node, op) for op in node.ops)
        nodes = (node.left, *node.comparators)
        position = self.position(node)
        for index, operator in enumerate(operators):
            left, right = (
                Operand(part.text, part.names, isinstance(side, ast.Name), part.run)
                for part, side in zip(
                    sides[index : index + 2], nodes[index : index + 2], strict=True
                )
            )
            self.comparisons.append(Compared(left, operator, right, position))
        pairs = tuple(
            (operator, left.tree, right.tree)
            for operator, left, right in zip(operators, sides, sides[1:], strict=False)
        )
        tree = pairs[0] if len(pairs) == 1 else ("and", *pairs)
        if len(operators) == 1:
            compare = COMPARISONS[operators[0]]
            first, second = sides
            return self.leaf(
                node,
                lambda values: compare(first.run(values), second.run(values), position),
                *sides,
                tree=tree,
            )

        def chained(values: Values) -> Value:
            left = sides[0].run(values)
            for operator, side in zip(operators, sides[1:], strict=True):
                right = side.run(values)
                if not COMPARISONS[operator](left, right, position):
                    return False
                left = right
            return True

        return self.leaf(node, chained, *sides, tree=tree)

    def choice(self, node: ast.IfExp, depth: int) -> Part:
        test, yes, no = children = tuple(
            self.part(child, depth + 1) for child in (node.test, node.body, node.orelse)
        )
        return self.branching(
            node,
            lambda values: (yes if truth(test.run(values), test.position) else no).run(values),
            "if",
            children,
        )

    def call(self, node: ast.Call, depth: int) -> Part:
        if not isinstance(node.func, ast.Name) or node.keywords:
            self.refuse(node, ExpressionFault.NOT_ALLOWED)
        name = node.func.id
        function = self.functions.get(name)
        if function is None:
            self.refuse(node, ExpressionFault.UNKNOWN_FUNCTION, name)
        if not function.arity_min <= len(node.args) <= function.arity_max:
            self.refuse(node, ExpressionFault.WRONG_ARGUMENT_COUNT, name)
        self.called.add(name)
        arguments = tuple(self.part(argument, depth + 1) for argument in node.args)
        position = self.position(node)

        def run(values: Values) -> Value:
            given = tuple(number(argument.run(values), position) for argument in arguments)
            return within_range(function.call, given, position)

        tree = ("call", name, *(argument.tree for argument in arguments))
        return self.leaf(node, run, *arguments, tree=tree)
