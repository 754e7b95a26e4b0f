"""The doors through which pictures and originals of receipts leave."""

import io
import uuid

from PIL import Image
from tests.web.conftest import Web

from mobile_hrp.demo import operations as ask
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.ids import new_id

CANARY = b"GPS-CANARY-31.2304"


def photo() -> bytes:
    """A JPEG whose metadata say where it was taken."""
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    Image.new("RGB", (200, 120), "white").save(target, "JPEG", exif=exif)
    return target.getvalue()


async def test_pictures_carry_no_metadata_and_leave_only_for_those_who_may_see_them(
    web: Web,
) -> None:
    owner, finance = await web.phone("requester"), await web.phone("finance")
    data = photo()
    assert CANARY in data
    sent = {"idempotencyKey": uuid.uuid4().hex, "receiptId": encode_id("Receipt", new_id())}
    receipt = (await owner.upload(ask.UPLOAD, {"input": sent}, data, "a.jpg"))["receipt"]["id"]
    door = f"{web.url}/downloads/receipts/{receipt}"

    async def fetched(token: str | None, which: str) -> tuple[int, bytes]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with web.http.get(f"{door}/{which}", headers=headers) as answer:
            return answer.status, await answer.read()

    status, picture = await fetched(owner.token, "picture")
    assert status == 200
    assert picture.startswith(b"\xff\xd8\xff")
    assert CANARY not in picture
    assert await fetched(owner.token, "original") == (200, data)
    for which in ("picture", "original"):
        assert (await fetched(finance.token, which))[0] == 404  # on no document finance may see
        assert (await fetched(None, which))[0] == 401
