"""Which new passwords are good enough."""

import pytest

from mobile_hrp.domain.identity.passwords import check_new_password, normalized
from mobile_hrp.domain.refusal import Refusal


@pytest.mark.parametrize(
    "password", ["蓝天下的三只小猫在屋顶上", "tram-lamp-fold-72", "Xq7 vRt2 mKd", "0a" * 10 + "bcd"]
)
def test_a_long_uncommon_password_is_accepted(password: str) -> None:
    check_new_password(password, login_name="e1001")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "too_short"),
        ("short-1!", "too_short"),
        ("x" * 9, "too_short"),
        ("tram-lamp-" * 13, "too_long"),
        ("1234567890", "too_common"),
        ("PASSWORD123", "too_common"),
        ("１２３４５６７８９０", "too_common"),
        ("aaaabbbbaaaabbbb", "too_common"),
        ("my-E1001-secret", "contains_login_name"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_new_password(password, login_name="e1001")
    detail = refused.value.details[0]
    assert (detail.code, detail.path, detail.params["reason"]) == (
        "PASSWORD_WEAK",
        "newPassword",
        reason,
    )
    assert password not in map(str, detail.params.values()) or not password


def test_full_width_typing_is_the_same_password() -> None:
    assert normalized("ｔｒａｍ－７２") == normalized("tram-72")
