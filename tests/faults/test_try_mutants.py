"""Trying changes in forks: what is noticed, what is not, what no test reaches, what never ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = """\
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/fees/*.py"]
pytest_add_cli_args_test_selection = ["tests"]
"""
SOURCE = """\
def fee(amount):
    return amount + 2


def told(amount):
    if amount < 0:
        raise ValueError("negative")
    return amount


def nobodys():
    return 1


def countdown(amount):
    while amount > 0:
        amount -= 1
    return amount
"""
TESTS = """\
import pytest
from fees.rules import countdown, fee, told


def test_a_fee_is_two_more():
    assert fee(1) == 3


def test_less_than_nothing_is_refused():
    assert told(0) == 0
    with pytest.raises(ValueError):
        told(-1)


def test_a_countdown_ends():
    assert countdown(4) == 0
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in (
        ("pyproject.toml", SETTINGS),
        ("src/fees/__init__.py", ""),
        ("src/fees/rules.py", SOURCE),
        ("tests/test_rules.py", TESTS),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def try_them(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "scripts.try_mutants", "--children", "2", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def codes(project: Path) -> dict[str, int | None]:
    """What became of each change, by its short name."""
    meta = (project / "mutants/src/fees/rules.py.meta").read_text("utf-8")
    found: dict[str, int | None] = json.loads(meta)["exit_code_by_key"]
    return {key.removeprefix("fees.rules.x_"): code for key, code in found.items()}


def test_each_change_is_tried_by_the_tests_that_reach_it(project: Path) -> None:
    run = try_them(project, "*x_fee__*", "*x_told__*", "*x_nobodys__*")
    assert run.returncode == 0, run.stdout + run.stderr

    found = codes(project)
    of = {
        function: {code for key, code in found.items() if key.startswith(function)}
        for function in ("fee", "told", "nobodys", "countdown")
    }
    assert of["fee"] == {1}
    assert of["told"] == {0, 1}  # nobody asks for the words
    assert of["nobodys"] == {33}
    assert of["countdown"] == {None}  # not asked for

    tried = [code for code in found.values() if code is not None]
    assert f"{len(tried)} changes tried in" in run.stdout


def test_a_change_that_never_ends_is_stopped(project: Path) -> None:
    run = try_them(project, "*x_countdown__*")

    assert run.returncode == 0, run.stdout + run.stderr
    assert -24 in {code for key, code in codes(project).items() if key.startswith("countdown")}


def test_tests_that_fail_by_themselves_prove_nothing(project: Path) -> None:
    (project / "tests/test_rules.py").write_text(TESTS.replace("== 3", "== 4"), "utf-8")

    run = try_them(project)

    assert run.returncode != 0
    assert "the tests fail without any change" in run.stdout + run.stderr
    assert set(codes(project).values()) == {None}
