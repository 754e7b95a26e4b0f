"""Signing in by password and by provider code, and everything that must not work."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, text, update
from tests.fakes.login_providers import FakeDingTalk, FakeWeChat
from tests.services.identity.house import (
    BOX,
    HOSPITAL,
    MINUTE,
    NOW,
    PASSWORD,
    ROOT_SECRET,
    SOURCE,
    House,
    phone,
)

from mobile_hrp.domain.identity.lockout import LockoutPolicy
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.rate_limit import RateLimit
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.sessions import Platform, Provider
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import Credential, ExternalIdentity, LoginGuard, SessionFamily
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services.identity.credentials import give_credential
from mobile_hrp.services.identity.devices import revoke_device
from mobile_hrp.services.identity.external import open_subject, unbind_external_identity
from mobile_hrp.services.identity.logins import (
    PasswordAttempt,
    admit_password_attempt,
    login_with_password,
    unlock_login,
)
from mobile_hrp.services.identity.passwords import PasswordHasherPool, Verification
from mobile_hrp.services.identity.sessions import SignedIn
from mobile_hrp.services.identity.sign_in import hospital_id_of
from mobile_hrp.services.identity.viewers import me

WIDE = RateLimit("wide", capacity=10_000, per_token=timedelta(milliseconds=1))


WRONG = "wrong"


async def refusal_of(house: House, login_name: str = "chen", password: str = WRONG) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await house.sign_in(login_name, password=password)
    return refused.value


async def with_code(
    house: House, provider: Provider, code: str, platform: Platform = Platform.WECHAT
) -> SignedIn:
    return await house.doors.with_code(
        hospital_id=HOSPITAL,
        provider=provider,
        code=code,
        device=phone(1, platform),
        source=SOURCE,
        now=NOW,
    )


async def count_sessions(house: House) -> int:
    async with house.database.reading(HOSPITAL) as session:
        return await session.scalar(select(func.count()).select_from(SessionFamily)) or 0


async def test_the_hospital_is_found_by_its_code_and_an_unknown_one_refused(house: House) -> None:
    async with house.database.reading(0) as session:
        assert await hospital_id_of(session, "H36") == HOSPITAL
        with pytest.raises(Refusal, match="HOSPITAL_UNKNOWN"):
            await hospital_id_of(session, "h36' OR 1=1")


async def test_the_login_name_is_read_as_people_type_it(house: House) -> None:
    signed_in = await house.sign_in("  ＣＨＥＮ ")
    assert signed_in.staff_id == house.staff["chen"]
    rows = await house.audited("login.")
    assert [(row.action, row.actor_id) for row in rows] == [("login.succeed", house.staff["chen"])]
    assert rows[0].detail["source"] == SOURCE


@pytest.mark.parametrize("text", ["\0", "ch\0en", "\ud800", "x" * 100_000, "'; --", "\u202e"])
async def test_hostile_text_is_a_wrong_name_or_password_and_never_a_fault(
    house: House, text: str
) -> None:
    assert (await refusal_of(house, text, text)).code == "CREDENTIALS_INVALID"
    assert (await refusal_of(house, "chen", text)).code == "CREDENTIALS_INVALID"
    async with house.database.reading(0) as session:
        with pytest.raises(Refusal, match="HOSPITAL_UNKNOWN"):
            await hospital_id_of(session, text)
    await house.sign_in("chen", replace(phone(), label=text))


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer_and_leave_no_session(
    house: House,
) -> None:
    wrong = await refusal_of(house)
    unknown = await refusal_of(house, "nobody")
    assert wrong.details == unknown.details
    assert wrong.code == "CREDENTIALS_INVALID"
    assert await count_sessions(house) == 0
    assert [row.action for row in await house.audited()] == ["login.refuse"] * 2


async def test_a_wrong_password_and_an_unknown_name_send_the_same_statements(
    house: House,
) -> None:
    async def sent(login_name: str) -> list[str]:
        statements: list[str] = []

        def note(*arguments: object) -> None:
            statements.append(str(arguments[2]))

        engine = house.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        await refusal_of(house, login_name)
        event.remove(engine, "before_cursor_execute", note)
        return statements

    await refusal_of(house, "warm")
    known, unknown = await sent("chen"), await sent("nobody")
    assert known == unknown
    assert known


async def test_the_fifth_wrong_password_locks_the_name_and_even_the_right_one_waits(
    house: House,
) -> None:
    for _ in range(5):
        assert (await refusal_of(house)).code == "CREDENTIALS_INVALID"
    locked = await refusal_of(house, password=PASSWORD)
    assert locked.code == "LOGIN_LOCKED"
    assert locked.details[0].params["retry_after_seconds"] == 15 * 60
    assert [row.action for row in await house.audited("login.")].count("login.lock") == 1
    assert (await house.sign_in("chen", now=NOW + 15 * MINUTE)).staff_id == house.staff["chen"]


async def test_an_unknown_name_is_locked_in_the_same_way(house: House) -> None:
    known = [(await refusal_of(house, "chen")).details for _ in range(7)]
    unknown = [(await refusal_of(house, "nobody")).details for _ in range(7)]
    assert known == unknown


async def test_a_lock_is_one_names_and_one_hospitals_alone(house: House) -> None:
    await house.hire("zhao")
    for _ in range(6):
        await refusal_of(house)
    assert (await house.sign_in("zhao")).staff_id == house.staff["zhao"]


async def test_the_right_password_forgets_earlier_mistakes(house: House) -> None:
    for _ in range(2):
        for _ in range(4):
            assert (await refusal_of(house)).code == "CREDENTIALS_INVALID"
        await house.sign_in("chen")


async def test_attempts_in_parallel_try_no_more_passwords_than_the_limit(house: House) -> None:
    flood = house.with_doors(by_name=WIDE, by_source=WIDE)
    answers = await asyncio.gather(
        *(flood.sign_in("chen", password=f"guess {n}") for n in range(40)), return_exceptions=True
    )
    codes = Counter(answer.code for answer in answers if isinstance(answer, Refusal))
    assert codes == {"CREDENTIALS_INVALID": 5, "LOGIN_LOCKED": 35}
    assert (await refusal_of(house, password=PASSWORD)).code == "LOGIN_LOCKED"


async def test_attempts_on_one_name_are_limited_even_where_nothing_locks(house: House) -> None:
    tight = RateLimit("login.name", capacity=3, per_token=timedelta(seconds=30))
    patient = LockoutPolicy(attempts=1000)
    flood = house.with_doors(by_name=tight, lockout=patient)
    answers = await asyncio.gather(
        *(flood.sign_in("nobody", password=f"guess {n}") for n in range(20)),
        return_exceptions=True,
    )
    codes = Counter(answer.code for answer in answers if isinstance(answer, Refusal))
    assert codes == {"CREDENTIALS_INVALID": 3, "RATE_LIMITED": 17}


async def test_attempts_from_one_address_are_limited_over_all_names(house: House) -> None:
    tight = RateLimit("login.source", capacity=4, per_token=timedelta(seconds=30))
    flood = house.with_doors(by_source=tight)
    codes = Counter([(await refusal_of(flood, f"nobody{n}")).code for n in range(6)])
    assert codes == {"CREDENTIALS_INVALID": 4, "RATE_LIMITED": 2}
    limited = await refusal_of(flood, password=PASSWORD)
    assert limited.details[0].params["retry_after_seconds"] == 30


async def test_a_full_hashing_queue_refuses_before_an_attempt_is_counted(house: House) -> None:
    with PasswordHasherPool(waiting_max=0, memory_kib=64, passes=1) as narrow:
        busy = house.with_doors(passwords=narrow)
        async with narrow.turn():
            assert (await refusal_of(busy)).code == "LOGIN_BUSY"
        await busy.sign_in("chen")
    async with house.database.reading(HOSPITAL) as session:
        assert await session.scalar(select(func.max(LoginGuard.failed_count))) == 0


async def test_only_the_security_administrator_lifts_a_lock(house: House) -> None:
    await house.hire("guard")
    await house.give("guard", Role.SECURITY_ADMIN, ScopeKind.HOSPITAL)
    guard = await house.viewer("guard")
    for _ in range(5):
        await refusal_of(house)
    async with house.database.transaction(HOSPITAL) as session:
        await unlock_login(session, viewer=guard, login_name="Chen", box=BOX, now=NOW)
    chen = await house.viewer("chen")
    async with house.database.transaction(HOSPITAL) as session:
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await unlock_login(session, viewer=chen, login_name="guard", box=BOX, now=NOW)


async def test_a_hash_with_outdated_parameters_is_renewed_at_the_next_sign_in(
    house: House,
) -> None:
    async def stored() -> str:
        async with house.database.reading(HOSPITAL) as session:
            return (await session.scalars(select(Credential.password_hash))).one()

    before = await stored()
    with PasswordHasherPool(memory_kib=128, passes=1) as stronger:
        await house.with_doors(passwords=stronger).sign_in("chen")
        after = await stored()
        assert "m=64," in before
        assert "m=128," in after
        await house.with_doors(passwords=stronger).sign_in("chen")
    assert await stored() == after


async def test_an_initial_password_shows_who_one_is_and_opens_nothing_else(house: House) -> None:
    await house.hire("novice", must_change=True)
    await house.give("novice", Role.EMPLOYEE)
    signed_in = await house.sign_in("novice")
    viewer = await house.see(signed_in)
    assert signed_in.must_change_password
    assert viewer is not None
    assert viewer.permissions == frozenset()
    async with house.database.reading(HOSPITAL) as session:
        myself = await me(session, viewer=viewer)
    assert (myself.must_change_password, myself.capabilities) == (True, ())
    new = "quiet-river-stone-9"
    await house.doors.change_password(
        viewer=viewer, current=PASSWORD, new=new, source=SOURCE, now=NOW
    )
    seen = await house.see(signed_in)
    assert seen is not None
    assert seen.holds(Permission.DOCUMENT_SUBMIT)
    assert (await refusal_of(house, "novice", PASSWORD)).code == "CREDENTIALS_INVALID"
    assert not (await house.sign_in("novice", password=new)).must_change_password


async def test_changing_the_password_signs_out_the_other_devices_only(house: House) -> None:
    other = await house.sign_in("chen", phone(2))
    here = await house.sign_in("chen", phone(1))
    viewer = await house.see(here)
    assert viewer is not None
    await house.doors.change_password(
        viewer=viewer, current=PASSWORD, new="quiet-river-stone-9", source=SOURCE, now=NOW
    )
    assert await house.see(other) is None
    assert await house.see(here) is not None
    assert [row.actor_id for row in await house.audited("credential.change")] == [
        house.staff["chen"]
    ]


async def test_a_wrong_current_password_counts_as_a_wrong_sign_in_and_changes_nothing(
    house: House,
) -> None:
    viewer = await house.viewer("chen")
    for expected in ["CREDENTIALS_INVALID"] * 5 + ["LOGIN_LOCKED"]:
        with pytest.raises(Refusal, match=expected):
            await house.doors.change_password(
                viewer=viewer, current="wrong", new="quiet-river-stone-9", source=SOURCE, now=NOW
            )
    assert await house.audited("credential.") == []
    assert (await house.sign_in("chen", now=NOW + 16 * MINUTE)).staff_id == viewer.staff_id


async def test_a_weak_new_password_is_refused_before_anything_is_counted(house: House) -> None:
    viewer = await house.viewer("chen")
    with pytest.raises(Refusal, match="PASSWORD_WEAK"):
        await house.doors.change_password(
            viewer=viewer, current=PASSWORD, new="chen-chen-chen", source=SOURCE, now=NOW
        )
    await house.sign_in("chen")


async def test_a_password_changed_while_it_was_being_verified_does_not_sign_in(
    house: House,
) -> None:
    async with house.database.transaction(HOSPITAL) as session:
        attempt = await admit_password_attempt(
            session, hospital_id=HOSPITAL, login_name="chen", box=BOX, now=NOW
        )
    assert isinstance(attempt, PasswordAttempt)
    async with house.database.transaction(HOSPITAL) as session:
        await session.execute(update(Credential).values(password_hash="changed elsewhere"))
    async with house.database.transaction(HOSPITAL) as session:
        answer = await login_with_password(
            session,
            hospital_id=HOSPITAL,
            attempt=attempt,
            verification=Verification(right=True),
            device=phone(),
            source=SOURCE,
            now=NOW,
        )
    assert isinstance(answer, Refusal)
    assert answer.code == "CREDENTIALS_INVALID"
    assert await count_sessions(house) == 0


async def test_a_bound_wechat_user_signs_in_and_an_unbound_one_does_not(
    house: House, wechat: FakeWeChat
) -> None:
    with pytest.raises(Refusal, match="LOGIN_NOT_BOUND"):
        await with_code(house, Provider.WECHAT, wechat.issue_code("openid-chen"))
    viewer = await house.viewer("chen")
    await house.doors.bind(
        viewer=viewer, provider=Provider.WECHAT, code=wechat.issue_code("openid-chen"), now=NOW
    )
    signed_in = await with_code(house, Provider.WECHAT, wechat.issue_code("openid-chen"))
    assert signed_in.staff_id == house.staff["chen"]
    with pytest.raises(Refusal, match="LOGIN_NOT_BOUND"):
        await with_code(house, Provider.WECHAT, wechat.issue_code("openid-zhao"))
    assert [row.action for row in await house.audited()].count("external_identity.bind") == 1


async def test_a_bound_dingtalk_user_signs_in(house: House, dingtalk: FakeDingTalk) -> None:
    viewer = await house.viewer("chen")
    await house.doors.bind(
        viewer=viewer, provider=Provider.DINGTALK, code=dingtalk.issue_code("user36"), now=NOW
    )
    code = dingtalk.issue_code("user36")
    signed_in = await with_code(house, Provider.DINGTALK, code, Platform.DINGTALK)
    assert signed_in.staff_id == house.staff["chen"]
    with pytest.raises(Refusal, match="LOGIN_CODE_INVALID"):
        await with_code(house, Provider.DINGTALK, code, Platform.DINGTALK)


async def test_an_outside_identity_is_stored_sealed_and_can_be_opened_to_send_to(
    house: House, dingtalk: FakeDingTalk, owner_database: Database
) -> None:
    viewer = await house.viewer("chen")
    await house.doors.bind(
        viewer=viewer, provider=Provider.DINGTALK, code=dingtalk.issue_code("user36"), now=NOW
    )
    async with owner_database.reading(HOSPITAL) as session:
        row = (await session.scalars(select(ExternalIdentity))).one()
        stored = await session.scalar(text("SELECT e::text FROM external_identity e"))
    assert open_subject(BOX, row) == ("user36", "u-user36")
    assert "user36" not in (stored or "")


async def test_one_outside_identity_belongs_to_one_person(house: House, wechat: FakeWeChat) -> None:
    await house.hire("zhao")
    chen, zhao = await house.viewer("chen"), await house.viewer("zhao")
    answers = await asyncio.gather(
        *(
            house.doors.bind(
                viewer=viewer, provider=Provider.WECHAT, code=wechat.issue_code("same"), now=NOW
            )
            for viewer in (chen, zhao)
        ),
        return_exceptions=True,
    )
    assert sorted(getattr(answer, "code", "bound") for answer in answers) == [
        "EXTERNAL_IDENTITY_TAKEN",
        "bound",
    ]


async def test_a_binding_made_under_a_retired_secret_still_signs_in_and_still_takes(
    house: House, wechat: FakeWeChat
) -> None:
    await house.hire("zhao")
    chen, zhao = await house.viewer("chen"), await house.viewer("zhao")
    await house.doors.bind(
        viewer=chen, provider=Provider.WECHAT, code=wechat.issue_code("same"), now=NOW
    )
    rotated = house.with_doors(box=SecretsBox("the next root secret", retired=[ROOT_SECRET]))
    signed_in = await with_code(rotated, Provider.WECHAT, wechat.issue_code("same"))
    assert signed_in.staff_id == chen.staff_id
    with pytest.raises(Refusal, match="EXTERNAL_IDENTITY_TAKEN"):
        await rotated.doors.bind(
            viewer=zhao, provider=Provider.WECHAT, code=wechat.issue_code("same"), now=NOW
        )


async def test_binding_anew_replaces_the_old_identity_and_unbinding_removes_it(
    house: House, wechat: FakeWeChat
) -> None:
    viewer = await house.viewer("chen")
    for openid in ("old-phone", "new-phone"):
        await house.doors.bind(
            viewer=viewer, provider=Provider.WECHAT, code=wechat.issue_code(openid), now=NOW
        )
    with pytest.raises(Refusal, match="LOGIN_NOT_BOUND"):
        await with_code(house, Provider.WECHAT, wechat.issue_code("old-phone"))
    await with_code(house, Provider.WECHAT, wechat.issue_code("new-phone"))
    async with house.database.transaction(HOSPITAL) as session:
        await unbind_external_identity(session, viewer=viewer, provider=Provider.WECHAT, now=NOW)
    with pytest.raises(Refusal, match="LOGIN_NOT_BOUND"):
        await with_code(house, Provider.WECHAT, wechat.issue_code("new-phone"))


async def test_a_stolen_wechat_phone_cannot_sign_itself_in_again(
    house: House, wechat: FakeWeChat
) -> None:
    viewer = await house.viewer("chen")
    await house.doors.bind(
        viewer=viewer, provider=Provider.WECHAT, code=wechat.issue_code("openid-chen"), now=NOW
    )
    stolen = await with_code(house, Provider.WECHAT, wechat.issue_code("openid-chen"))
    async with house.database.transaction(HOSPITAL) as session:
        await revoke_device(session, viewer=viewer, device_id=stolen.device_id, now=NOW)
    with pytest.raises(Refusal, match="LOGIN_NOT_BOUND"):
        await with_code(house, Provider.WECHAT, wechat.issue_code("openid-chen"))
    await house.doors.bind(
        viewer=viewer, provider=Provider.WECHAT, code=wechat.issue_code("openid-chen"), now=NOW
    )
    with pytest.raises(Refusal, match="DEVICE_REVOKED"):
        await with_code(house, Provider.WECHAT, wechat.issue_code("openid-chen"))


async def test_an_initial_password_cannot_bind_an_outside_identity(
    house: House, wechat: FakeWeChat
) -> None:
    await house.hire("novice", must_change=True)
    viewer = await house.viewer("novice")
    with pytest.raises(Refusal, match="PASSWORD_CHANGE_REQUIRED"):
        await house.doors.bind(
            viewer=viewer, provider=Provider.WECHAT, code=wechat.issue_code("someone"), now=NOW
        )


async def test_the_system_administrator_gives_and_resets_credentials(house: House) -> None:
    await house.hire("admin")
    await house.give("admin", Role.SYSTEM_ADMIN, ScopeKind.HOSPITAL)
    admin, chen = await house.viewer("admin"), await house.viewer("chen")
    before = await house.sign_in("chen")
    async with house.doors.passwords.turn() as turn:
        initial = await turn.hash("first-of-many-84")
    async with house.database.transaction(HOSPITAL) as session:
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await give_credential(
                session,
                viewer=chen,
                staff_id=house.staff["admin"],
                login_name="mine",
                password_hash=initial,
                now=NOW,
            )
    for name, expected in (("admin", "LOGIN_NAME_TAKEN"), ("a b", "LOGIN_NAME_INVALID")):
        async with house.database.transaction(HOSPITAL) as session:
            with pytest.raises(Refusal, match=expected):
                await give_credential(
                    session,
                    viewer=admin,
                    staff_id=house.staff["chen"],
                    login_name=name,
                    password_hash=initial,
                    now=NOW,
                )
    assert await house.see(before) is not None
    async with house.database.transaction(HOSPITAL) as session:
        await give_credential(
            session,
            viewer=admin,
            staff_id=house.staff["chen"],
            login_name="Chen.2",
            password_hash=initial,
            now=NOW,
        )
    assert await house.see(before) is None
    signed_in = await house.sign_in("chen.2", password="first-of-many-84")
    assert signed_in.must_change_password
    assert (await refusal_of(house, "chen", PASSWORD)).code == "CREDENTIALS_INVALID"


async def test_no_audit_row_holds_a_login_name_a_password_or_a_subject(
    house: House, wechat: FakeWeChat
) -> None:
    await refusal_of(house, "typed-my-password-here", "tram-lamp")
    for _ in range(6):
        await refusal_of(house, "chen", "wrong-canary")
    with pytest.raises(Refusal):
        await with_code(house, Provider.WECHAT, wechat.issue_code("openid-canary"))
    written = " ".join(str(row.detail) for row in await house.audited())
    for canary in (
        "typed-my-password-here",
        "wrong-canary",
        "openid-canary",
        wechat.session_key,
        wechat.app_secret,
    ):
        assert canary not in written
    assert written
