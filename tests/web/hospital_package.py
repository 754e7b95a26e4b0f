"""A hospital's own package for the tests: one sound scenario, and ways to spoil it."""

from collections.abc import Mapping
from typing import Any

HEAD = """\
code: {code}
version: "{version}"
schema: 1
zh: 本院场景
en: Our scenarios
requires: cn-hospital-core
thresholds: {{BEDS: 2}}
"""
SCENARIO = """\
code: bed_loan
zh: 跨科借床
en: Loan of beds
group: control
form: custom
sla_hours: 4
fields:
  - {key: beds, zh: 床位数, en: Beds, type: int, required: true, min: 1, max: 20}
  - key: patients
    zh: 病种
    en: Patients
    type: enum
    required: true
    options:
      - {code: ordinary, zh: 普通, en: Ordinary}
      - {code: isolation, zh: 需隔离, en: In isolation}
  - key: measures
    zh: 隔离措施
    en: Measures
    type: longtext
    required_when: "patients == 'isolation'"
    visible_when: "patients == 'isolation'"
flow:
  - include: dept_head
  - {key: nursing, zh: 护理部, en: Nursing, who: nursing_office, mode: any, when: "beds > BEDS"}
controls: [C15]
notify: [approver_todo, applicant_result]
"""


def package(
    *,
    version: str = "1",
    scenario: str = SCENARIO,
    code: str = "our-hospital",
    more: Mapping[str, str] | None = None,
) -> list[dict[str, str]]:
    """The files of a package, as ``importScenarioPackage`` takes them."""
    files = {
        "package.yaml": HEAD.format(code=code, version=version),
        "scenarios/bed_loan.yaml": scenario,
        **(more or {}),
    }
    return [{"path": path, "text": text} for path, text in files.items()]


def replaced(old: str, new: str) -> list[dict[str, str]]:
    """The package with one thing in its scenario written otherwise."""
    assert old in SCENARIO
    return package(scenario=SCENARIO.replace(old, new))


def with_head(extra: str) -> list[dict[str, str]]:
    files = package()
    files[0]["text"] += extra
    return files


def many_nodes(number: int) -> list[dict[str, str]]:
    """So many nodes, a hundred in each scenario, all from one part."""
    nodes = "".join(
        f"  - {{key: n{index}, zh: 步, en: Step, who: dept_head, mode: any}}\n"
        for index in range(100)
    )
    text = SCENARIO.replace("  - include: dept_head\n", "  - include: hundred\n")
    more: dict[str, str] = {"parts/many.yaml": f"hundred:\n{nodes}"}
    for index in range(number // 100):
        more[f"scenarios/s{index}.yaml"] = text.replace("code: bed_loan", f"code: s{index}")
    return package(more=more)


def codes(payload: Mapping[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def places(payload: Mapping[str, Any]) -> set[str]:
    return {".".join(error["field"]) for error in payload["userErrors"]}
