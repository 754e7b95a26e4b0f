"""The doors through which files leave: signed in, permitted, written down, then streamed.

A refusal is JSON in the form of GraphQL errors, with the HTTP status that fits its code.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.requests import HTTPConnection

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.voucher.terms import VoucherState
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.denial import AccessDeniedError
from mobile_hrp.graphql.errors import formatted_error
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.graphql.types.archive import DOWNLOAD_PATH
from mobile_hrp.graphql.types.dashboards import REPORT_PATH
from mobile_hrp.graphql.types.receipts import RECEIPT_PATH
from mobile_hrp.graphql.types.value import EXPORT_PATH
from mobile_hrp.runtime.objects import ObjectMissingError
from mobile_hrp.services.archive import checking
from mobile_hrp.services.archive.opening import open_form_of
from mobile_hrp.services.data_exports import open_export
from mobile_hrp.services.indicators.reports import report_for, report_page
from mobile_hrp.services.receipts.wallet import original_for, visible_receipt
from mobile_hrp.services.vouchers.period import (
    ExportFormat,
    PeriodExport,
    exported_period,
    record_export,
    require_export,
)

MakeContext: TypeAlias = Callable[[HTTPConnection], Awaitable[Context]]
_STATUS = {
    "UNAUTHENTICATED": 401,
    "TOKEN_EXPIRED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ARCHIVE_ORIGINAL_MISSING": 410,
    "RECEIPT_HAS_NO_PICTURE": 404,
    "RECEIPT_ORIGINAL_GONE": 410,
    "EXPORT_EXPIRED": 410,
}
_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XML: "application/xml",
}


def download_router(make_context: MakeContext) -> APIRouter:
    """The routes; ``make_context`` signs the request in as it does for GraphQL."""
    router = APIRouter()

    @router.get(f"{DOWNLOAD_PATH}{{bundle_id}}")
    async def archive_bundle(request: Request, bundle_id: str) -> Response:
        """The ZIP of an archive bundle."""
        context = await make_context(request)
        return await _answered(context, lambda: _archive_bundle(context, bundle_id))

    @router.get(f"{DOWNLOAD_PATH}{{bundle_id}}/form")
    async def archived_form(request: Request, bundle_id: str, reason: str = "") -> Response:
        """The form of a bundle with what people get in it; each of them reads the reason."""
        context = await make_context(request)
        return await _answered(context, lambda: _archived_form(context, bundle_id, reason))

    @router.get("/downloads/vouchers")
    async def vouchers(
        request: Request, period: str, format: str = "csv", state: str = "final"
    ) -> Response:
        """The vouchers of a month, as CSV or under the element names of DA/T 95-2022."""
        context = await make_context(request)
        return await _answered(context, lambda: _vouchers(context, period, format, state))

    @router.get(f"{RECEIPT_PATH}{{receipt_id}}/picture")
    async def receipt_picture(request: Request, receipt_id: str) -> Response:
        """The upright picture of a receipt, without metadata."""
        context = await make_context(request)
        return await _answered(context, lambda: _receipt_picture(context, receipt_id))

    @router.get(f"{RECEIPT_PATH}{{receipt_id}}/original")
    async def receipt_original(request: Request, receipt_id: str) -> Response:
        """The file as it was sent, for its owner and for the archive."""
        context = await make_context(request)
        return await _answered(context, lambda: _receipt_original(context, receipt_id))

    @router.get(f"{REPORT_PATH}{{report_id}}")
    async def monthly_report(request: Request, report_id: str) -> Response:
        """A monthly report as a page to be printed."""
        context = await make_context(request)
        return await _answered(context, lambda: _monthly_report(context, report_id))

    @router.get(f"{EXPORT_PATH}{{export_id}}")
    async def data_export(request: Request, export_id: str) -> Response:
        """The file of an approved request, for whoever asked."""
        context = await make_context(request)
        return await _answered(context, lambda: _data_export(context, export_id))

    return router


async def _monthly_report(context: Context, report_id: str) -> Response:
    key = decode_id("MonthlyReport", report_id, path="reportId")
    async with context.reading() as session:
        row = await report_for(session, viewer=context.require_viewer(), report_id=key)
    name = f"report-{row.month:%Y-%m}-{row.edition}.html"
    return _file(_whole(report_page(row)), "text/html; charset=utf-8", name)


async def _data_export(context: Context, export_id: str) -> Response:
    key = decode_id("DataExport", export_id, path="exportId")
    async with context.writing() as session:
        data = await open_export(
            session,
            viewer=context.require_viewer(),
            box=context.services.doors.box,
            export_id=key,
            now=context.now(),
        )
    return _file(_whole(data), _MEDIA_TYPES[ExportFormat.CSV], f"export-{key}.csv")


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _receipt_picture(context: Context, receipt_id: str) -> Response:
    key, viewer = decode_id("Receipt", receipt_id, path="receiptId"), context.require_viewer()
    async with context.reading() as session:
        receipt = await visible_receipt(session, viewer=viewer, receipt_id=key)
    if receipt.working_key is None:
        raise Refusal("RECEIPT_HAS_NO_PICTURE", path="receiptId")
    pieces = context.services.objects.stream(receipt.working_key)
    first = await _first(pieces, "RECEIPT_ORIGINAL_GONE")
    return _file(_with(first, pieces), "image/jpeg", f"{key}.jpg")


async def _receipt_original(context: Context, receipt_id: str) -> Response:
    key, viewer = decode_id("Receipt", receipt_id, path="receiptId"), context.require_viewer()
    async with context.writing() as session:
        receipt = await original_for(session, viewer=viewer, receipt_id=key, now=context.now())
    pieces = context.services.objects.stream(receipt.storage_key)
    first = await _first(pieces, "RECEIPT_ORIGINAL_GONE")
    return _file(_with(first, pieces), receipt.content_type, f"{key}")


async def _first(pieces: AsyncIterator[bytes], code: str) -> bytes:
    try:
        return await anext(pieces)
    except ObjectMissingError as missing:
        raise Refusal(code, path="receiptId") from missing


async def _archive_bundle(context: Context, bundle_id: str) -> Response:
    key = decode_id("ArchiveBundle", bundle_id, path="bundleId")
    viewer = context.require_viewer()
    async with context.writing() as session:
        bundle, number = await checking.require_bundle(session, viewer=viewer, bundle_id=key)
        await checking.record_look(
            session,
            bundle=bundle,
            action="archive.download",
            actor_id=viewer.staff_id,
            now=context.now(),
        )
    pieces = context.services.objects.stream(bundle.storage_key)
    try:
        first = await anext(pieces)
    except ObjectMissingError as missing:
        raise Refusal("ARCHIVE_ORIGINAL_MISSING", path="bundleId") from missing
    return _file(_with(first, pieces), "application/zip", f"{number}.zip")


async def _archived_form(context: Context, bundle_id: str, reason: str) -> Response:
    key = decode_id("ArchiveBundle", bundle_id, path="bundleId")
    async with context.writing() as session:
        opened = await open_form_of(
            session,
            viewer=context.require_viewer(),
            objects=context.services.objects,
            bundle_id=key,
            reason=reason,
            now=context.now(),
        )
    return _file(_whole(opened.as_json()), "application/json", f"{opened.number}.json")


async def _vouchers(context: Context, period: str, format_name: str, state: str) -> Response:
    viewer = context.require_viewer()
    require_export(viewer)
    try:
        wanted = PeriodExport(period, VoucherState(state), ExportFormat(format_name))
    except ValueError:
        raise Refusal("EXPORT_PERIOD_INVALID", path="format") from None
    _ = wanted.days  # refuses a period that is none before anything is written down
    async with context.writing() as session:
        await record_export(session, viewer=viewer, wanted=wanted, now=context.now())
    name = f"vouchers-{period}-{wanted.state.value}.{wanted.format.value}"
    pieces = exported_period(context.database, viewer=viewer, wanted=wanted)
    return _file(pieces, _MEDIA_TYPES[wanted.format], name)


async def _answered(context: Context, work: Callable[[], Awaitable[Response]]) -> Response:
    params: dict[str, Any] = {}
    try:
        return await work()
    except AccessDeniedError as denied:
        code = denied.code
    except Refusal as refusal:
        code, params = refusal.code, dict(refusal.details[0].params)
    error = formatted_error(code, context.locale, **params)
    headers = {"cache-control": "no-store"}
    return JSONResponse({"errors": [error]}, status_code=_STATUS.get(code, 400), headers=headers)


async def _with(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _file(pieces: AsyncIterator[bytes], media_type: str, name: str) -> StreamingResponse:
    """A file to be saved, never shown or kept by a browser. ``name`` is ASCII."""
    return StreamingResponse(
        pieces,
        media_type=media_type,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
    )
