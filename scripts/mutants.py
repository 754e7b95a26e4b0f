"""What `mutmut run` has found: killed and surviving changes by module, and the share killed.

    python -m scripts.mutants [--survivors FILE] [--tree mutants]

Ends with 1 when fewer than nine of ten changes of the rules of a package were noticed, or when
changes are still to be tried. ``--survivors`` writes the list of what got through, each change as
the line it was and the line it became.
"""

import argparse
import ast
import difflib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KILLED_SHARE_MIN: Final = 90
PACKAGES: Final = ("budget", "policy")
_KILLED: Final = frozenset({1, 3})
_TIMED_OUT: Final = frozenset({-24, 24, 36, 152, 255})
_NO_TESTS: Final = frozenset({5, 33})
_SEPARATOR: Final = "\u01c1"
_DOMAIN: Final = Path("src/mobile_hrp/domain")
_SOURCE_SHOWN: Final = 110


@dataclass(frozen=True, slots=True)
class Module:
    """The changes of one module by what became of them; a time-out is a change that was noticed."""

    name: str
    killed: int
    survivors: tuple[str, ...]
    untested: tuple[str, ...]
    waiting: int

    @property
    def tried(self) -> int:
        return self.killed + len(self.survivors) + len(self.untested)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change nobody noticed. ``number`` is mutmut's; ``mutmut show`` takes ``key``."""

    key: str
    function: str
    removed: str
    added: str


def read_modules(tree: Path) -> list[Module]:
    """What mutmut left in its folder, module by module; modules without changes are left out."""
    modules = []
    for meta in sorted((tree / _DOMAIN).rglob("*.py.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        if codes:
            name = meta.relative_to(tree / _DOMAIN).as_posix().removesuffix(".meta")
            modules.append(_counted(name, codes))
    return modules


def _counted(name: str, codes: dict[str, int | None]) -> Module:
    noticed = _KILLED | _TIMED_OUT
    return Module(
        name,
        killed=sum(code in noticed for code in codes.values()),
        survivors=tuple(key for key, code in codes.items() if code == 0),
        untested=tuple(key for key, code in codes.items() if code in _NO_TESTS),
        waiting=sum(code != 0 and code not in noticed | _NO_TESTS for code in codes.values()),
    )


def report(modules: Sequence[Module]) -> Iterator[str]:
    """A table, a line per package and a line over all."""
    yield f"{'module':<46} {'killed':>7} {'survived':>9} {'no test':>8} {'waiting':>8} {'share':>7}"
    for module in modules:
        yield _line(module.name, [module])
    for package in PACKAGES:
        yield _line(f"{package}: all", _of(modules, package))
    yield _line("all", modules)


def short_of_the_bar(modules: Sequence[Module]) -> list[str]:
    """Why the check fails, if it does."""
    faults = []
    for package in PACKAGES:
        known = _of(modules, package)
        tried = sum(module.tried for module in known)
        killed = sum(module.killed for module in known)
        if 100 * killed < KILLED_SHARE_MIN * tried or not tried:
            faults.append(f"{package}: {killed} of {tried} changes were noticed")
        waiting = sum(module.waiting for module in known)
        if waiting:
            faults.append(f"{package}: {waiting} changes are still to be tried")
    return faults


def _of(modules: Sequence[Module], package: str) -> list[Module]:
    return [module for module in modules if module.name.startswith(f"{package}/")]


def _line(name: str, modules: Sequence[Module]) -> str:
    killed = sum(module.killed for module in modules)
    tried = sum(module.tried for module in modules)
    share = f"{1000 * killed // tried / 10:.1f} %" if tried else "-"
    survived = sum(len(module.survivors) for module in modules)
    untested = sum(len(module.untested) for module in modules)
    waiting = sum(module.waiting for module in modules)
    return f"{name:<46} {killed:>7} {survived:>9} {untested:>8} {waiting:>8} {share:>7}"


def survivors_of(tree: Path, module: Module) -> Iterator[Survivor]:
    """What each surviving change of a module is, read from the module mutmut wrote."""
    if not module.survivors:
        return
    text = (tree / _DOMAIN / module.name).read_text("utf-8")
    functions = {
        node.name: node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    lines = text.split("\n")
    for key in module.survivors:
        changed = key.rpartition(".")[2]
        stem, _, number = changed.rpartition("__mutmut_")
        before = _source(lines, functions.get(f"{stem}__mutmut_orig"))
        after = _source(lines, functions.get(changed))
        differing = [
            line
            for line in difflib.unified_diff(before, after, lineterm="", n=0)
            if line[:1] in "+-" and line[:3] not in {"+++", "---"}
        ]
        yield Survivor(
            f"{stem}__mutmut_{number}",
            _function(changed),
            " ".join(line[1:].strip() for line in differing if line[0] == "-"),
            " ".join(line[1:].strip() for line in differing if line[0] == "+"),
        )


def _function(changed: str) -> str:
    """The function a change was made in: mutmut calls it ``x_name__mutmut_7``."""
    stem = changed.rpartition("__mutmut_")[0].removeprefix("x")
    return stem.replace(_SEPARATOR, ".").strip(".") if _SEPARATOR in stem else stem[1:]


def _source(
    lines: Sequence[str], function: ast.FunctionDef | ast.AsyncFunctionDef | None
) -> Sequence[str]:
    """The body of a function without its first line, which holds the changed name."""
    return () if function is None else lines[function.lineno : function.end_lineno]


def survivor_pages(tree: Path, modules: Sequence[Module]) -> Iterator[str]:
    """The survivors as Markdown, by module and function."""
    for module in modules:
        if not module.survivors and not module.untested:
            continue
        missed = len(module.survivors) + len(module.untested)
        yield f"\n### {module.name}: {missed} of {module.tried}\n"
        for one in survivors_of(tree, module):
            removed, added = _shown(one.removed), _shown(one.added)
            yield f"- `{one.function}`: {removed} → {added}"
        for function in sorted({_function(key.rpartition(".")[2]) for key in module.untested}):
            yield f"- `{function}`: no test of this selection reaches it"


def _shown(source: str) -> str:
    text = source if len(source) <= _SOURCE_SHOWN else source[:_SOURCE_SHOWN] + "…"
    return f"`{text.replace('`', chr(39))}`" if text else "nothing"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tree", type=Path, default=Path("mutants"))
    parser.add_argument("--survivors", type=Path, help="write the list of survivors here")
    options = parser.parse_args(arguments)
    modules = read_modules(options.tree)
    for line in report(modules):
        sys.stdout.write(line + "\n")
    if options.survivors:
        text = "\n".join(survivor_pages(options.tree, modules))
        options.survivors.write_text(text.strip() + "\n", "utf-8")
    faults = short_of_the_bar(modules)
    for fault in faults:
        sys.stderr.write(fault + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
