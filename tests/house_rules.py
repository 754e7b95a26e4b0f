"""Rules of the house that no off-the-shelf linter knows, each a function from source to findings.

A finding is "line: what is wrong". The rules look at syntax, so they hold for code no test runs.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator

Rule = Callable[[str], list[str]]

_IMPURE_MODULES = frozenset(
    {
        *("asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random"),
        *("secrets", "shutil", "socket", "subprocess", "tempfile", "threading", "time", "urllib"),
    }
)
_IMPURE_CALLS = frozenset(
    {"now", "utcnow", "today", "uuid1", "uuid4", "uuid6", "uuid7", "open", "print", "input"}
)
_BROAD = frozenset({"Exception", "BaseException"})
_EXCUSE = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b(?P<codes>:\s*[A-Z0-9, ]+|\[[a-z0-9, -]+\])?")
_HOME = re.compile(r"/(?:home|Users|root)/\w|[.]pyenv/")
_ADDRESS = re.compile(r"\w+://|--(?:extra-)?index-url|--find-links")


def broad_excepts(source: str) -> list[str]:
    """A handler for everything hides the one error nobody thought of. Re-raising is fine."""
    return [
        f"{node.lineno}: catches everything"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or _names(node.type) & _BROAD)
        and not _reraises(node)
    ]


def floats(source: str) -> list[str]:
    """0.1 + 0.2 is not 0.3: money and shares of money are integers or fractions."""
    return [
        f"{node.lineno}: a float"
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]


def impurities(source: str) -> list[str]:
    """A domain rule is a function of its arguments: no clock, no new ids, no input or output."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported = {name.partition(".")[0] for name in _imported(node)} & _IMPURE_MODULES
            found += [f"{node.lineno}: imports {name}" for name in sorted(imported)]
        elif isinstance(node, ast.Call) and _called(node) in _IMPURE_CALLS:
            found.append(f"{node.lineno}: {_called(node)}()")
    return found


def transaction_ends(source: str) -> list[str]:
    """The edge owns the transaction: whoever is called inside it neither commits nor undoes."""
    return [
        f"{node.lineno}: .{node.func.attr}()"
        for node in _calls(source)
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"commit", "rollback"}
    ]


def lazy_relationships(source: str) -> list[str]:
    """A relationship that loads by itself is a query per row that nobody sees."""
    return [
        f"{node.lineno}: relationship() without lazy='raise'"
        for node in _calls(source)
        if _called(node) == "relationship" and not _has_keyword(node, "lazy", "raise")
    ]


def unfinished(source: str) -> list[str]:
    """Something that says it is not there yet."""
    return [
        f"{node.lineno}: NotImplementedError"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Raise) and node.exc and "NotImplementedError" in _names(node.exc)
    ]


def unexplained_suppressions(source: str) -> list[str]:
    """Each silenced finding names its code and says why, on the same line or the one above."""
    comments = dict(_comments(source))
    found = []
    for line, comment in comments.items():
        excuse = _EXCUSE.search(comment)
        if excuse is None:
            continue
        reason = re.search(r"\w.*\w", comment[excuse.end() :]) or line - 1 in comments
        if not (excuse["codes"] and reason):
            found.append(f"{line}: {comment.strip()}")
    return found


def escape_hatches(source: str) -> list[str]:
    """A test that can be skipped, may fail, waits for luck or cannot fail is no test."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in {"skip", "skipif", "xfail"}:
            found.append(f"{node.lineno}: {node.attr}")
        elif isinstance(node, ast.Call) and _called(node) == "sleep" and not _is_zero(node):
            found.append(f"{node.lineno}: sleeps")
        elif isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant):
            found.append(f"{node.lineno}: asserts a constant")
    return found


def too_long(source: str, lines_max: int = 500) -> list[str]:
    """Beyond this a newcomer does not find their way, or the module holds two things."""
    lines = source.count("\n")
    return [f"{lines}: lines, at most {lines_max}"] if lines > lines_max else []


def machine_paths(text: str) -> list[str]:
    """A path of somebody's own machine means nothing on any other."""
    return _matching_lines(_HOME, text)


def addresses(text: str) -> list[str]:
    """A lock names packages and hashes; where to fetch them is each installation's own matter."""
    return _matching_lines(_ADDRESS, text)


def _matching_lines(pattern: re.Pattern[str], text: str) -> list[str]:
    return [
        f"{number}: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def _names(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _reraises(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names]


def _calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _has_keyword(node: ast.Call, name: str, value: str) -> bool:
    return any(
        keyword.arg == name
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value == value
        for keyword in node.keywords
    )


def _is_zero(node: ast.Call) -> bool:
    """``sleep(0)`` only lets other tasks run."""
    return (
        len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
    )


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
