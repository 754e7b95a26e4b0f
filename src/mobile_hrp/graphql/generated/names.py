"""The names of a program: what its source calls by a name of ours, and the source itself.

Nothing a client wrote becomes part of the source. Names and literals come from the schema; an alias
is an object the source refers to by a numbered name.
"""

import itertools
from typing import Any

_FILE = "<generated operation>"


class Names:
    """The global namespace of one program while it is written."""

    def __init__(self, **known: Any) -> None:
        self._space: dict[str, Any] = dict(known)
        self._numbers = itertools.count(1)
        self._bound: dict[int, str] = {}
        self._functions: list[str] = []

    def bind(self, value: Any, hint: str) -> str:
        """The name of a value in the source; the same value keeps its name."""
        name = self._bound.get(id(value))
        if name is None:
            name = self._bound[id(value)] = self._new(hint)
            self._space[name] = value  # which also keeps the id from being used again
        return name

    def define(self, hint: str, parameters: str, *lines: str) -> str:
        """Write a function down; its name."""
        name = self._new(hint)
        body = "\n".join(f"    {line}" for line in lines)
        self._functions.append(f"def {name}({parameters}):\n{body}\n")
        return name

    @property
    def source(self) -> str:
        return "\n".join(self._functions)

    def loaded(self) -> dict[str, Any]:
        """The namespace with all functions in it."""
        code = compile(self.source, _FILE, "exec")
        exec(code, self._space)  # noqa: S102 - our own source, made of names of the schema
        return self._space

    def _new(self, hint: str) -> str:
        return f"{hint}_{next(self._numbers)}"
