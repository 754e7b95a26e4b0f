"""Reads YAML files of packages, with the line of every value, from people we do not trust.

Only the plain part of YAML is accepted: mappings with text keys, lists, and scalars. Anchors,
aliases, tags, merge keys and several documents are refused, so nothing can grow when it is read
and nothing can refer to itself. Bytes, values and depth are counted while parsing, before
anything is built. Unquoted ``yes``, ``no`` or ``12:30`` are texts, decimals are exact.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib.resources.abc import Traversable
from typing import Any, Final

import yaml

from mobile_hrp.domain.scenario.faults import FaultList, ParsedFile, Path, Place, dotted

FILE_BYTES_MAX: Final = 1_000_000
PACKAGE_BYTES_MAX: Final = 8_000_000
FILES_MAX: Final = 700
VALUES_MAX: Final = 200_000
DEPTH_MAX: Final = 20

FILES_OF_OTHERS: Final = frozenset(
    {"indicators.yaml", "performance_rules.yaml", "voucher_templates.yaml"}
)
"""Rules that lie in the package folder and have readers of their own."""

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,10}")
# 007, +5, .5, 1e9 or too many digits: a person may mean a figure or a text, so they are quoted
_LIKE_A_NUMBER: Final = re.compile(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "": None}
_FILE_NAME: Final = re.compile(r"(?:[a-z0-9_]+/)?[a-z0-9_]+\.yaml")


class _Refused(Exception):  # noqa: N818 - a fault was noted; this only leaves the file
    pass


def read_file(name: str, content: bytes, faults: FaultList) -> ParsedFile | None:
    """One file as plain data; None, with the reason among ``faults``, when it cannot be read."""
    if len(content) > FILE_BYTES_MAX:
        faults.add("SCENARIO_FILE_TOO_LARGE", Place(name), limit=FILE_BYTES_MAX)
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        faults.add("SCENARIO_FILE_NOT_UTF8", Place(name, line))
        return None
    builder = _Builder(name, faults)
    try:
        data = builder.document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        reason = str(getattr(error, "problem", None) or getattr(error, "reason", "not YAML"))
        faults.add("SCENARIO_YAML_SYNTAX", Place(name, _error_line(error, text)), reason=reason)
        return None
    except _Refused:
        return None
    return ParsedFile(name, data, builder.lines)


def read_files(contents: Mapping[str, bytes], faults: FaultList) -> dict[str, ParsedFile]:
    """The files of a package that could be read, by name; the others are among ``faults``."""
    total = sum(len(content) for content in contents.values())
    if total > PACKAGE_BYTES_MAX:
        faults.add("SCENARIO_PACKAGE_TOO_LARGE", Place(), limit=PACKAGE_BYTES_MAX)
        return {}
    if len(contents) > FILES_MAX:
        faults.add("SCENARIO_TOO_MANY_FILES", Place(), limit=FILES_MAX)
        return {}
    files: dict[str, ParsedFile] = {}
    for name in sorted(contents):
        if not _FILE_NAME.fullmatch(name):
            faults.add("SCENARIO_FILE_NAME", Place(name[:200]))
            continue
        parsed = read_file(name, contents[name], faults)
        if parsed is not None:
            files[name] = parsed
    return files


def folder_contents(folder: Traversable, prefix: str = "") -> dict[str, bytes]:
    """The YAML files of a package folder, by their path in it."""
    contents: dict[str, bytes] = {}
    for item in folder.iterdir():
        if item.is_dir() and not prefix:
            contents |= folder_contents(item, f"{item.name}/")
        elif item.name.endswith(".yaml") and item.name not in FILES_OF_OTHERS:
            contents[prefix + item.name] = item.read_bytes()
    return contents


class _Builder:
    """Builds plain data from parser events; stops at the first thing that is not plain."""

    def __init__(self, name: str, faults: FaultList) -> None:
        self.name = name
        self.faults = faults
        self.lines: dict[Path, int] = {}
        self.values = 0

    def refuse(self, event: yaml.Event, code: str, path: Path, **params: str | int) -> _Refused:
        line = _line(event)
        self.faults.add(code, Place(self.name, line, dotted(path)), **params)
        return _Refused()

    def document(self, events: Iterator[yaml.Event]) -> Any:
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.refuse(event, "SCENARIO_YAML_MANY_DOCUMENTS", ())
                data = self.value(next(events), events, ())
        return data

    def value(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Any:
        self.check(event, path)
        self.lines[path] = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, path)
        if isinstance(event, yaml.AliasEvent):
            return None
        if isinstance(event, yaml.SequenceStartEvent):
            members: list[Any] = []
            while not isinstance(member := next(events), yaml.SequenceEndEvent):
                members.append(self.value(member, events, (*path, len(members))))
            return members
        mapping: dict[str, Any] = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            self.check(key, path)
            if not isinstance(key, yaml.ScalarEvent):
                raise self.refuse(key, "SCENARIO_YAML_KEY_NOT_TEXT", path)
            if key.value in mapping:
                # reported, and the reading goes on: all duplicates of a file are listed at once
                self.refuse(key, "SCENARIO_YAML_DUPLICATE_KEY", path, key=key.value[:60])
            self.lines[*path, key.value] = _line(key)
            mapping[key.value] = self.value(next(events), events, (*path, key.value))
        return mapping

    def check(self, event: yaml.Event, path: Path) -> None:
        self.values += 1
        if self.values > VALUES_MAX:
            raise self.refuse(event, "SCENARIO_YAML_TOO_MANY_VALUES", (), limit=VALUES_MAX)
        if len(path) > DEPTH_MAX:
            raise self.refuse(event, "SCENARIO_YAML_TOO_DEEP", path[:3], limit=DEPTH_MAX)
        # noted only, so that a file lists all of them; an alias is never followed
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self.refuse(event, "SCENARIO_YAML_ALIAS", path)
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.refuse(event, "SCENARIO_YAML_TAG", path, tag=tag[:60])

    def scalar(self, event: yaml.ScalarEvent, path: Path) -> str | int | Decimal | bool | None:
        text: str = event.value
        if event.style:  # quoted or a block: a text whatever it looks like
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
        if _LIKE_A_NUMBER.fullmatch(text):
            self.refuse(event, "SCENARIO_YAML_NUMBER", path, value=text[:40])
        return text


def _error_line(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    # a character that YAML does not allow at all is only known by its position
    return text.count("\n", 0, getattr(error, "position", None) or 0) + 1


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return 0 if mark is None else mark.line + 1
