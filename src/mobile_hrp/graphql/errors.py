"""How a refusal or a fault reads to a client: a stable code, a Chinese message, the next step.

Expected refusals of a mutation are data (``userErrors``). Everything else is a top-level error with
``extensions.code``; what the program did not expect is masked and logged under a trace id.
"""

import enum
import json
from collections.abc import Mapping, Sequence
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError, GraphQLFormattedError

from mobile_hrp.domain.refusal import Refusal, RefusalDetail
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.graphql.denial import AccessDeniedError
from mobile_hrp.mobile_contract.catalogue import catalogue
from mobile_hrp.mobile_contract.findings_catalogue import finding_message
from mobile_hrp.runtime.database_trouble import trouble_of
from mobile_hrp.runtime.request_context import current_request_id

_log = structlog.get_logger(__name__)

_codes: Any = enum.Enum(  # type: ignore[misc]  # the catalogue is data
    "ErrorCode", [(code, code) for code in sorted(catalogue())]
)
ErrorCode: Any = strawberry.enum(
    _codes, description="Stable codes of everything that can be refused."
)
"""An enum made from the catalogue, so that a new code needs one entry there and nothing here."""


@covered_by(REACHED)
@strawberry.type(description="One reason why a mutation was refused.")
class UserError:
    code: ErrorCode
    field: list[str] = strawberry.field(description="Path of the input field, outermost first.")
    message: str = strawberry.field(description="What happened, in the viewer's language.")
    next_step: str = strawberry.field(description="What the person can do about it.")
    retryable: bool
    control: str | None = strawberry.field(
        default=None, description="Of a finding: the control; name it where you give a reason."
    )


def user_errors(refusal: Refusal, locale: str) -> list[UserError]:
    return [_user_error(detail, locale) for detail in refusal.details]


def _user_error(detail: RefusalDetail, locale: str) -> UserError:
    entry = catalogue()[detail.code]
    params: Mapping[str, Any] = detail.params
    if "evidence" in params:  # what a control found; its sentence stands in a catalogue of its own
        params = {**params, "finding": _finding(params, locale)}
    return UserError(
        code=ErrorCode[detail.code],
        field=detail.path.split(".") if detail.path else [],
        message=entry.message(locale, params),
        next_step=entry.next_step(locale, params),
        retryable=entry.retryable,
        control=params["control"] if "evidence" in params else None,
    )


def _finding(params: Mapping[str, Any], locale: str) -> str:
    return finding_message(params["key"], params["case"], json.loads(params["evidence"]), locale)


def format_errors(errors: Sequence[GraphQLError], locale: str) -> list[GraphQLFormattedError]:
    """Answer errors in a deterministic order, unexpected ones masked."""
    ordered = sorted(
        errors, key=lambda error: ([str(part) for part in error.path or []], str(error))
    )
    return [_format(error, locale) for error in ordered]


def formatted_error(
    code: str, locale: str, *, status_message: str | None = None, **params: object
) -> GraphQLFormattedError:
    """A top-level error that no resolver raised (a malformed request, an old client)."""
    entry = catalogue()[code]
    trace_id = current_request_id() or ""
    values: dict[str, object] = {"trace_id": trace_id, **params}
    return {
        "message": status_message or entry.message(locale, values),
        "extensions": {
            "code": code,
            "nextStep": entry.next_step(locale, values),
            "retryable": entry.retryable,
            "traceId": trace_id,
        },
    }


def _format(error: GraphQLError, locale: str) -> GraphQLFormattedError:
    code, params, text = _classify(error)
    answer = formatted_error(code, locale, **params)
    if text is not None:
        answer["message"] = f"{answer['message']}: {text}"
    if error.path is not None:
        answer["path"] = list(error.path)
    if error.locations and code in {"GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COSTLY"}:
        answer["locations"] = [location.formatted for location in error.locations[:5]]
    return answer


def _classify(error: GraphQLError) -> tuple[str, dict[str, Any], str | None]:
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if isinstance(original, Refusal):
        return original.code, dict(original.details[0].params), None
    if isinstance(original, AccessDeniedError):
        return original.code, {}, None
    extensions = error.extensions or {}
    if "code" in extensions:
        return extensions["code"], dict(extensions.get("params", {})), None
    if original is None or isinstance(original, GraphQLError):
        return "GRAPHQL_VALIDATION_FAILED", {}, error.message[:300]
    if trouble_of(original) is not None:
        _log.warning("database trouble", error_type=type(original).__name__)
        return "BUSY", {}, None
    _log.error("unexpected error", error_type=type(original).__name__, exc_info=original)
    return "INTERNAL", {}, None
