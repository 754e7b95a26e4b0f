"""Break the program on purpose, one fault at a time, and see each one noticed.

``python -m tests.faults.planted`` works on a copy of the tree in a temporary folder; the tree it
runs from is never touched. Each check is seen to pass on the untouched copy first: one that fails
anyway proves nothing. Names of faults as arguments limit the run. Ends with 1 if one got through.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.faults.catalogue import FAULTS, Check, Fault

from mobile_hrp.runtime.embedded_postgres import start_cluster

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("src", "tests", "benchmarks", "docs", "pyproject.toml", "README.md", "requirements.lock")
CHECK_SECONDS_MAX = 300


class FaultDoesNotFitError(ValueError):
    """The text to change is not in its file exactly once: the catalogue is stale."""


@dataclass(frozen=True, slots=True)
class Ran:
    passed: bool
    output: str


@contextmanager
def copied_tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hrp-planted-") as folder:
        for name in COPIED:
            source, target = ROOT / name, Path(folder) / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy2(source, target)
        yield Path(folder)


def edited(fault: Fault, text: str) -> str:
    """The file with the fault in it. Raises FaultDoesNotFitError."""
    if not fault.old:
        return text + fault.new
    if text.count(fault.old) != 1:
        raise FaultDoesNotFitError(f"{fault.name}: {fault.file} has it {text.count(fault.old)}x")
    return text.replace(fault.old, fault.new)


@contextmanager
def planted(fault: Fault, tree: Path) -> Iterator[None]:
    file = tree / fault.file
    before = file.read_text("utf-8")
    file.write_text(edited(fault, before), "utf-8")
    try:
        yield
    finally:
        file.write_text(before, "utf-8")


def run(check: Check, tree: Path, database_url: str | None) -> Ran:
    """Run a check in the copy, with the packages of this interpreter and the copy's own code."""
    here = Path(sys.executable)
    command = [part.format(python=here, bin=here.parent) for part in check.command]
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    if database_url:
        environment["HRP_TEST_DATABASE_URL"] = database_url
    ended = subprocess.run(  # noqa: S603 - commands of the catalogue, no shell
        command,
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=CHECK_SECONDS_MAX,
        check=False,
    )
    return Ran(ended.returncode == 0, ended.stdout + ended.stderr)


def prove(
    faults: Sequence[Fault], console: Console, database_url: str | None = None
) -> list[Fault]:
    """Plant each fault and run its check; returns the faults that nobody noticed."""
    table = Table(title="planted faults", title_justify="left")
    for column in ("fault", "caught by", "s", ""):
        table.add_column(column, overflow="fold")
    missed = []
    with copied_tree() as tree:
        sound: dict[Check, Ran] = {}
        for check in dict.fromkeys(fault.check for fault in faults):
            sound[check] = run(check, tree, database_url)
            console.print(f"{'sound' if sound[check].passed else 'BROKEN':7} {check.name}")
        for fault in faults:
            started = time.perf_counter()
            with planted(fault, tree):
                ran = run(fault.check, tree, database_url)
            caught = sound[fault.check].passed and not ran.passed and fault.says in ran.output
            if not caught:
                missed.append(fault)
                untouched = sound[fault.check]
                console.print(f"--- {fault.name}: {'not noticed' if ran.passed else 'other'}")
                console.print((ran if untouched.passed else untouched).output[-2000:], markup=False)
            seconds = f"{time.perf_counter() - started:.0f}"
            table.add_row(fault.name, fault.check.name, seconds, "ok" if caught else "MISSED")
            console.print(f"{'ok' if caught else 'MISSED':7} {fault.name}")
    console.print(table)
    return missed


def main() -> int:
    wanted = set(sys.argv[1:])
    faults = [fault for fault in FAULTS if not wanted or fault.name in wanted]
    console = Console()
    with tempfile.TemporaryDirectory(prefix="hrp-planted-pg-") as folder:
        Path(folder).chmod(0o711)  # the server's own account must be able to enter
        cluster = start_cluster(Path(folder) / "cluster", fsync=False)
        try:
            missed = prove(faults, console, cluster.superuser_url)
        finally:
            cluster.stop(remove=True)
    console.print(f"{len(faults) - len(missed)} of {len(faults)} faults were noticed")
    return 1 if missed or not faults else 0


if __name__ == "__main__":
    sys.exit(main())
