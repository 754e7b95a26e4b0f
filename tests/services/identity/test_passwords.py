"""The hashing thread and its bounded queue."""

import asyncio
import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.services.identity import passwords
from mobile_hrp.services.identity.passwords import PasswordHasherPool, PasswordTurn


def small_pool(waiting_max: int = 2) -> PasswordHasherPool:
    return PasswordHasherPool(waiting_max=waiting_max, memory_kib=64, passes=1)


async def test_the_default_parameters_are_argon2id_with_19_mib_and_two_passes() -> None:
    with PasswordHasherPool() as pool:
        async with pool.turn() as turn:
            hashed = await turn.hash("tram-lamp-fold-72")
            assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
            assert (await turn.verify(hashed, "tram-lamp-fold-72")).right
            assert not (await turn.verify(hashed, "tram-lamp-fold-73")).right


async def test_a_password_is_right_however_its_digits_were_typed_and_whatever_its_length() -> None:
    with small_pool() as pool:
        async with pool.turn() as turn:
            hashed = await turn.hash("ｔｒａｍ－72")
            assert (await turn.verify(hashed, "tram-72")).right
            assert not (await turn.verify(hashed, "tram-72" + "\0" * 600)).right
            assert not (await turn.verify(hashed, "")).right


class CountingHasher(PasswordHasher):
    __slots__ = ()
    compared = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's name
        type(self).compared += 1
        return super().verify(hash, password)


async def test_an_unknown_name_costs_one_comparison_as_a_known_one_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "PasswordHasher", CountingHasher)
    with small_pool() as pool:
        async with pool.turn() as turn:
            known = await turn.hash("tram-lamp-fold-72")
            for password_hash in (known, None):
                CountingHasher.compared = 0
                assert not (await turn.verify(password_hash, "wrong")).right
                assert CountingHasher.compared == 1


async def test_nobodys_password_is_never_right_not_even_the_one_it_is_compared_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "mobile_hrp.services.identity.passwords.secrets.token_hex", lambda: "guessed"
    )
    with small_pool() as pool:
        async with pool.turn() as turn:
            for guess in ("", "guessed"):
                assert not (await turn.verify(None, guess)).right


async def test_one_works_two_wait_and_the_fourth_is_told_to_come_back() -> None:
    with small_pool() as pool:
        async with pool.turn(), pool.turn(), pool.turn():
            with pytest.raises(Refusal, match="LOGIN_BUSY"):
                async with pool.turn():
                    pytest.fail("a fourth turn was given")
        async with pool.turn():
            pass


async def test_a_place_is_given_back_after_an_error() -> None:
    with small_pool(waiting_max=0) as pool:
        for _ in range(3):
            with pytest.raises(Refusal, match="CREDENTIALS_INVALID"):
                async with pool.turn():
                    raise Refusal("CREDENTIALS_INVALID")


class BlockedHasher(PasswordHasher):
    __slots__ = ()
    entered = threading.Event()
    may_go_on = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's name
        self.entered.set()
        self.may_go_on.wait()
        return super().verify(hash, password)


async def test_whoever_hangs_up_keeps_the_place_until_the_thread_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "PasswordHasher", BlockedHasher)
    with small_pool(waiting_max=0) as pool:

        async def verify(turn: PasswordTurn) -> None:
            await turn.verify(None, "wrong")

        async def attempt() -> None:
            async with pool.turn() as turn:
                await verify(turn)

        impatient = asyncio.create_task(attempt())
        await asyncio.to_thread(BlockedHasher.entered.wait)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        with pytest.raises(Refusal, match="LOGIN_BUSY"):
            async with pool.turn():
                pytest.fail("the thread is still hashing")
        BlockedHasher.may_go_on.set()
        await asyncio.get_running_loop().run_in_executor(pool._thread, int)  # noqa: SLF001 - waits for the thread
        async with pool.turn():
            pass
