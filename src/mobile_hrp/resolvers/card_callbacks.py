"""The door for buttons of DingTalk cards: plain HTTP, because DingTalk speaks no GraphQL."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from mobile_hrp.domain.notification.card_callback import BODY_BYTES_MAX
from mobile_hrp.notifications.address import AddressSealer
from mobile_hrp.runtime.clock import Clock
from mobile_hrp.services.card_callbacks import CardCallbacks, Signed


def card_callback_router(clock: Clock) -> APIRouter:
    """One route; it answers like a wrong signature while no secret is set."""
    router = APIRouter()

    @router.post("/webhooks/dingtalk/cards/{hospital_code}")
    async def card_pressed(request: Request, hospital_code: str) -> Response:
        """A press of a button, signed by DingTalk (docs/notifications.md)."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                return JSONResponse({"code": "CALLBACK_MALFORMED"}, status_code=413)
        state = request.app.state
        settings = state.services.settings
        callbacks = CardCallbacks(
            database=state.database,
            sealer=AddressSealer(state.services.doors.box),
            secret=settings.dingtalk_card_secret,
            corp_id=settings.dingtalk_corp_id,
        )
        signed = Signed(
            hospital_code=hospital_code,
            timestamp=request.headers.get("x-ddpaas-signature-timestamp", ""),
            signature=request.headers.get("x-ddpaas-signature", ""),
            body=bytes(body),
        )
        answer = await callbacks.receive(signed, now=clock())
        if answer.hospital_id is not None:
            state.live.committed(answer.hospital_id)
        return JSONResponse(dict(answer.body), status_code=answer.status)

    return router
