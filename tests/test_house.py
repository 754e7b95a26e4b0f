"""The house itself: its plan, its lock and the rules that hold in all of its code.

Each rule is first shown to catch a planted fault; a check counts once it was seen to fail.
"""

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import graphql
import pytest
from tests import house_rules
from tests.house_rules import Rule

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "mobile_hrp"
_LEFT_ALONE = frozenset({"node_modules", "__pycache__", "var", "dist"})

# What a rule may overlook, and why. An entry that is no longer needed fails the tests too.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "broad_excepts": {
        "src/mobile_hrp/notifications/lane.py": "the worker loop: one bug must not stop a channel",
    },
    "floats": {
        "src/mobile_hrp/domain/notification/outcome.py": "seconds to wait, from a provider",
        "src/mobile_hrp/domain/notification/settle.py": "seconds to wait, spread at random",
        "src/mobile_hrp/domain/receipts/fusion.py": "how sure the sources are together, 0 to 1",
        "src/mobile_hrp/domain/receipts/cutting.py": "where on a page, 0 to 1",
        "src/mobile_hrp/domain/receipts/reading.py": "how sure an engine is, 0 to 1",
        "src/mobile_hrp/domain/receipts/sameness.py": "how alike two pictures are, 0 to 1",
    },
}


def _files(folder: Path, *suffixes: str) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _LEFT_ALONE:
            continue
        if path.is_dir():
            yield from _files(path, *suffixes)
        elif path.suffix in suffixes:
            yield path


def _findings(rule: Rule, *folders: Path, suffixes: tuple[str, ...] = (".py",)) -> list[str]:
    """What a rule finds, as file:line, without the excused files; stale excuses are findings."""
    excuses = dict(EXCEPTIONS.get(rule.__name__, {}))
    findings = []
    for folder in folders:
        for path in _files(folder, *suffixes):
            name = path.relative_to(ROOT).as_posix()
            found = rule(path.read_text(encoding="utf-8"))
            if found and excuses.pop(name, ""):
                continue
            findings += [f"{name}:{finding}" for finding in found]
    return findings + [f"{name}: no longer needs its exception" for name in excuses]


PLANTED = [
    (house_rules.broad_excepts, "try:\n    f()\nexcept Exception:\n    g()\n"),
    (house_rules.broad_excepts, "try:\n    f()\nexcept:\n    g()\n"),
    (house_rules.broad_excepts, "try:\n    f()\nexcept (OSError, BaseException) as e:\n    g(e)\n"),
    (house_rules.floats, "def share(amount_fen: float) -> None: ...\n"),
    (house_rules.floats, "rate = amount_fen * 0.06\n"),
    (house_rules.floats, "amount = float(text)\n"),
    (house_rules.impurities, "import time\n"),
    (house_rules.impurities, "from os.path import join\n"),
    (house_rules.impurities, "created = datetime.now(UTC)\n"),
    (house_rules.impurities, "task_id = uuid.uuid4()\n"),
    (house_rules.impurities, "rules = open('rules.yaml')\n"),
    (house_rules.transaction_ends, "await session.commit()\n"),
    (house_rules.transaction_ends, "await session.rollback()\n"),
    (house_rules.lazy_relationships, "lines = relationship('Line')\n"),
    (house_rules.lazy_relationships, "lines = orm.relationship('Line', lazy='selectin')\n"),
    (house_rules.unfinished, "def pay() -> None:\n    raise NotImplementedError\n"),
    (house_rules.unfinished, "def pay() -> None:\n    raise NotImplementedError('later')\n"),
    (house_rules.unexplained_suppressions, "x = 1  # noqa\n"),
    (house_rules.unexplained_suppressions, "x = 1  # noqa: S101\n"),
    (house_rules.unexplained_suppressions, "x = 1  # type: ignore[arg-type]\n"),
    (house_rules.escape_hatches, "@pytest.mark.skip\ndef test_x() -> None: ...\n"),
    (house_rules.escape_hatches, "pytest.xfail('later')\n"),
    (house_rules.escape_hatches, "await asyncio.sleep(0.1)\n"),
    (house_rules.escape_hatches, "assert True\n"),
    (house_rules.too_long, "x = 1\n" * 501),
    (house_rules.machine_paths, "see /home/" + "someone/project\n"),
    (house_rules.addresses, "--index-url https" + "://registry.invalid/simple\n"),
]

