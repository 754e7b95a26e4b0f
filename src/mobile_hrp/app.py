"""The composition root of the web process: settings in, FastAPI out."""

import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import aiohttp
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mobile_hrp import __version__
from mobile_hrp.domain.payment.webhook import BODY_BYTES_MAX
from mobile_hrp.graphql.admission import AdHoc, OperationPolicy
from mobile_hrp.graphql.answers import encoded, locale_of
from mobile_hrp.graphql.asked import BODY_BYTES_MAX as GRAPHQL_BYTES_MAX
from mobile_hrp.graphql.compiled.door import CompiledDoor
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.payloads import PayloadTier
from mobile_hrp.graphql.compiled.subjects.registry import PAYLOADS, TYPES
from mobile_hrp.graphql.compiled.tier import CompiledTier
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import formatted_error
from mobile_hrp.graphql.generated.tier import GeneratedTier
from mobile_hrp.graphql.http import Gateway, sign_in
from mobile_hrp.graphql.transport_ws import HrpSocketRouter
from mobile_hrp.mobile_contract.releases import served_documents
from mobile_hrp.ocr.workers import RecognitionPool
from mobile_hrp.resolvers.card_callbacks import card_callback_router
from mobile_hrp.resolvers.downloads import download_router
from mobile_hrp.resolvers.uploads import upload_router
from mobile_hrp.runtime.clock import Clock, utc_now
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.form_seals import use_box
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.runtime.logs import configure_logs
from mobile_hrp.runtime.metrics import exposition
from mobile_hrp.runtime.objects import Objects
from mobile_hrp.runtime.request_context import request_id_of, set_request_id
from mobile_hrp.runtime.safety import refuse_unsafe_start
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.runtime.settings import Environment, Settings, load_settings
from mobile_hrp.schema import schema
from mobile_hrp.services.identity.login_providers import LoginProviders
from mobile_hrp.services.identity.passwords import PasswordHasherPool
from mobile_hrp.services.identity.sign_in import Doors
from mobile_hrp.services.payment_webhook import Signed, receive
from mobile_hrp.services.ports import Services

_WS_INIT_SECONDS = 10
_SUBSCRIPTIONS_MAX = 10
_GRAPHQL_PATH = "/graphql"
_METHODS = ("POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")


