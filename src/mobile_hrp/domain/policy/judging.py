"""What findings mean for a document: whether it may go on, and what its route has to know."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from mobile_hrp.domain.policy.terms import Finding
from mobile_hrp.domain.refusal import RefusalDetail
from mobile_hrp.domain.scenario.vocabulary import EXTRA_APPROVER_FACT, Severity

PERMISSION_COMMENT: Final = "permission_comment"
"""The form field for the reason of an exception (特殊事项审批事由, DA/T 95 PermissionComment)."""

BUDGET_CONTROL: Final = "budget_available"
OVER_STANDARD: Final = frozenset({"travel_standard", "per_head_standard"})
"""Controls that compare with a spending standard; their findings are the fact ``over_standard``."""
OVER_QUOTA: Final = frozenset({"quota_and_stock"})

NEVER_OVERRIDDEN: Final = frozenset({BUDGET_CONTROL, "incompatible_duties", "snapshot_unchanged"})
"""No single post may wave these through: the budget is raised by a supplement that is approved, and
the other two protect the approval itself (财会〔2012〕21号: incompatible posts)."""

_HEEDED: Final = frozenset(Severity) - {Severity.INFO}

Matter = tuple[str, str, str]
"""What a finding is about: control, case and path. Its evidence may change by the day."""


def matter_of(finding: Finding) -> Matter:
    return (finding.control, finding.case, finding.path)


@dataclass(frozen=True, slots=True)
class Answers:
    """What people have said to the findings.

    ``reasons`` are the requester's by control code; ``comment`` is a reason for the document as a
    whole, where its form asks for one. ``overridden`` are matters waved through for this content.
    ``joined`` says that one more approver was asked already.
    """

    reasons: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    overridden: frozenset[Matter] = frozenset()
    joined: bool = False

    def reason_for(self, control: str) -> str:
        return self.reasons.get(control, "").strip() or self.comment.strip()


def obstacles(findings: Iterable[Finding], answers: Answers) -> tuple[Finding, ...]:
    """The findings that stop the document, in their order: unanswered reasons among them."""
    return tuple(finding for finding in findings if _stops(finding, answers))


def _stops(finding: Finding, answers: Answers) -> bool:
    if matter_of(finding) in answers.overridden:
        return False
    if finding.severity is Severity.BLOCK:
        return True
    return finding.severity is Severity.REQUIRE_REASON and not answers.reason_for(finding.control)


def awaiting_approver(findings: Iterable[Finding], answers: Answers) -> tuple[Finding, ...]:
    """Findings that ask for one more approver while a decision is made: the route stands by now."""
    if answers.joined:
        return ()
    return tuple(
        finding
        for finding in findings
        if finding.severity is Severity.REQUIRE_EXTRA_APPROVER
        and matter_of(finding) not in answers.overridden
    )


def refusal_details(findings: Iterable[Finding], code: str = "") -> tuple[RefusalDetail, ...]:
    """One typed reason per finding; the edge puts it into words from control, case and evidence."""
    return tuple(
        RefusalDetail(
            code or _CODES.get(finding.severity, "FINDING_BLOCKED"),
            finding.path,
            {
                "control": finding.control,
                "key": finding.key,
                "case": finding.case,
                "evidence": json.dumps(dict(finding.evidence), ensure_ascii=False, default=list),
            },
        )
        for finding in findings
    )


_CODES: Final = {
    Severity.BLOCK: "FINDING_BLOCKED",
    Severity.REQUIRE_REASON: "FINDING_NEEDS_REASON",
}


def route_facts(findings: Iterable[Finding]) -> dict[str, bool]:
    """The facts conditions of a flow may read; an override or a reason does not undo them."""
    heeded = [one for one in findings if one.severity in _HEEDED and not one.unchecked]
    return {
        "over_standard": any(one.key in OVER_STANDARD for one in heeded),
        "over_quota": any(one.key in OVER_QUOTA for one in heeded),
        EXTRA_APPROVER_FACT: any(one.severity is Severity.REQUIRE_EXTRA_APPROVER for one in heeded),
    }
