"""C34: no patient data in free text, and only masked evidence of it."""

from typing import Any

import pytest
from tests.policy.papers import paper, seen, table

from mobile_hrp.domain.policy.controls.patient_privacy import CONTROL
from mobile_hrp.domain.policy.identity_numbers import is_identity_number, masked
from mobile_hrp.domain.policy.terms import Observation

TABLES = (
    table(
        "privacy_words",
        "kind",
        "words",
        ("marker", "患者 病人 姓名"),
        ("surname", "张王高周"),
        ("stop", "高血压 周转"),
        ("follower", "因的"),
    ),
)
NUMBER = "11010519491231002X"


def found(reason: str, scenario: str = "refund_special", **values: Any) -> list[Observation]:
    document = paper(scenario, {"reason": reason, **values})
    return seen(CONTROL, document, tables=TABLES)


def test_an_identity_number_is_found_by_its_check_digit() -> None:
    assert found(f"退费给{NUMBER}本人") == [
        Observation(
            "id_number",
            "values.reason",
            {"field": "原因", "field_en": "Reason", "position": 4, "shown": "110************02X"},
        )
    ]
    assert found("号码110105194912310021") == []


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (NUMBER, True),
        (NUMBER.lower(), True),
        ("110105194912310021", False),
        ("110105194913310029", False),
        ("1101051949123100", False),
        ("11010519491231002XX", False),
        ("", False),
        ("１１010519491231002X", False),
        ("440308199001010010", False),
        ("440308199001010017", True),
    ],
)
def test_identity_numbers(text: str, valid: bool) -> None:
    assert is_identity_number(text) is valid


def test_masking_keeps_little() -> None:
    assert masked("张三丰") == "张**"
    assert masked("张") == "张"
    assert masked("123456") == "1*****"
    assert masked("1234567") == "123*567"
    assert masked("") == ""


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("电话13812345678", 3),
        ("+86 13812345678", 5),
        ("138 1234 5678 联系", 1),
        ("电13812345678。", 2),
    ],
)
def test_mobile_numbers_are_found(text: str, position: int) -> None:
    [phone] = found(text)
    assert (phone.case, phone.path) == ("phone", "values.reason")
    assert phone.evidence["position"] == position
    assert str(phone.evidence["shown"]).startswith("138*")


@pytest.mark.parametrize("text", ["12812345678", "213812345678", "138123456789", "1381234567"])
def test_other_numbers_are_no_mobile_numbers(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "position", "shown"),
    [
        ("患者张三", 3, "张*"),
        ("患者张三丰", 3, "张**"),
        ("患者：张三丰，女", 4, "张**"),
        ("患者张三因病退费", 3, "张*"),
        ("退费姓名 王五", 6, "王*"),
        ("病人是高明的", 4, "高*"),
    ],
)
def test_a_name_after_a_word_for_patients_is_found(text: str, position: int, shown: str) -> None:
    assert found(text) == [
        Observation(
            "patient_name",
            "values.reason",
            {"field": "原因", "field_en": "Reason", "position": position, "shown": shown},
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "患者高血压退费",
        "患者高血压的复查",
        "患者周转因故推迟",
        "患者周转率下降",
        "患者满意度",
        "患者张",
        "患者",
        "张三丰来了",
        "患者张三丰来院办理",
        "患者 abc",
        "患者张3",
    ],
)
def test_what_is_no_name_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_every_mention_is_told_with_its_own_place() -> None:
    assert [one.evidence["position"] for one in found("患者张三，患者王五")] == [3, 8]
    assert len(found("病人姓名：张三")) == 1


def test_the_visit_is_an_opaque_token() -> None:
    assert found("退费", visit=NUMBER) == [
        Observation(
            "not_a_token",
            "values.visit",
            {
                "field": "就诊令牌",
                "field_en": "Visit token",
                "position": 1,
                "shown": "110************02X",
            },
        )
    ]
    assert found("退费", visit="v-8f31c2") == []


def test_fields_that_ask_for_a_number_may_hold_one_but_no_patients_name() -> None:
    people = [{"name": "周敏", "id_number": NUMBER}]
    assert found("讲课", "labor_claim", people=people) == []
    bills = [{"number": "13812345678"}]
    assert found("门诊", "medical_claim", bills=bills) == []
    code = [{"code": NUMBER}]
    assert [one.case for one in found("访视", "research_subject_pay", people=code)] == ["id_number"]
    batch = paper("special_consumable", {"item": [{"registration": "患者张三"}]})
    assert [one.case for one in seen(CONTROL, batch, tables=TABLES)] == ["patient_name"]