def create_app(
    settings: Settings | None = None, *, clock: Clock = utc_now, warm: bool = False
) -> FastAPI:
    """Build the application; connections are opened in its lifespan, never lazily.

    ``warm`` also starts the process that inspects uploads, which takes a second of CPU.
    """
    chosen = settings or load_settings()
    configure_logs(chosen.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await _open(app, chosen, stack)
            if warm:
                await app.state.services.inspection.start()
            # what is loaded now stays: a collection need not look at it while somebody waits
            gc.freeze()
            yield

    app = _Application(
        title="Mobile HRP",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Ours are runtime/metrics.py and the logs, where no exception's text leaves the hospital;
        # asking for each request whether somebody configured others is a twentieth of a poll.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.clock = clock
    app.add_middleware(_RequestIds)
    app.add_exception_handler(Exception, _masked)
    _add_operations(app)
    _add_graphql(app, chosen, clock)
    _add_payment_webhook(app, clock)
    app.include_router(card_callback_router(clock))
    return app


def create_warm_app() -> FastAPI:
    """The application as it is served: the first upload finds its inspection process loaded."""
    return create_app(warm=True)


def run_web(*, host: str | None = None, port: int | None = None) -> None:
    """Serve until told to stop; address and port of the settings unless given."""
    import uvicorn  # noqa: PLC0415 - only a process that serves needs the server

    from mobile_hrp.runtime.http_protocol import GatheringProtocol  # noqa: PLC0415 - the same

    settings = load_settings()
    uvicorn.run(
        "mobile_hrp.app:create_warm_app",
        factory=True,
        host=host or settings.host,
        port=port or settings.port,
        log_config=None,
        access_log=False,
        http=GatheringProtocol,
        ws="websockets-sansio",
        ws_max_size=GRAPHQL_BYTES_MAX,
        timeout_graceful_shutdown=5,
    )


async def _open(app: FastAPI, settings: Settings, stack: AsyncExitStack) -> None:
    box = SecretsBox.from_secret(settings.secret_key)
    use_box(box)
    database = Database(settings.database_url, pool_size=settings.pool_size)
    stack.push_async_callback(database.close)
    await refuse_unsafe_start(settings, database)
    live = LiveUpdates(database)
    await live.start()
    stack.push_async_callback(live.stop)
    http = await stack.enter_async_context(aiohttp.ClientSession())
    app.state.database = database
    app.state.live = live
    app.state.compiled = None
    if settings.compiled_operations:
        app.state.compiled = await CompiledTier.open(
            database,
            schema,
            (one.body for one in served_documents().values() if one.kind == "query"),
            size=settings.pool_size,
        )
        stack.push_async_callback(app.state.compiled.close)
    passwords = stack.enter_context(PasswordHasherPool())
    app.state.services = Services(
        settings=settings,
        objects=Objects.open(settings.object_store_url, settings.data_dir / "objects"),
        inspection=await stack.enter_async_context(RecognitionPool(1)),
        doors=Doors(
            database=database,
            passwords=passwords,
            box=box,
            logins=LoginProviders.from_settings(settings, http),
        ),
    )


class _Application(FastAPI):
    """With the compiled tier's door before all middleware but the one that tells of errors."""

    clock: Clock

    def build_middleware_stack(self) -> ASGIApp:
        outermost = super().build_middleware_stack()
        if not isinstance(outermost, ServerErrorMiddleware):
            raise TypeError(f"{outermost} would not tell of errors as JSON")
        outermost.app = CompiledDoor(outermost.app, path=_GRAPHQL_PATH, clock=self.clock)
        return outermost


class _RequestIds:
    """Give each request an id: the caller's trace id, its request id, or a new one.

    Plain ASGI: Starlette's own middleware runs each request in a task group and streams its answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_of(headers.get("traceparent", ""), headers.get("x-request-id", ""))
        set_request_id(request_id)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        await self._app(scope, receive, named)


def _add_operations(app: FastAPI) -> None:
    @app.get("/healthz")
    async def healthz() -> Response:
        """Whether the process runs at all."""
        return PlainTextResponse("ok")

    @app.get("/readyz")
    async def readyz(request: Request) -> Response:
        """Whether the process can do its work: the database answers."""
        database: Database = request.app.state.database
        try:
            async with database.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            return JSONResponse({"database": "unreachable"}, status_code=503)
        return JSONResponse({"database": "ok", "version": __version__})

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(exposition(), media_type="text/plain; version=0.0.4")


def _add_graphql(app: FastAPI, settings: Settings, clock: Clock) -> None:
    async def make_context(connection: HTTPConnection) -> Context:
        state = connection.app.state
        context = Context(
            database=state.database,
            clock=clock,
            live=state.live,
            services=state.services,
            viewer=None,
            locale=locale_of(connection.headers.get("accept-language", "")),
            headers=connection.headers,
            client_address=connection.client.host if connection.client else "",
        )
        if connection.scope["type"] == "http":
            await sign_in(context, connection.headers.get("authorization"), state.compiled)
        return context

    policy = operation_policy(settings.environment)
    sockets = HrpSocketRouter(
        schema,
        path=_GRAPHQL_PATH,
        policy=policy,
        graphql_ide="graphiql" if policy.introspection else None,
        context_getter=make_context,
        subscription_protocols=("graphql-transport-ws",),
        connection_init_wait_timeout=timedelta(seconds=_WS_INIT_SECONDS),
        max_subscriptions_per_connection=_SUBSCRIPTIONS_MAX,
        allowed_origins=settings.allowed_origins,
    )
    queries = (one.body for one in policy.trusted.values() if one.kind == "query")
    payloads = None
    if settings.compiled_operations:
        mutations = (one.body for one in policy.trusted.values() if one.kind == "mutation")
        payloads = PayloadTier(schema, Mappings(schema, TYPES), PAYLOADS, mutations)
    app.state.payloads = payloads  # a benchmark trusts documents of its own
    gateway = Gateway(
        schema=schema,
        make_context=make_context,
        policy=policy,
        ide=sockets.graphql_ide_html if policy.introspection else None,
        fast_path=GeneratedTier(schema, queries) if settings.generated_operations else None,
        payloads=payloads,
    )
    app.add_route(_GRAPHQL_PATH, gateway.__call__, methods=[*_METHODS], include_in_schema=False)
    app.include_router(sockets)
    app.include_router(download_router(make_context))
    app.include_router(upload_router(make_context))


def _add_payment_webhook(app: FastAPI, clock: Clock) -> None:
    @app.post("/webhooks/payments/{hospital_code}")
    async def payment_results(request: Request, hospital_code: str) -> Response:
        """What the bank says of payment orders, signed (docs/operations.md)."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                return JSONResponse({"code": "WEBHOOK_MALFORMED"}, status_code=413)
        signed = Signed(
            hospital_code=hospital_code,
            timestamp=request.headers.get("x-hrp-timestamp", ""),
            signature=request.headers.get("x-hrp-signature", ""),
            body=bytes(body),
        )
        state = request.app.state
        answer = await receive(state.database, state.services.doors.box, signed=signed, now=clock())
        if answer.hospital_id is not None:
            state.live.committed(answer.hospital_id)
        return JSONResponse(dict(answer.body), status_code=answer.status)


def operation_policy(environment: Environment) -> OperationPolicy:
    """What may be asked: in production nothing but the trusted documents."""
    ad_hoc = {Environment.PRODUCTION: AdHoc.NOBODY, Environment.DEVELOPMENT: AdHoc.DEVELOPERS}
    return OperationPolicy(
        ad_hoc=ad_hoc.get(environment, AdHoc.ANYBODY),
        introspection=environment in {Environment.DEMO, Environment.DEVELOPMENT},
        trusted=served_documents(),
    )


async def _masked(request: Request, _problem: Exception) -> Response:
    """What nobody expected; the server logs it under the trace id of the answer."""
    error = formatted_error("INTERNAL", locale_of(request.headers.get("accept-language", "")))
    mini = request.headers.get("x-hrp-transport") == "mini"
    return Response(
        encoded({"errors": [error]}),
        status_code=200 if mini else 500,
        media_type="application/json; charset=utf-8",
        headers={"cache-control": "no-store"},
    )
