"""Sessions on a real database: opening, refreshing, theft, ending."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from tests.services.identity.house import HOSPITAL, MINUTE, NOW, PASSWORD, House, phone

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.sessions import Platform
from mobile_hrp.domain.identity.tokens import hospital_of, token_text
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import AccessToken, Device, RefreshToken, SessionFamily
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.identity.devices import end_sessions_of, list_devices, revoke_device
from mobile_hrp.services.identity.sessions import SignedIn, forget_old_sessions, logout
from mobile_hrp.services.identity.viewers import authenticate

PHONE = phone().installation_id


async def refresh(
    house: House, signed_in: SignedIn, *, after: timedelta = 9 * MINUTE, device: uuid.UUID = PHONE
) -> SignedIn:
    return await house.doors.refresh(
        refresh_token=signed_in.refresh_token, installation_id=device, now=NOW + after
    )


async def refused_refresh(
    house: House, signed_in: SignedIn, *, after: timedelta = 9 * MINUTE, device: uuid.UUID = PHONE
) -> str:
    with pytest.raises(Refusal) as refused:
        await refresh(house, signed_in, after=after, device=device)
    return refused.value.code


async def test_an_access_token_opens_for_ten_minutes_to_the_second(house: House) -> None:
    signed_in = await house.sign_in("chen")
    viewer = await house.see(signed_in, now=NOW + 10 * MINUTE - timedelta(seconds=1))
    assert viewer is not None
    assert viewer.staff_id == house.staff["chen"]
    expired = await authenticate(
        house.database, access_token=signed_in.access_token, now=NOW + 10 * MINUTE
    )
    assert expired == (None, "TOKEN_EXPIRED")


async def test_no_token_is_stored_in_readable_form(house: House, owner_database: Database) -> None:
    signed_in = await house.sign_in("chen")
    secrets = {
        signed_in.access_token,
        signed_in.refresh_token,
        signed_in.access_token.partition(".")[2],
        signed_in.refresh_token.partition(".")[2],
        PASSWORD,
    }
    async with owner_database.reading(HOSPITAL) as session:
        tables = await session.scalars(
            text(
                "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname !~ '^(pg|sql)_'"
            )
        )
        for table in tables.all():
            rows = await session.scalars(text(f"SELECT t::text FROM {table} t"))  # noqa: S608 - names from the catalogue
            for row in rows.all():
                assert not [secret for secret in secrets if secret in row], table
    assert not [secret for secret in secrets if secret in repr(signed_in)]


@pytest.mark.parametrize(
    "token",
    ["", "nonsense", "10.short", token_text(HOSPITAL, b"x" * 32), token_text(99, b"x" * 32)],
)
async def test_a_made_up_token_shows_nobody(house: House, token: str) -> None:
    answer = await authenticate(house.database, access_token=token, now=NOW)
    assert answer == (None, "UNAUTHENTICATED")


async def test_a_token_moved_to_another_hospital_matches_nothing_there_or_here(
    house: House,
) -> None:
    signed_in = await house.sign_in("chen")
    secret = signed_in.access_token.partition(".")[2]
    assert hospital_of(signed_in.access_token) == HOSPITAL
    for moved in (f"11.{secret}", f"0.{secret}"):
        answer = await authenticate(house.database, access_token=moved, now=NOW)
        assert answer.viewer is None
    assert await refused_refresh(
        house,
        SignedIn(
            **{
                name: getattr(signed_in, name)
                for name in SignedIn.__slots__
                if name != "refresh_token"
            },
            refresh_token=f"11.{signed_in.refresh_token.partition('.')[2]}",
        ),
    ) == ("TOKEN_INVALID")
    assert await house.see(signed_in) is not None


async def test_a_refresh_gives_new_tokens_and_keeps_the_session(house: House) -> None:
    first = await house.sign_in("chen")
    second = await refresh(house, first)
    assert second.session_id == first.session_id
    assert (
        len({first.access_token, first.refresh_token, second.access_token, second.refresh_token})
        == 4
    )
    assert await house.see(second, now=NOW + 18 * MINUTE) is not None
    assert await house.see(first, now=NOW + 9 * MINUTE) is not None
    third = await refresh(house, second, after=timedelta(days=30) - MINUTE)
    assert third.refresh_expires_at == NOW + timedelta(days=60) - MINUTE


async def test_a_refresh_token_is_refused_after_thirty_days_without_ending_the_session(
    house: House,
) -> None:
    signed_in = await house.sign_in("chen")
    assert await refused_refresh(house, signed_in, after=timedelta(days=30)) == "TOKEN_EXPIRED"
    assert await house.audited("session.end") == []


async def test_reusing_a_refresh_token_revokes_the_whole_family(house: House) -> None:
    first = await house.sign_in("chen")
    second = await refresh(house, first)
    assert await refused_refresh(house, first) == "REFRESH_REUSED"
    assert await house.see(second, now=NOW + 9 * MINUTE) is None
    assert await refused_refresh(house, second) == "SESSION_ENDED"
    assert [row.detail["reason"] for row in await house.audited("session.end")] == [
        "refresh_reused"
    ]


async def test_reuse_leaves_the_sessions_of_other_devices_and_people_alone(house: House) -> None:
    await house.hire("zhao")
    tablet = await house.sign_in("chen", phone(2))
    zhao = await house.sign_in("zhao")
    first = await house.sign_in("chen")
    await refresh(house, first)
    assert await refused_refresh(house, first) == "REFRESH_REUSED"
    assert await house.see(tablet) is not None
    assert await house.see(zhao) is not None


async def test_another_device_cannot_use_a_refresh_token_and_ends_the_session(
    house: House,
) -> None:
    signed_in = await house.sign_in("chen")
    other = phone(2).installation_id
    assert await refused_refresh(house, signed_in, device=other) == "DEVICE_MISMATCH"
    assert await refused_refresh(house, signed_in) == "SESSION_ENDED"
    assert await house.see(signed_in) is None


async def test_of_refreshes_at_once_exactly_one_wins_and_the_family_dies(house: House) -> None:
    for round_number in range(10):
        signed_in = await house.sign_in("chen", phone(100 + round_number))
        device = phone(100 + round_number).installation_id
        answers = await asyncio.gather(
            *(refresh(house, signed_in, device=device) for _ in range(2)), return_exceptions=True
        )
        won = [answer for answer in answers if isinstance(answer, SignedIn)]
        refused = [answer.code for answer in answers if isinstance(answer, Refusal)]
        assert (len(won), refused) == (1, ["REFRESH_REUSED"])
        assert await house.see(won[0], now=NOW + 9 * MINUTE) is None
        assert await refused_refresh(house, won[0], device=device) == "SESSION_ENDED"


async def test_refreshes_at_once_write_one_successor_only(house: House) -> None:
    signed_in = await house.sign_in("chen")
    await asyncio.gather(*(refresh(house, signed_in) for _ in range(6)), return_exceptions=True)
    async with house.database.reading(HOSPITAL) as session:
        assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 2
        assert await session.scalar(select(func.count()).select_from(AccessToken)) == 2
    assert len(await house.audited("session.end")) == 1


async def test_a_browser_left_idle_must_sign_in_again_and_a_phone_need_not(house: House) -> None:
    browser = await house.sign_in("chen", phone(1, Platform.WEB))
    assert await refused_refresh(house, browser, after=16 * MINUTE) == "SESSION_IDLE"
    mobile = await house.sign_in("chen", phone(2))
    await refresh(house, mobile, after=16 * MINUTE, device=phone(2).installation_id)


async def test_signing_in_again_on_a_device_replaces_its_session(house: House) -> None:
    before = await house.sign_in("chen")
    after = await house.sign_in("chen")
    assert after.device_id == before.device_id
    assert await house.see(before) is None
    assert await house.see(after) is not None
    assert await refused_refresh(house, before) == "SESSION_ENDED"


async def test_two_people_on_one_phone_are_two_devices(house: House) -> None:
    await house.hire("zhao")
    chen, zhao = await house.sign_in("chen"), await house.sign_in("zhao")
    assert chen.device_id != zhao.device_id
    assert await house.see(chen) is not None


async def test_logging_out_ends_the_session_at_once_and_may_be_repeated(house: House) -> None:
    signed_in = await house.sign_in("chen")
    viewer = await house.see(signed_in)
    assert viewer is not None
    for _ in range(2):
        async with house.database.transaction(HOSPITAL) as session:
            await logout(session, viewer=viewer, now=NOW)
    assert await house.see(signed_in) is None
    assert await refused_refresh(house, signed_in) == "SESSION_ENDED"
    assert [row.actor_id for row in await house.audited("session.end")] == [house.staff["chen"]]


async def test_a_device_can_be_signed_out_from_another(house: House) -> None:
    lost = await house.sign_in("chen", phone(1))
    kept = await house.sign_in("chen", phone(2))
    viewer = await house.see(kept)
    assert viewer is not None
    async with house.database.transaction(HOSPITAL) as session:
        await revoke_device(session, viewer=viewer, device_id=lost.device_id, now=NOW)
    assert await house.see(lost) is None
    assert await house.see(kept) is not None
    assert await refused_refresh(house, lost) == "SESSION_ENDED"
    async with house.database.reading(HOSPITAL) as session:
        devices = {device.id: device for device in await list_devices(session, viewer=viewer)}
    assert devices[lost.device_id].revoked_at == NOW
    assert (devices[lost.device_id].signed_in, devices[lost.device_id].current) == (False, False)
    assert (devices[kept.device_id].signed_in, devices[kept.device_id].current) == (True, True)


async def test_a_revoked_device_is_out_even_where_its_session_was_left_open(house: House) -> None:
    signed_in = await house.sign_in("chen")
    async with house.database.transaction(HOSPITAL) as session:
        await session.execute(update(Device).values(revoked_at=NOW))
    assert await house.see(signed_in) is None
    assert await refused_refresh(house, signed_in) == "SESSION_ENDED"


async def test_a_revoked_device_comes_back_with_the_password(house: House) -> None:
    lost = await house.sign_in("chen", phone(1))
    viewer = await house.see(await house.sign_in("chen", phone(2)))
    assert viewer is not None
    async with house.database.transaction(HOSPITAL) as session:
        await revoke_device(session, viewer=viewer, device_id=lost.device_id, now=NOW)
    found_again = await house.sign_in("chen", phone(1))
    assert found_again.device_id == lost.device_id
    assert await house.see(found_again) is not None


async def test_somebody_elses_device_answers_like_one_that_does_not_exist(house: House) -> None:
    await house.hire("zhao")
    zhao = await house.sign_in("zhao")
    viewer = await house.viewer("chen")
    answers = []
    for device_id in (zhao.device_id, uuid.UUID(int=404)):
        async with house.database.transaction(HOSPITAL) as session:
            with pytest.raises(Refusal) as refused:
                await revoke_device(session, viewer=viewer, device_id=device_id, now=NOW)
        answers.append(refused.value.details)
    assert answers[0] == answers[1]
    assert await house.see(zhao) is not None
    assert await house.audited("device.revoke") == []


async def test_the_security_administrator_signs_somebody_out_and_others_cannot(
    house: House,
) -> None:
    for name in ("zhao", "guard"):
        await house.hire(name)
    await house.give("guard", Role.SECURITY_ADMIN, ScopeKind.HOSPITAL)
    zhao = await house.sign_in("zhao")
    chen, guard = await house.viewer("chen"), await house.viewer("guard")
    async with house.database.transaction(HOSPITAL) as session:
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await end_sessions_of(session, viewer=chen, staff_id=house.staff["zhao"], now=NOW)
        with pytest.raises(Refusal, match="PERMISSION_DENIED"):
            await list_devices(session, viewer=chen, staff_id=house.staff["zhao"])
    assert await house.see(zhao) is not None
    async with house.database.transaction(HOSPITAL) as session:
        assert await list_devices(session, viewer=guard, staff_id=house.staff["zhao"])
        ended = await end_sessions_of(session, viewer=guard, staff_id=house.staff["zhao"], now=NOW)
    assert ended == 1
    assert await house.see(zhao) is None


async def test_whoever_leaves_is_out_at_once(house: House) -> None:
    signed_in = await house.sign_in("chen")
    async with house.database.transaction(HOSPITAL) as session:
        await session.execute(
            update(Staff).where(Staff.id == house.staff["chen"]).values(active=False)
        )
    assert await house.see(signed_in) is None
    assert await refused_refresh(house, signed_in) == "SESSION_ENDED"
    with pytest.raises(Refusal, match="CREDENTIALS_INVALID"):
        await house.sign_in("chen")
    assert (await house.audited("session.end"))[0].detail["reason"] == "staff_left"


async def test_a_hospital_sees_no_session_of_another(house: House) -> None:
    await house.sign_in("chen")
    async with house.database.reading(HOSPITAL + 1) as session:
        for table in (SessionFamily, AccessToken, RefreshToken, Device):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_old_sessions_are_forgotten_and_live_ones_stay(house: House) -> None:
    await house.sign_in("chen", phone(1))
    later = NOW + timedelta(days=40)
    live = await house.sign_in("chen", phone(2), now=later)
    async with house.database.transaction(HOSPITAL) as session:
        await forget_old_sessions(
            session, hospital_id=HOSPITAL, before=later - timedelta(days=31), now=later
        )
    async with house.database.reading(HOSPITAL) as session:
        families = await session.scalars(select(SessionFamily.id))
        assert families.all() == [live.session_id]
        assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 1
    seen = await house.see(live, now=later)
    assert seen is not None
    assert not seen.holds(Permission.SESSIONS_REVOKE)
