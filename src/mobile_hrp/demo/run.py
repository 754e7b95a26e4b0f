"""Play the story once; then, unless told otherwise, leave the servers up to try."""

import asyncio
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import aiohttp

from mobile_hrp.demo.narrator import Narrator
from mobile_hrp.demo.setting import PASSWORD, Setting, opened
from mobile_hrp.demo.story import ReceiptFile, Story
from mobile_hrp.runtime.clock import utc_now
from mobile_hrp.synthetic.hospital.plan import HOSPITAL_NAME, HOSPITAL_TAX_ID
from mobile_hrp.synthetic.receipts.drawing import draw_digital_invoice
from mobile_hrp.synthetic.receipts.facts import Party

_TOTAL_FEN = 268_00
_A_FEW_DAYS = timedelta(days=3)


def receipt_file(path: Path | None) -> ReceiptFile:
    """The given file, or an invoice drawn for the made-up hospital."""
    if path is not None:
        return ReceiptFile(path.name, path.read_bytes(), drawn=False)
    drawn = draw_digital_invoice(
        7,
        buyer=Party(HOSPITAL_NAME, HOSPITAL_TAX_ID),
        date=utc_now().date() - _A_FEW_DAYS,
        total_fen=_TOTAL_FEN,
    )
    return ReceiptFile("drawn-invoice.jpg", drawn.jpeg, drawn=True)


async def run_demo(
    *,
    data_dir: Path,
    receipt: Path | None,
    once: bool,
    port: int,
    siblings: subprocess.Popen[bytes],
) -> None:
    """Raises DemoError or StageError at the first thing that is not as it should be."""
    narrator = Narrator()
    narrator.title(
        "Mobile HRP", "一张票据的全过程 one receipt, from the photo to the books\n" + HOSPITAL_NAME
    )
    file = receipt_file(receipt)
    async with opened(narrator, data_dir, port=port, siblings=siblings) as setting:
        async with aiohttp.ClientSession() as http:
            await Story(setting, narrator, http).play(file)
        narrator.timeline()
        narrator.done("the story is complete")
        if not once:
            _logins(narrator, setting)
            await _until_interrupted()


def _logins(narrator: Narrator, setting: Setting) -> None:
    rows = [
        (person.login_name, person.name, person.department, person.role)
        for person in setting.people.values()
    ]
    narrator.table(
        f"登录 logins (hospital code {setting.world.plan.code}, password {PASSWORD})",
        ("login", "name", "department", "part"),
        rows,
    )
    narrator.say(f"GraphiQL: {setting.first_url}/graphql   metrics: {setting.first_url}/metrics")
    narrator.say("Ctrl+C ends it")


async def _until_interrupted() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
