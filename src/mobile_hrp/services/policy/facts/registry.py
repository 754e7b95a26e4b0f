"""Every loader by the fact type it supplies: one line per fact."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.runtime.database import AnySession


class Loader(Protocol):
    """Looks a fact up for one document, in the transaction that judges it.

    ``None`` says that nobody could supply it; the controls that need it are then reported as
    unchecked. An empty fact says that it was looked for and nothing was found.
    """

    async def __call__(
        self, session: AnySession, *, document: PolicyDocument, now: datetime
    ) -> object | None: ...


LOADERS: Final[Mapping[type, Loader]] = MappingProxyType({})
