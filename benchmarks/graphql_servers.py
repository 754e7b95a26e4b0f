"""The processes that are compared, each alone on a port: floor, application, the ordinary way.

    python -m benchmarks.graphql_servers KIND PORT DATABASE_URL

KIND is floor, compiled (the application as it is served, trusting the benchmark's operations too),
uncompiled (the same without its fast tiers) or ordinary (benchmarks/graphql_ordinary.py).
"""

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from benchmarks.graphql_floor import FloorApp
from benchmarks.graphql_operations import DECIDE, OPERATIONS
from benchmarks.graphql_ordinary import ordinary_app
from fastapi import FastAPI
from pydantic import SecretStr

from mobile_hrp.app import create_app
from mobile_hrp.runtime.http_protocol import GatheringProtocol
from mobile_hrp.runtime.settings import Environment, Settings


def application(kind: str, database_url: str, folder: Path) -> Any:
    if kind == "floor":
        return FloorApp(database_url)
    if kind == "ordinary":
        return ordinary_app(database_url)
    settings = Settings(
        environment=Environment.TEST,
        secret_key=SecretStr("x5Hq2vN8rT1wY7zB4mK9pL3sD6fG0jCQ-uE_aRiOoMnWlXtZ"),
        database_url=database_url,
        data_dir=folder,
        log_level="CRITICAL",
        compiled_operations=True,
        generated_operations=kind != "uncompiled",
    )
    app = create_app(settings)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[None]:
        async with inner(served):
            tier = served.state.compiled
            for text in OPERATIONS.values():
                tier.trust(text)
            served.state.payloads.trust(DECIDE)
            if kind == "uncompiled":
                served.state.compiled = None
            yield

    app.router.lifespan_context = lifespan
    return app


def main() -> None:
    kind, port, database_url = sys.argv[1:4]
    with tempfile.TemporaryDirectory() as folder:
        uvicorn.run(
            application(kind, database_url, Path(folder)),
            port=int(port),
            loop="uvloop",
            http=GatheringProtocol if kind in ("compiled", "uncompiled") else "httptools",
            log_level="error",
            ws="websockets-sansio",
        )


if __name__ == "__main__":
    main()
