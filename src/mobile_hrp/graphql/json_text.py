"""JSON of a request, as strict as the other end needs it: standard numbers, storable texts."""

import json
import re
from typing import Any

# PostgreSQL stores no NUL, UTF-8 no half of a surrogate pair (an emoji that an app cut in two).
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class MalformedRequestError(ValueError):
    """The request cannot be understood; ``status`` is the HTTP status that says so."""

    def __init__(
        self, reason: str, *, status: int = 400, code: str = "BAD_REQUEST", **params: object
    ) -> None:
        self.status = status
        self.code = code
        self.params: dict[str, object] = {"reason": reason, **params}
        super().__init__(reason)


def read_json(raw: str | bytes | bytearray, what: str) -> Any:
    """The value of a JSON text.

    Raises:
        MalformedRequestError: it is none, holds NaN or Infinity (which only Python would take for
            JSON), or a text that nothing behind this door could keep.
    """
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MalformedRequestError(f"{what} is not JSON") from None
    if (path := _unstorable(value)) is not None:
        raise MalformedRequestError(f"{what} holds a broken character at {path or 'its top'}")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _unstorable(value: Any) -> str | None:
    """The path of the first text that cannot be stored; iterative, as a stranger chose the depth.

    The path names keys only where they are plain words, so that it repeats nothing hostile.
    """
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, str) and UNSTORABLE.search(part):
            return path
        if isinstance(part, dict):
            if any(UNSTORABLE.search(key) for key in part):
                return path
            waiting += [(_below(path, key), item) for key, item in part.items()]
        elif isinstance(part, list):
            waiting += [(_below(path, str(number)), item) for number, item in enumerate(part)]
    return None


def _below(path: str, key: str) -> str:
    known = key if key.isidentifier() or key.isdecimal() else "?"
    return f"{path}.{known}"[:200].removeprefix(".")
