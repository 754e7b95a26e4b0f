"""What a resolver may reach: the viewer, transactions, the clock, loaders, live updates."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from starlette.datastructures import Headers
from strawberry.fastapi import BaseContext

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.denial import AccessDeniedError
from mobile_hrp.graphql.loaders import Loaders
from mobile_hrp.graphql.told import Payloads
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.runtime.database import Database, ReadSession, WriteSession
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.services.ports import Services


@dataclass
class Context(BaseContext):
    """One per HTTP request, or per websocket connection. Sessions are opened by resolvers."""

    database: Database
    clock: Clock
    live: LiveUpdates
    services: Services
    viewer: Viewer | None
    denial: str = "UNAUTHENTICATED"
    locale: str = "zh"
    headers: Headers = field(default_factory=Headers)
    client_address: str = ""
    payloads: Payloads | None = None
    """How payloads of this request's mutations are read with the work; None: by resolvers."""

    def __post_init__(self) -> None:
        super().__init__()

    def require_viewer(self) -> Viewer:
        """The signed-in person; raises AccessDeniedError with the reason there is none."""
        if self.viewer is None:
            raise AccessDeniedError(self.denial)
        return self.viewer

    def now(self) -> datetime:
        return self.clock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadSession]:
        viewer = self.require_viewer()
        async with self.database.reading(viewer.hospital_id, staff_id=viewer.staff_id) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[WriteSession]:
        viewer = self.require_viewer()
        async with self.database.transaction(
            viewer.hospital_id, staff_id=viewer.staff_id
        ) as session:
            yield session

    @cached_property
    def loaders(self) -> Loaders:
        viewer = self.require_viewer()
        return Loaders(self.database, viewer.hospital_id, viewer.staff_id)
