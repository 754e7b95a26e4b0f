"""The size and shape of the made-up hospital, and ids that are the same for the same seed."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

HOSPITAL_ID = 7
HOSPITAL_CODE = "demo"
HOSPITAL_NAME = "示例市虚构医院"
HOSPITAL_TAX_ID = "12990000MA0SAMP1E8"


@dataclass(frozen=True, slots=True)
class HospitalPlan:
    """What to make. ``today`` anchors periods and budgets; the same plan gives the same rows."""

    staff: int = 120
    seed: int = 1
    today: date = date(2026, 11, 22)
    hospital_id: int = HOSPITAL_ID
    code: str = HOSPITAL_CODE
    name: str = HOSPITAL_NAME
    every_way: bool = False
    """Whether forms of every kind must find a budget line, the exceptional ones too."""

    @property
    def now(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DepartmentSpec:
    code: str
    name: str
    kind: str
    functional_for: tuple[str, ...] = ()


DEPARTMENTS: tuple[DepartmentSpec, ...] = (
    DepartmentSpec("FIN", "财务处", "functional", ("finance",)),
    DepartmentSpec("IT", "信息科", "functional", ("it", "software")),
    DepartmentSpec("EQP", "设备处", "functional", ("equipment", "repair")),
    DepartmentSpec("HR", "人事处", "functional", ("training", "labor")),
    DepartmentSpec("SCI", "科教处", "functional", ("research", "conference")),
    DepartmentSpec("LOG", "总务处", "functional", ("logistics", "vehicle")),
    DepartmentSpec("OFFICE", "院长办公室", "functional", ("reception",)),
    DepartmentSpec("AUDIT", "审计处", "functional"),
    DepartmentSpec("CARD", "心内科", "clinical"),
    DepartmentSpec("NEUR", "神经内科", "clinical"),
    DepartmentSpec("SURG", "普外科", "clinical"),
    DepartmentSpec("ORTH", "骨科", "clinical"),
    DepartmentSpec("PEDI", "儿科", "clinical"),
    DepartmentSpec("OBST", "产科", "clinical"),
    DepartmentSpec("EMER", "急诊科", "clinical"),
    DepartmentSpec("ICU", "重症医学科", "clinical"),
    DepartmentSpec("LAB", "检验科", "medtech"),
    DepartmentSpec("RAD", "放射科", "medtech"),
    DepartmentSpec("PHAR", "药剂科", "medtech"),
)

EXPENSE_TYPES: tuple[tuple[str, str, int], ...] = (
    ("travel", "差旅费", 60_000_00),
    ("office_supplies", "办公用品", 20_000_00),
    ("books", "图书资料", 12_000_00),
    ("training", "培训费", 40_000_00),
    ("materials", "卫生材料", 300_000_00),
)
"""Expense type, its name, and a department's usual yearly budget in fen."""


class SeededIds:
    """UUIDv7-shaped ids from a seed: sortable in the order made, equal for equal seeds."""

    def __init__(self, rng: random.Random, start: datetime) -> None:
        self._rng = rng
        self._milliseconds = int(start.timestamp() * 1000)

    def __call__(self) -> uuid.UUID:
        self._milliseconds += 1
        high, low = self._rng.getrandbits(12), self._rng.getrandbits(62)
        value = self._milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low
        return uuid.UUID(int=value)


@dataclass
class World:
    """Rows to insert, by table, plus the handles that later parts and the demo use."""

    plan: HospitalPlan
    rng: random.Random
    new_id: SeededIds
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    campuses: list[uuid.UUID] = field(default_factory=list)
    departments: dict[str, uuid.UUID] = field(default_factory=dict)
    department_campus: dict[str, uuid.UUID] = field(default_factory=dict)
    heads: dict[str, uuid.UUID] = field(default_factory=dict)
    members: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    role_holders: dict[str, list[uuid.UUID]] = field(default_factory=dict)
    budget_lines: dict[tuple[str, str], uuid.UUID] = field(default_factory=dict)

    @classmethod
    def begin(cls, plan: HospitalPlan) -> "World":
        rng = random.Random(plan.seed)
        start = datetime(plan.today.year, 1, 1, tzinfo=UTC)
        return cls(plan=plan, rng=rng, new_id=SeededIds(rng, start))

    def add(self, table: str, **values: Any) -> uuid.UUID:
        """Queue a row with a fresh id of this hospital; returns the id."""
        key: uuid.UUID = values.pop("id", None) or self.new_id()
        row = {"hospital_id": self.plan.hospital_id, "id": key, **values}
        self.rows.setdefault(table, []).append(row)
        return key