HARMLESS = [
    (house_rules.broad_excepts, "try:\n    f()\nexcept Exception:\n    g()\n    raise\n"),
    (house_rules.broad_excepts, "try:\n    f()\nexcept OSError:\n    g()\n"),
    (house_rules.floats, "share = Fraction(1, 3)\n"),
    (house_rules.impurities, "def decide(now: datetime, task_id: UUID) -> None: ...\n"),
    (house_rules.transaction_ends, "await session.flush()\n"),
    (house_rules.lazy_relationships, "lines = relationship('Line', lazy='raise')\n"),
    (house_rules.impurities, "elapsed = draft.now - task.opened_at\n"),
    (house_rules.unfinished, "try:\n    f()\nexcept NotImplementedError:\n    g()\n"),
    (house_rules.unexplained_suppressions, "x = 1  # noqa: S101 - an invariant, not input\n"),
    (house_rules.unexplained_suppressions, "# an invariant, not input\nx = 1  # noqa: S101\n"),
    (house_rules.unexplained_suppressions, "x = 1  # type: ignore[attr-defined]  # no stubs\n"),
    (house_rules.escape_hatches, "await asyncio.sleep(0)\n"),
    (house_rules.too_long, "x = 1\n" * 500),
    (house_rules.machine_paths, "sockets live in /var/run/postgresql\n"),
    (house_rules.addresses, "attrs==26.1.0 --hash=sha256:00\n"),
]


@pytest.mark.parametrize(("rule", "source"), PLANTED)
def test_a_planted_fault_is_found(rule: Rule, source: str) -> None:
    assert len(rule(source)) == 1


@pytest.mark.parametrize(("rule", "source"), HARMLESS)
def test_harmless_code_is_left_alone(rule: Rule, source: str) -> None:
    assert rule(source) == []


def test_an_exception_nobody_needs_any_more_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EXCEPTIONS, "floats", {"src/gone.py": "was needed once"})

    assert _findings(house_rules.floats, tmp_path) == ["src/gone.py: no longer needs its exception"]


@pytest.mark.parametrize(
    ("rule", "folders"),
    [
        (house_rules.broad_excepts, ["src", "benchmarks"]),
        (house_rules.floats, ["src/mobile_hrp/domain"]),
        (house_rules.impurities, ["src/mobile_hrp/domain"]),
        (house_rules.transaction_ends, ["src/mobile_hrp/services", "src/mobile_hrp/domain"]),
        (house_rules.lazy_relationships, ["src/mobile_hrp/models"]),
        (house_rules.unfinished, ["src"]),
        (house_rules.unexplained_suppressions, ["src", "tests", "benchmarks"]),
        (house_rules.escape_hatches, ["tests"]),
        (house_rules.too_long, ["src"]),
    ],
)
def test_the_code_keeps_the_house_rule(rule: Rule, folders: list[str]) -> None:
    assert _findings(rule, *(ROOT / folder for folder in folders)) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    texts = (".py", ".md", ".toml", ".sh", ".yaml", ".yml", ".graphql", ".lock", ".json", ".ts")

    assert _findings(house_rules.machine_paths, ROOT, suffixes=texts) == []


def test_the_lock_names_no_registry_and_pins_each_package_by_hash() -> None:
    for name in ("requirements.lock", "scripts/uv.txt"):
        lock = (ROOT / name).read_text(encoding="utf-8")
        packages = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)[1:]

        assert house_rules.addresses(lock) == []
        assert [entry for entry in packages if "==" not in entry or "sha256:" not in entry] == []


def test_the_lock_covers_what_the_project_asks_for() -> None:
    project = _pyproject()
    asked = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["embedded"],
        *project["dependency-groups"]["dev"],
    ]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))

    assert {_distribution(line) for line in asked} - locked == set()


def test_the_graphql_that_libraries_import_is_graphql_core() -> None:
    """A package of ours named ``graphql`` in the import root would break strawberry."""
    distribution = importlib.metadata.distribution("graphql-core")
    module = Path(str(graphql.__file__)).resolve()

    assert module == Path(str(distribution.locate_file("graphql/__init__.py"))).resolve()
    assert not module.is_relative_to(SRC)
    assert not (ROOT / "graphql").exists()


def test_the_layers_name_each_part_of_the_package_once() -> None:
    layers = _contract("layers")["layers"]
    named = [part.strip() for layer in layers for part in layer.split("|")]
    parts = {
        path.stem
        for path in SRC.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }

    assert sorted(named) == sorted(parts)
    assert _contract("layers")["exhaustive"] is True
    assert _contract("acyclic_siblings")["ancestors"] == ["mobile_hrp"]


def _contract(kind: str) -> dict[str, Any]:
    contracts = _pyproject()["tool"]["importlinter"]["contracts"]
    found: list[dict[str, Any]] = [entry for entry in contracts if entry["type"] == kind]
    (contract,) = found
    return contract


def _pyproject() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project


def _distribution(requirement: str) -> str:
    return re.split(r"[\[<>=;~! ]", requirement, maxsplit=1)[0].lower().replace("_", "-")
