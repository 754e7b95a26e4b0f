"""Tries the changes mutmut makes: one collection of the tests, then one fork for each change.

    python -m scripts.try_mutants [--children N] [--again] [PATTERN ...]

`mutmut run` starts pytest anew for every change, which costs ten times what the tests of a pure
rule cost. Here the tests are collected once, and each change is tried in a fork that runs only the
tests which reach the changed function: those that noticed another change of that function first,
then the quick ones, up to the first failure. What comes out is written where mutmut keeps it, so
that ``mutmut show`` and :mod:`scripts.mutants` read it. A run goes on where the last one stopped;
``--again`` tries once more what got through, and a pattern (``*budget.ledger*``) limits the run to
the changes it names and tries these in any case.
"""

import argparse
import contextlib
import fnmatch
import gc
import hashlib
import io
import json
import math
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, process_time
from typing import Final, TypeAlias, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from mutmut.__main__ import create_mutants
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.file_utils import (
    copy_also_copy_files,
    copy_src_dir,
    setup_source_paths,
    walk_all_files,
    walk_mutatable_files,
)
from mutmut.utils.format_utils import mangled_name_from_mutant_name
from tests.examples import MUTANTS_PROFILE

Calls: TypeAlias = Mapping[str, tuple[float, list[str]]]
"""By test: how many seconds it took, and which of the functions that are changed it called."""
TREE: Final = Path("mutants")
# What mutmut writes for these; the codes of ended processes are its codes too.
SURVIVED: Final = 0
KILLED: Final = 1
NO_TESTS: Final = 33
DECIDED: Final = frozenset({SURVIVED, KILLED, NO_TESTS, -signal.SIGXCPU})
# Three times what a test needs unchanged, and a little: one that needs more does not end.
CPU_FACTOR: Final = 3
CPU_SECONDS_MIN: Final = 2
MEMORY_BYTES_MAX: Final = 4 * 1024**3
SAVE_EVERY: Final = 50
QUIET: Final = (
    "--quiet",
    "--tb=no",
    "--capture=no",
    "--no-header",
    "--no-summary",
    "--rootdir=.",
    *("-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is imported here before
)
TELL_EVERY_SECONDS: Final = 15.0


@dataclass(slots=True)
class Trial:
    """One change being tried in a process of its own."""

    key: str
    module: SourceFileMutationData
    tests: Sequence[str]
    noticed_by: int
    started: float


@dataclass
class Loop:
    """Stands in for pytest's own loop over the collected tests."""

    modules: Sequence[SourceFileMutationData]
    patterns: Sequence[str]
    children: int
    again: bool
    items: dict[str, pytest.Item] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    tests_of: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    noticing: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    running: dict[int, Trial] = field(default_factory=dict)
    unsaved: dict[str, SourceFileMutationData] = field(default_factory=dict)
    results: int = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        gc.collect()
        gc.freeze()  # a fork that does not touch what is there need not copy it
        for test, (seconds, functions) in sorted(self._calls(session).items(), key=_first_quick):
            self.seconds[test] = seconds
            for function in functions:
                self.tests_of[function].append(test)
        if self._exit_code(session, "fail", list(self.items)) != KILLED:
            message = "a function that always fails is not noticed: the changed tree is not in use"
            raise pytest.UsageError(message)
        self._try_all(session)
        return True

    def _calls(self, session: pytest.Session) -> Calls:
        """What each test calls; kept for the next run while neither tests nor sources change."""
        known, state_of_tree = Path("reach.json"), _fingerprint()
        if known.exists():
            kept = json.loads(known.read_text("utf-8"))
            if kept["of"] == state_of_tree:
                return cast("Calls", kept["calls"])
        calls = self._run_unchanged(session)
        known.write_text(json.dumps({"of": state_of_tree, "calls": calls}), "utf-8")
        return calls

    def _run_unchanged(self, session: pytest.Session) -> Calls:
        """Runs everything unchanged in a fork, so that no cache of this process is filled by it."""
        with tempfile.TemporaryFile() as answer:
            child = os.fork()
            if not child:
                _be_silent()
                set_mutant_under_test("stats")
                answer.write(json.dumps(_called(session, self.items.values())).encode())
                answer.flush()
                os._exit(min(session.testsfailed, KILLED))
            if os.waitpid(child, 0)[1]:
                raise pytest.UsageError("the tests fail without any change")
            answer.seek(0)
            return cast("Calls", json.load(answer))

    def _exit_code(self, session: pytest.Session, key: str, tests: Sequence[str]) -> int:
        child = os.fork()
        if not child:
            self._be_child(session, key, tests, os.open(os.devnull, os.O_WRONLY))
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _try_all(self, session: pytest.Session) -> None:
        waiting = list(self._waiting())
        begun = told = monotonic()
        for number, (module, key) in enumerate(waiting):
            tests = self._tests_for(key)
            if not tests:
                self._keep(module, key, NO_TESTS)
                continue
            while len(self.running) >= self.children:
                self._drain()
            self._begin(session, module, key, tests)
            if monotonic() - told > TELL_EVERY_SECONDS:
                told = monotonic()
                rate = number / (told - begun)
                sys.stdout.write(f"{number} of {len(waiting)} changes, {rate:.1f} a second\n")
                sys.stdout.flush()
        while self.running:
            self._drain()
        self._save()
        seconds = monotonic() - begun
        sys.stdout.write(f"{len(waiting)} changes tried in {seconds:.0f} s\n")

    def _waiting(self) -> Iterator[tuple[SourceFileMutationData, str]]:
        """Module by module, function by function: what noticed one change may notice the next."""
        for module in self.modules:
            for key, code in list(module.exit_code_by_key.items()):
                if self.patterns:
                    if any(fnmatch.fnmatch(key, pattern) for pattern in self.patterns):
                        yield module, key
                elif code not in DECIDED or (self.again and code in {SURVIVED, NO_TESTS}):
                    yield module, key

    def _tests_for(self, key: str) -> list[str]:
        function = mangled_name_from_mutant_name(key)
        noticing = self.noticing[function]
        return sorted(self.tests_of.get(function, ()), key=lambda test: -noticing[test])

    def _begin(
        self,
        session: pytest.Session,
        module: SourceFileMutationData,
        key: str,
        tests: Sequence[str],
    ) -> None:
        noticed_by, say = os.pipe()
        child = os.fork()
        if not child:
            os.close(noticed_by)
            self._be_child(session, key, tests, say)
        os.close(say)
        self.running[child] = Trial(key, module, tests, noticed_by, monotonic())

    def _be_child(self, session: pytest.Session, key: str, tests: Sequence[str], say: int) -> None:
        """Runs the tests up to the first failure and ends the process."""
        _be_silent()
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        set_mutant_under_test(key)
        code = KILLED
        try:
            for number, test in enumerate(tests):
                limit = process_time() + CPU_SECONDS_MIN + CPU_FACTOR * self.seconds.get(test, 0.0)
                resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), resource.RLIM_INFINITY))
                _run(self.items[test])
                if session.testsfailed:
                    os.write(say, number.to_bytes(4, "big"))
                    break
            else:
                code = SURVIVED
        finally:
            os._exit(code)

    def _drain(self) -> None:
        child, status = os.wait()
        trial = self.running.pop(child)
        number = os.read(trial.noticed_by, 4)
        os.close(trial.noticed_by)
        if number:
            test = trial.tests[int.from_bytes(number, "big")]
            self.noticing[mangled_name_from_mutant_name(trial.key)][test] += 1
        trial.module.durations_by_key[trial.key] = monotonic() - trial.started
        self._keep(trial.module, trial.key, os.waitstatus_to_exitcode(status))

    def _keep(self, module: SourceFileMutationData, key: str, code: int) -> None:
        module.exit_code_by_key[key] = code
        self.unsaved[str(module.path)] = module
        self.results += 1
        if self.results % SAVE_EVERY == 0:
            self._save()

    def _save(self) -> None:
        for module in self.unsaved.values():
            module.save()
        self.unsaved.clear()


