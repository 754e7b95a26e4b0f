"""Which performance rules are in force: those shipped, or the hospital's own versions."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from sqlalchemy import select

from mobile_hrp.domain.expression import ExpressionError
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.rules import RuleBook, fault_of, read_rules
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.performance import PerformanceRuleSet
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit

_RULES_BYTES_MAX = 256 * 1024


@lru_cache(maxsize=1)
def rule_book() -> RuleBook:
    """The rules shipped with the scenario library. Faulty data stops here, at the start."""
    return read_rules(shipped_rules())


def shipped_rules() -> Mapping[str, Any]:
    """The shipped rules as data: what a hospital starts its own version from."""
    source = resources.files("mobile_hrp.scenario_library") / "cn_hospital_core"
    raw: Mapping[str, Any] = yaml.safe_load((source / "performance_rules.yaml").read_text("utf-8"))
    return raw


async def book_in_force(session: AnySession, *, day: date) -> RuleBook:
    """The latest approved version in force on a day; the shipped one without any."""
    found = await session.scalar(
        select(PerformanceRuleSet)
        .where(
            PerformanceRuleSet.approved_at.is_not(None), PerformanceRuleSet.effective_from <= day
        )
        .order_by(PerformanceRuleSet.effective_from.desc(), PerformanceRuleSet.approved_at.desc())
        .limit(1)
    )
    return _book(found.digest, json.dumps(found.definition)) if found else rule_book()


async def book_of_version(session: AnySession, version: str) -> RuleBook:
    """The rules a run names.

    Raises:
        Refusal: NOT_FOUND (``ruleVersion``) for a version nobody imported.
    """
    if version == rule_book().version:
        return rule_book()
    found = await session.scalar(
        select(PerformanceRuleSet).where(PerformanceRuleSet.version == version)
    )
    if found is None:
        raise Refusal("NOT_FOUND", path="ruleVersion")
    return _book(found.digest, json.dumps(found.definition))


async def propose_rules(
    session: WriteSession, *, viewer: Viewer, text: str, effective_from: date, now: datetime
) -> PerformanceRuleSet:
    """Take over a version of the rules, as YAML; it counts once somebody else approved it.

    Raises:
        Refusal: PERMISSION_DENIED, PERFORMANCE_RULES_FAULT with the place (an unknown name, rules
            that need each other, an amount nobody can read), PERFORMANCE_RULES_VERSION when the
            version exists with other content.
    """
    viewer.require(Permission.PERFORMANCE_CALCULATE)
    definition = _parsed(text)
    version = str(definition["version"])
    digest = _digest(definition)
    existing = await session.scalar(
        select(PerformanceRuleSet).where(PerformanceRuleSet.version == version)
    )
    if existing is not None and existing.digest == digest:
        return existing
    if existing is not None or version == rule_book().version:
        raise Refusal("PERFORMANCE_RULES_VERSION", path="rules", version=version)
    row = PerformanceRuleSet(
        hospital_id=viewer.hospital_id,
        id=new_id(),
        version=version,
        definition=definition,
        digest=digest,
        effective_from=effective_from,
        proposed_by=viewer.staff_id,
        proposed_at=now,
    )
    session.add(row)
    await _record(session, viewer, "performance.propose_rules", row, now)
    await session.flush()
    return row


async def approve_rules(
    session: WriteSession, *, viewer: Viewer, rule_set_id: uuid.UUID, now: datetime
) -> PerformanceRuleSet:
    """Put a proposed version into force from its day.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, PERFORMANCE_RULES_OWN for one's own proposal.
    """
    viewer.require(Permission.PERFORMANCE_PUBLISH)
    row = await session.scalar(
        select(PerformanceRuleSet).where(PerformanceRuleSet.id == rule_set_id).with_for_update()
    )
    if row is None:
        raise Refusal("NOT_FOUND", path="ruleSetId")
    if row.proposed_by == viewer.staff_id:
        raise Refusal("PERFORMANCE_RULES_OWN", path="ruleSetId")
    if row.approved_at is None:
        row.approved_by, row.approved_at = viewer.staff_id, now
        await _record(session, viewer, "performance.approve_rules", row, now)
        await session.flush()
    return row


def _parsed(text: str) -> dict[str, Any]:
    if len(text.encode()) > _RULES_BYTES_MAX:
        raise _fault("too large")
    try:
        raw = yaml.safe_load(text)
        if not isinstance(raw, dict):
            raise _fault("not a mapping")
        plain: dict[str, Any] = json.loads(json.dumps(raw, default=str))
        read_rules(plain)
    except (ExpressionError, ValueError, RecursionError) as problem:
        raise _fault(
            fault_of(problem) if isinstance(problem, ValueError) else str(problem)
        ) from problem
    except yaml.YAMLError as problem:
        raise _fault(str(problem)) from problem
    return plain


def _fault(what: str) -> Refusal:
    return Refusal("PERFORMANCE_RULES_FAULT", path="rules", fault=what[:200])


def _digest(definition: Mapping[str, Any]) -> str:
    canonical = json.dumps(definition, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@lru_cache(maxsize=32)
def _book(digest: str, definition: str) -> RuleBook:
    """``digest`` names the definition; it is what the cache goes by."""
    del digest
    return read_rules(json.loads(definition))


async def _record(
    session: WriteSession, viewer: Viewer, action: str, row: PerformanceRuleSet, now: datetime
) -> None:
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action=action,
        subject_type="performance_rule_set",
        subject_id=row.id,
        detail={"version": row.version, "digest": row.digest},
        now=now,
    )
