"""Whatever the program may refuse with can be told to a person: no code without its entry."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mobile_hrp
from mobile_hrp.domain.approval.codes import RefusalCode
from mobile_hrp.mobile_contract.catalogue import catalogue

ROOT = Path(mobile_hrp.__file__).parent
RAISERS = {"Refusal", "RefusalDetail", "AccessDeniedError", "formatted_error"}


def written_codes(source: str) -> Iterator[str]:
    """Codes said in a call that makes a refusal."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in RAISERS:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_every_code_in_the_source_is_in_the_catalogue() -> None:
    unknown = {
        f"{path.relative_to(ROOT)}: {code}"
        for path in ROOT.rglob("*.py")
        for code in written_codes(path.read_text("utf-8"))
        if code not in catalogue()
    }
    assert unknown == set()


@pytest.mark.parametrize("code", sorted(RefusalCode))
def test_every_code_of_the_approval_engine_is_in_the_catalogue(code: RefusalCode) -> None:
    assert code.value in catalogue()


def test_a_code_nobody_catalogued_would_be_found() -> None:
    source = "raise Refusal('NOBODY_KNOWS_THIS', path='x')\nRefusalDetail('NOR_THIS', 'y')\n"
    assert set(written_codes(source)) == {"NOBODY_KNOWS_THIS", "NOR_THIS"}