def _be_silent() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _run(item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


def _called(session: pytest.Session, items: Iterable[pytest.Item]) -> Calls:
    calls = {}
    for item in items:
        called = state()._stats  # noqa: SLF001 - where mutmut's wrapper of a function notes the call
        called.clear()
        before = process_time()
        _run(item)
        calls[item.nodeid] = (process_time() - before, sorted(called))
        if session.testsfailed:
            break
    return calls


def _first_quick(one: tuple[str, tuple[float, list[str]]]) -> float:
    return one[1][0]


def _fingerprint() -> str:
    """Of all tests and sources of the changed tree; the working folder is the tree."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in ("src", "tests") for path in Path(folder).rglob("*")):
        if path.is_file() and path.suffix not in {".meta", ".spans", ".pyc"}:
            digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def _generate(children: int) -> list[SourceFileMutationData]:
    """Brings the changed tree up to date with the checkout. Unchanged functions keep results."""
    set_mutant_under_test("mutant_generation")
    TREE.mkdir(exist_ok=True)
    shutil.rmtree(TREE / "tests", ignore_errors=True)
    with contextlib.redirect_stdout(io.StringIO()):
        copy_src_dir()
        for folder, name in walk_all_files():  # mutmut copies what is no program only once
            if not name.endswith(".py"):
                shutil.copy2(Path(folder) / name, TREE / folder / name)
        copy_also_copy_files()
        setup_source_paths()
        create_mutants(children)
    modules = []
    for path in sorted(walk_mutatable_files()):
        module = SourceFileMutationData(path=path)
        module.load()
        module.meta_path = module.meta_path.absolute()
        modules.append(module)
    return modules


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--again", action="store_true", help="try what got through once more")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="names of changes")
    options = parser.parse_args(arguments)
    modules = _generate(options.children)
    # The same examples for every change, none kept, and a failure is enough: it need not be small.
    settings.register_profile(
        MUTANTS_PROFILE,
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=(HealthCheck.too_slow,),
    )
    settings.load_profile(MUTANTS_PROFILE)
    selection = config().pytest_add_cli_args_test_selection
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = scratch  # forks leave their folders behind
        os.chdir(TREE)
        loop = Loop(modules, options.patterns, options.children, options.again)
        return int(pytest.main([*QUIET, *selection], plugins=[loop]))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
