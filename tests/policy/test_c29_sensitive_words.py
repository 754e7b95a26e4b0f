"""C29: words that call for a question, with their place."""

import uuid
from dataclasses import replace
from typing import Any

from tests.policy.papers import cited, paper, seen, table

from mobile_hrp.domain.policy.controls.sensitive_words import CONTROL
from mobile_hrp.domain.policy.terms import Observation, ReceiptFacts

TABLES = (
    table(
        "sensitive_words",
        "word",
        "category",
        ("酒", "tobacco_alcohol"),
        ("白酒", "tobacco_alcohol"),
        ("KTV", "luxury"),
        ("酒精", "allowed"),
    ),
)


def found(reason: str, **values: Any) -> list[Observation]:
    document = paper("general_claim", {"reason": reason, **values})
    return seen(CONTROL, document, tables=TABLES)


def test_a_word_is_shown_with_its_place_in_the_text() -> None:
    assert found("一二三四五六七八九十购白酒两瓶,白酒一箱送检验科使用") == [
        Observation(
            "found",
            "values.reason",
            {
                "field": "报销事由",
                "field_en": "Reason",
                "word": "白酒",
                "category": "tobacco_alcohol",
                "position": 12,
                "times": 2,
                "excerpt": "四五六七八九十购白酒两瓶,白酒一箱送",
                **cited("sensitive_words"),
            },
        )
    ]


def test_blanks_width_and_case_do_not_hide_a_word() -> None:
    [hidden] = found("去ｋ t-V唱歌")
    assert (hidden.evidence["word"], hidden.evidence["position"]) == ("KTV", 2)
    assert hidden.evidence["excerpt"] == "去ｋ t-V唱歌"


def test_allowed_phrases_are_no_hits_and_a_part_of_a_word_is_not_told_twice() -> None:
    assert found("买酒精两瓶") == []
    assert [one.evidence["word"] for one in found("酒精和酒")] == ["酒"]
    assert found("酒精和酒")[0].evidence["position"] == 4
    assert [one.evidence["position"] for one in found("酒精酒")] == [3]
    assert [one.evidence["position"] for one in found("酒酒精")] == [1]
    assert found("") == []


def test_rows_and_sellers_are_read_too() -> None:
    rows = found("办公", lines=[{"description": "纸"}, {"description": "红酒"}])
    assert [(one.path, one.evidence["position"]) for one in rows] == [
        ("values.lines.1.description", 2)
    ]
    receipt = ReceiptFacts(uuid.UUID(int=5), "values.lines.0", "vat", seller_name="金色KTV")
    document = replace(paper("general_claim", {}), receipts=(receipt,))
    [seller] = seen(CONTROL, document, tables=TABLES)
    assert (seller.path, seller.evidence["field"], seller.evidence["field_en"]) == (
        "values.lines.0",
        "开票方",
        "Seller",
    )


def test_a_plain_text_passes() -> None:
    assert found("打印纸 10 箱", lines=[{"description": "快递"}]) == []
