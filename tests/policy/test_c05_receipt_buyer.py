"""C05: the invoice is made out to this hospital."""

import pytest
from tests.policy.filled import finding, findings, paper, receipt, said

from mobile_hrp.domain.policy.facts.receipts import OurTitle
from mobile_hrp.domain.policy.terms import Finding, ReceiptFacts
from mobile_hrp.domain.scenario.vocabulary import Severity

KEY = "receipt_buyer"
NAME, TAX_ID = "示例市第一医院(东院)", "12330000TEST000018"
OURS = OurTitle((NAME, "示例市第一医院"), TAX_ID)


def judged(one: ReceiptFacts) -> list[Finding]:
    return findings(KEY, paper("general_claim", {}, receipts=[one]), OURS)


def made_out(name: str, tax_id: str, kind: str = "digital_normal") -> ReceiptFacts:
    return receipt(kind=kind, buyer_name=name, buyer_tax_id=tax_id)


@pytest.mark.parametrize(
    ("name", "tax_id"),
    [
        (NAME, TAX_ID),
        ("示例市第一医院", TAX_ID),
        ("示例市第一医院（东院）", TAX_ID),
        ("示例市 第一医院【东院】", TAX_ID.lower()),
        ("示例市第一医院（东院）", "１２３３００００ＴＥＳＴ０００018"),
        ("示例市第一医院·(东院)", "12330000 TEST 000018"),
    ],
)
def test_width_brackets_blanks_and_case_do_not_matter(name: str, tax_id: str) -> None:
    assert judged(made_out(name, tax_id)) == []


def test_another_name_is_shown_beside_ours() -> None:
    (found,) = judged(made_out("示例市第二医院", TAX_ID))
    assert said(found) == ("other_name", "values.lines.0", Severity.BLOCK)
    assert found.evidence == {
        "number": "26312000000000000001",
        "printed": "示例市第二医院",
        "expected": NAME,
    }


def test_a_private_person_is_another_name() -> None:
    assert [one.case for one in judged(made_out("个人", ""))] == ["other_name", "no_tax_id"]


def test_another_tax_id_is_shown_beside_ours() -> None:
    (found,) = judged(made_out(NAME, "12330000TEST000019"))
    assert said(found) == ("other_tax_id", "values.lines.0", Severity.BLOCK)
    assert found.evidence == {
        "number": "26312000000000000001",
        "printed": "12330000TEST000019",
        "expected": TAX_ID,
    }


def test_an_invoice_without_a_buyer_is_told_twice_the_tax_id_mildly() -> None:
    name, tax_id = judged(made_out("", ""))
    assert said(name) == ("no_name", "values.lines.0", Severity.BLOCK)
    assert name.evidence == {"number": "26312000000000000001", "expected": NAME}
    assert said(tax_id) == ("no_tax_id", "values.lines.0", Severity.WARN)
    assert tax_id.evidence == {"number": "26312000000000000001", "expected": TAX_ID}


@pytest.mark.parametrize("kind", ["vat_roll", "vat_special", "vat_e_normal", "digital_special"])
def test_every_vat_kind_names_its_buyer(kind: str) -> None:
    assert [one.case for one in judged(made_out("", "", kind))] == ["no_name", "no_tax_id"]


@pytest.mark.parametrize("kind", ["taxi", "toll", "quota", "machine_printed", "rail_e", "receipt"])
def test_kinds_that_may_name_a_buyer_are_compared_only_if_they_do(kind: str) -> None:
    assert judged(made_out("", "", kind)) == []
    assert [one.case for one in judged(made_out("别的单位", "", kind))] == ["other_name"]
    assert [one.case for one in judged(made_out("", "91X", kind))] == ["other_tax_id"]


@pytest.mark.parametrize("kind", ["medical", "medical_e", "itinerary", "rail_paper"])
def test_papers_of_a_person_are_not_asked(kind: str) -> None:
    assert judged(made_out("张某", "110", kind)) == []


def test_each_receipt_is_judged_by_itself() -> None:
    good, bad = made_out(NAME, TAX_ID), receipt("2", at=2, path="values.lines.1")
    document = paper("general_claim", {}, receipts=[good, bad])
    assert {one.path for one in findings(KEY, document, OURS)} == {"values.lines.1"}


def test_without_receipts_or_without_our_title() -> None:
    assert findings(KEY, paper("general_claim", {})) == []
    document = paper("general_claim", {}, receipts=[made_out(NAME, TAX_ID)])
    assert finding(KEY, document).evidence == {"missing": ("OurTitle",)}
