"""Imported packages as the model: parsed once per process, however many ask."""

import asyncio
import uuid
from collections import OrderedDict
from typing import TypeAlias

from sqlalchemy import select

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.faults import FaultList
from mobile_hrp.domain.scenario.loading import load_package
from mobile_hrp.domain.scenario.model import ScenarioPackage
from mobile_hrp.models.scenario import ScenarioPackageRow
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.scenario_library.reader import read_files

_PACKAGES_KEPT = 16
_packages: OrderedDict[tuple[str, ...], ScenarioPackage] = OrderedDict()
"""By the content hashes of the package and of those it builds on: what is under them is fixed."""

Chain: TypeAlias = tuple[tuple[uuid.UUID, str], ...]
"""A package and those below it, each with the hash of its content."""
_CHAINS_KEPT = 256
_chains: OrderedDict[uuid.UUID, Chain] = OrderedDict()
"""By the package's id, which is made at its import and in no other hospital: files and base of a
package are never changed. Code and version would not do, since an import may be rolled back."""


async def package_of(session: AnySession, package_id: uuid.UUID) -> ScenarioPackage:
    """A package of the hospital's library with all that it builds on.

    The id is one that the hospital's own rows name: what was read before is not looked for again.

    Raises:
        Refusal: SCENARIO_UNKNOWN when it was never imported.
    """
    chain = await _chain(session, package_id)
    base: ScenarioPackage | None = None
    for depth in range(len(chain) - 1, -1, -1):
        key = tuple(digest for _, digest in chain[depth:])
        package = _packages.get(key)
        if package is None:
            package = await _parsed(session, chain[depth][0], base)
            _packages[key] = package
            while len(_packages) > _PACKAGES_KEPT:
                _packages.popitem(last=False)
        else:
            _packages.move_to_end(key)
        base = package
    if base is None:
        raise Refusal("SCENARIO_UNKNOWN", path="scenarioCode")
    return base


async def _chain(session: AnySession, package_id: uuid.UUID) -> Chain:
    """The package and those below it, read once per process; empty for one that is not there."""
    chain = _chains.get(package_id)
    if chain is None:
        chain = await _read_chain(session, package_id)
        if chain:  # an id that is not known yet may be imported later
            _chains[package_id] = chain
        while len(_chains) > _CHAINS_KEPT:
            _chains.popitem(last=False)
    else:
        _chains.move_to_end(package_id)
    return chain


async def _read_chain(session: AnySession, package_id: uuid.UUID) -> Chain:
    """A base is older than what builds on it, so it ends."""
    chain: list[tuple[uuid.UUID, str]] = []
    at: uuid.UUID | None = package_id
    while at is not None:
        found = await session.execute(
            select(ScenarioPackageRow.content_hash, ScenarioPackageRow.base_id).where(
                ScenarioPackageRow.id == at
            )
        )
        row = found.one_or_none()
        if row is None:
            break
        chain.append((at, row.content_hash))
        at = row.base_id
    return tuple(chain)


async def _parsed(
    session: AnySession, package_id: uuid.UUID, base: ScenarioPackage | None
) -> ScenarioPackage:
    files = await session.scalar(
        select(ScenarioPackageRow.files).where(ScenarioPackageRow.id == package_id)
    )
    contents = {name: str(text).encode() for name, text in (files or {}).items()}
    # a second of computing for a large package: other requests of this process go on meanwhile
    return await asyncio.to_thread(_read, contents, base)


def _read(contents: dict[str, bytes], base: ScenarioPackage | None) -> ScenarioPackage:
    """What was checked when it was imported needs no check again."""
    return load_package(read_files(contents, FaultList()), base=base).package
