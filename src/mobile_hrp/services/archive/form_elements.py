"""The form as XML under the element names of DA/T 95-2022, Annex A.

What the standard lists and nobody gave is answered beside it, never made up. A scenario without a
form in the standard is written under the keys of its own form.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mobile_hrp.domain.receipts.chinese_amount import render
from mobile_hrp.domain.scenario.model import ArchiveForm
from mobile_hrp.services.archive.collecting import Collected, DecisionRecord
from mobile_hrp.services.archive.shown_form import ShownField
from mobile_hrp.services.xml_text import element, written

_APPROVALS = "ApprovalInfoData"
_OWN_ROOT = "Form"


@dataclass(frozen=True, slots=True)
class FormElements:
    """``missing`` are elements of the standard's head that have no value."""

    xml: bytes
    missing: tuple[str, ...]


def form_elements(collected: Collected) -> FormElements:
    form = collected.archive_form
    root = ET.Element(form.element if form is not None else _OWN_ROOT)
    head = _of_system(collected, form)
    for field in collected.fields:
        _add_field(root, head, field, form)
    for decision in collected.decisions:
        row = ET.SubElement(root, decision.archive_as or _APPROVALS)
        for name, text in _approval(decision).items():
            element(row, name, text)
    for position, (name, text) in enumerate(sorted(head.items())):
        one = ET.Element(name)
        root.insert(position, one)
        element(one, "", text)
    missing = sorted(form.head - head.keys()) if form is not None else []
    return FormElements(written(root), tuple(missing))


def _of_system(collected: Collected, form: ArchiveForm | None) -> dict[str, str]:
    """What the system itself knows of the head, as far as the form has a place for it."""
    known = {
        "AgencyName": collected.hospital_name,
        "ApplyDate": collected.submitted_on,
        "Applicant": collected.requester,
        "LoanUser": collected.requester,
        "Department": collected.department,
        "ReimburseAmountComplex": render(collected.amount_fen),
        "LoanAmountComplex": render(collected.amount_fen),
        "SpendAmountComplex": render(collected.amount_fen),
        "PaymentAmountComplex": render(collected.amount_fen),
    }
    if form is None:
        return {"Number": collected.number, **{key: known[key] for key in ("AgencyName",)}}
    own_number = f"{form.element}No"
    found = {name: text for name, text in known.items() if name in form.head and text}
    if own_number in form.head:
        found[own_number] = collected.number
    return found


def _add_field(
    root: ET.Element, head: dict[str, str], field: ShownField, form: ArchiveForm | None
) -> None:
    name = field.definition.archive or ("" if form is not None else field.definition.key)
    if not name:
        return
    container, _, inner = name.partition(".")
    if field.rows:
        for row in field.rows:
            _add_row(ET.SubElement(root, container), row, own_keys=form is None)
    elif form is not None and container in form.containers:
        for item in field.items or (field.text,):
            element(ET.SubElement(root, container), inner or "Name", item)
    else:
        head[name] = field.text


def _add_row(parent: ET.Element, row: Sequence[ShownField], *, own_keys: bool) -> None:
    for field in row:
        name = field.definition.archive or (field.definition.key if own_keys else "")
        if name:
            element(parent, name.rpartition(".")[2], field.text)


def _approval(decision: DecisionRecord) -> Mapping[str, str]:
    day, _, time = decision.decided_at.partition("T")
    return {
        "Name": decision.actor_name,
        "Department": decision.department,
        "Rank": decision.rank,
        "Role": decision.node_name,
        "Date": day,
        "Time": time,
        "Status": decision.verdict,
        "Comment": decision.comment,
    }
