"""C32: licences in force."""

from datetime import date
from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.qualification import CONTROL
from mobile_hrp.domain.policy.facts.licences import Licence, LicenceFacts
from mobile_hrp.domain.policy.terms import Observation
from mobile_hrp.domain.scenario.vocabulary import Severity

TABLES = (
    table(
        "required_licences",
        "scenario holder_kind licence_kind",
        "warn_days",
        ("award_approval", "supplier", "business_licence", 5),
        ("*", "person", "medical_practice", 0),
        ("new_item_access", "product", "registration", 0),
    ),
)
SUPPLIER = ("supplier", "s-1")


def found(scenario: str, values: dict[str, Any], *held: Licence, holder: Any = SUPPLIER) -> Any:
    facts = LicenceFacts({holder: held}, {SUPPLIER: "Kang Co"})
    return seen(CONTROL, paper(scenario, values), facts, tables=TABLES)


AWARD = {"supplier": "s-1"}


def test_a_required_licence_that_nobody_registered_is_missing() -> None:
    expected = Observation(
        "missing",
        "values.supplier",
        {"holder": "Kang Co", "licence": "business_licence", **cited("required_licences")},
    )
    assert found("award_approval", AWARD) == [expected]
    assert found("award_approval", AWARD, Licence("other", "1")) == [expected]
    assert found("award_approval", AWARD, Licence("business_licence", "1")) == []
    assert found("contract_approval", {"party": "s-1"}) == []


def test_a_licence_is_good_until_its_last_day() -> None:
    def ending(day: date) -> Any:
        return found("contract_approval", {"party": "s-1"}, Licence("permit", "1", day))

    assert ending(date(2026, 3, 15)) == [
        Observation(
            "expired",
            "values.party",
            {
                "holder": "Kang Co",
                "licence": "permit",
                "expires_on": "2026-03-15",
                "day_on": "2026-03-16",
            },
        )
    ]
    assert ending(date(2026, 3, 16)) == []


def test_an_end_that_is_near_is_told() -> None:
    def ending(day: date) -> Any:
        return found("award_approval", AWARD, Licence("business_licence", "1", day))

    [soon] = ending(date(2026, 3, 20))
    assert (soon.case, soon.severity) == ("expiring", Severity.WARN)
    assert soon.evidence["expires_on"] == "2026-03-20"
    assert ending(date(2026, 3, 21)) == []


def test_the_latest_licence_of_a_kind_counts() -> None:
    old, new = Licence("permit", "1", date(2020, 1, 1)), Licence("permit", "2", date(2027, 1, 1))
    assert found("contract_approval", {"party": "s-1"}, old, new) == []
    assert found("contract_approval", {"party": "s-1"}, old, Licence("permit", "3")) == []


def test_a_doctor_needs_a_licence_on_the_day_of_the_consultation() -> None:
    visit = {"doctor": "d-1", "time": "2026-04-01T09:00:00+08:00"}
    practice = Licence("medical_practice", "1", date(2026, 3, 31))
    holder = ("person", "d-1")
    [late] = found("external_consult", visit, practice, holder=holder)
    assert (late.case, late.path) == ("expired", "values.doctor")
    assert (late.evidence["holder"], late.evidence["day_on"]) == ("d-1", "2026-04-01")
    on_the_day = Licence("medical_practice", "1", date(2026, 4, 1))
    assert found("external_consult", visit, on_the_day, holder=holder) == []
    past = {**visit, "time": "2026-03-01T09:00:00+08:00"}
    [today] = found(
        "external_consult", past, Licence("medical_practice", "1", date(2026, 3, 2)), holder=holder
    )
    assert today.evidence["day_on"] == "2026-03-16"


def test_products_are_known_by_registration_or_code() -> None:
    item = {"name": "stent", "registration": "R1"}
    [missing] = found("new_item_access", {"product": [item]})
    assert (missing.case, missing.path, missing.evidence["holder"]) == (
        "missing",
        "values.product.0",
        "R1",
    )
    registered = Licence("registration", "R1")
    assert found("new_item_access", {"product": [item]}, registered, holder=("product", "R1")) == []
    expired = Licence("registration", "R1", date(2026, 1, 1))
    coded = {"items": [{"name": "stent", "item_code": "C1"}]}
    [late] = found("supplies_request", coded, expired, holder=("product", "C1"))
    assert (late.case, late.path) == ("expired", "values.items.0")
    assert found("supplies_request", {"items": [{"name": "stent"}]}) == []


def test_a_product_past_its_date_is_found() -> None:
    def moved(valid_to: str) -> Any:
        return found("campus_transfer", {"items": [{"name": "serum", "valid_to": valid_to}]})

    assert moved("2026-03-15") == [
        Observation(
            "product_expired", "values.items.0", {"item": "serum", "valid_to_on": "2026-03-15"}
        )
    ]
    assert moved("2026-03-16") == []


def test_a_licence_for_ever_does_not_hide_one_that_expired() -> None:
    held = (Licence("permit", "1"), Licence("other", "2", date(2026, 3, 15)))
    assert [
        (one.case, one.evidence["licence"])
        for one in found("contract_approval", {"party": "s-1"}, *held)
    ] == [("expired", "other")]
