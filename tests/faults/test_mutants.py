"""The summary of the mutation check counts what mutmut wrote, and fails where it should."""

import json
from pathlib import Path

import pytest
from scripts.mutants import main, read_modules, survivors_of

SEPARATOR = "\u01c1"
CHARGING = """\
def x_charge__mutmut_orig(amount: int) -> int:
    rate = 2
    return amount * rate


def x_charge__mutmut_1(amount: int) -> int:
    rate = 3
    return amount * rate


class Posting:
    def xǁPostingǁpost__mutmut_orig(self) -> None:
        self.posted = True

    def xǁPostingǁpost__mutmut_1(self) -> None:
        self.posted = None
"""


def leave(tree: Path, name: str, codes: dict[str, int | None], source: str = "") -> None:
    """What a run of mutmut leaves of one module."""
    module = tree / "src/mobile_hrp/domain" / name
    module.parent.mkdir(parents=True, exist_ok=True)
    module.write_text(source, "utf-8")
    prefix = f"mobile_hrp.domain.{name.removesuffix('.py').replace('/', '.')}."
    found = {f"{prefix}{key}": code for key, code in codes.items()}
    Path(f"{module}.meta").write_text(json.dumps({"exit_code_by_key": found}), "utf-8")


def killed(count: int) -> dict[str, int | None]:
    return {f"x_sound__mutmut_{number}": 1 for number in range(1, count + 1)}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """18 of 20 changes of budget were noticed (one by never ending), 9 of 10 of policy."""
    charging = {
        **killed(17),
        "x_slow__mutmut_1": 36,
        "x_charge__mutmut_1": 0,
        f"x{SEPARATOR}Posting{SEPARATOR}post__mutmut_1": 0,
    }
    leave(tmp_path, "budget/charging.py", charging, CHARGING)
    leave(tmp_path, "budget/terms.py", {})
    leave(tmp_path, "policy/controls/cash_limit.py", {**killed(9), "x_dry__mutmut_1": 33})
    return tmp_path


def test_nine_of_ten_are_enough(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tree", str(tree)]) == 0

    printed = capsys.readouterr()
    rows = {" ".join(line[:46].split()): line[46:].split() for line in printed.out.splitlines()}
    assert rows["budget/charging.py"] == ["18", "2", "0", "0", "90.0", "%"]
    assert rows["policy/controls/cash_limit.py"] == ["9", "0", "1", "0", "90.0", "%"]
    assert rows["all"] == ["27", "2", "1", "0", "90.0", "%"]
    assert "budget/terms.py" not in rows
    assert printed.err == ""


def test_one_more_survivor_is_one_too_many(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leave(tree, "policy/tables.py", {"x_find__mutmut_1": 0})

    assert main(["--tree", str(tree)]) == 1
    assert capsys.readouterr().err == "policy: 9 of 11 changes were noticed\n"


@pytest.mark.parametrize("code", [None, 2, -9])
def test_a_run_that_was_broken_off_proves_nothing(
    tree: Path, code: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(tree, "policy/tables.py", {**killed(90), "x_find__mutmut_1": code})

    assert main(["--tree", str(tree)]) == 1
    assert capsys.readouterr().err == "policy: 1 changes are still to be tried\n"


def test_a_package_without_a_run_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leave(tmp_path, "budget/charging.py", killed(10))

    assert main(["--tree", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "policy: 0 of 0 changes were noticed\n"


def test_survivors_are_listed_as_what_was_and_what_became(tree: Path) -> None:
    listed = tree / "survivors.md"
    main(["--tree", str(tree), "--survivors", str(listed)])

    assert listed.read_text("utf-8") == (
        "### budget/charging.py: 2 of 20\n\n"
        "- `charge`: `rate = 2` → `rate = 3`\n"
        "- `Posting.post`: `self.posted = True` → `self.posted = None`\n\n"
        "### policy/controls/cash_limit.py: 1 of 10\n\n"
        "- `dry`: no test of this selection reaches it\n"
    )
    charging, cash = read_modules(tree)
    assert [one.key for one in survivors_of(tree, charging)] == [
        "x_charge__mutmut_1",
        f"x{SEPARATOR}Posting{SEPARATOR}post__mutmut_1",
    ]
    assert list(survivors_of(tree, cash)) == []
