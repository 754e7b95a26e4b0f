"""Trusted documents: the operations that clients may send, known by their sha256.

They are written down in ``operations/``: ``shared.graphql`` holds fragments for all, ``phone`` what
the apps send, ``console`` what desks and the command line send. A document is an operation and the
fragments it reaches, in the order of their names, so that its text and its hash are the same
everywhere. Releases that are still supported keep their own documents (see ``releases``).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

PREFIX = "sha256:"
_FOLDERS = ("console", "phone")
# A definition begins at the start of a line and ends with a brace there; a test holds the files
# to it, and holds what is found here to what a GraphQL parser finds.
_DEFINITION = re.compile(
    r"^(query|mutation|subscription|fragment) (\w+).*?^}$", re.MULTILINE | re.DOTALL
)
_SPREAD = re.compile(r"\.\.\.(\w+)")


class UnknownOperationError(KeyError):
    """No operation of this name is written down."""


@dataclass(frozen=True, slots=True)
class TrustedDocument:
    """One operation with its fragments. ``kind`` is query, mutation or subscription."""

    name: str
    kind: str
    body: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


class TrustedDocuments:
    """Documents by hash and, for those of this version, by name."""

    def __init__(self, documents: Iterable[TrustedDocument]) -> None:
        self._documents = tuple(documents)

    def __iter__(self) -> Iterator[TrustedDocument]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    @cached_property
    def by_sha256(self) -> Mapping[str, TrustedDocument]:
        return {document.sha256: document for document in self._documents}

    @cached_property
    def by_name(self) -> Mapping[str, TrustedDocument]:
        return {document.name: document for document in self._documents}

    def manifest(self) -> dict[str, Any]:
        """The documents in the form of Apollo's persisted query manifest."""
        ordered = sorted(self._documents, key=lambda document: document.name)
        return {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [
                {"id": one.sha256, "name": one.name, "type": one.kind, "body": one.body}
                for one in ordered
            ],
        }

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> "TrustedDocuments":
        """Raises ValueError when an id is not the hash of its body."""
        documents = []
        for entry in manifest["operations"]:
            document = TrustedDocument(entry["name"], entry["type"], entry["body"])
            if document.sha256 != entry["id"]:
                raise ValueError(f"{entry['name']}: the id is not the hash of the body")
            documents.append(document)
        return cls(documents)


@lru_cache(maxsize=1)
def written_operations() -> TrustedDocuments:
    """All operations of this version."""
    root = resources.files("mobile_hrp.mobile_contract") / "operations"
    shared = _definitions(root / "shared.graphql")
    documents = []
    for folder in _FOLDERS:
        texts = dict(shared)
        for file in sorted((root / folder).iterdir(), key=lambda item: item.name):
            texts |= _definitions(file)
        documents += [
            TrustedDocument(name, kind, _closed(name, texts))
            for name, (kind, _) in texts.items()
            if kind != "fragment"
        ]
    return TrustedDocuments(documents)


def operation_text(name: str) -> str:
    """The document of an operation by its name, as a client of our own sends it."""
    try:
        return written_operations().by_name[name].body
    except KeyError:
        raise UnknownOperationError(name) from None


def _definitions(file: Any) -> dict[str, tuple[str, str]]:
    """Name -> (kind, text) of the definitions of a file."""
    found = {}
    for match in _DEFINITION.finditer(file.read_text("utf-8")):
        kind, name = match.group(1), match.group(2)
        if name in found:
            raise ValueError(f"{file.name}: {name} is defined twice")
        found[name] = (kind, match.group(0))
    return found


def _closed(name: str, texts: Mapping[str, tuple[str, str]]) -> str:
    """The text of an operation and of every fragment it reaches."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        new = set(_SPREAD.findall(texts[waiting.pop()][1])) - reached
        reached |= new
        waiting += new
    parts = [texts[name][1], *(texts[fragment][1] for fragment in sorted(reached))]
    return "\n\n".join(parts) + "\n"
