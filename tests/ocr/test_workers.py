import asyncio
import os
import signal
import subprocess
import sys

import pytest

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr.intake import FileFormat
from mobile_hrp.ocr.workers import Limits, RecognitionPool
from mobile_hrp.synthetic.receipts import draw_digital_invoice


async def test_a_worker_reads_refuses_and_survives_being_killed() -> None:
    drawn = draw_digital_invoice(41)
    pdf = drawn.pdf
    async with RecognitionPool(1) as pool:
        inspection = await pool.inspect(drawn.png, "a.png")
        assert inspection.format is FileFormat.PNG
        assert inspection.working_copy.startswith(b"\xff\xd8\xff")
        with pytest.raises(Refusal) as refused:
            await pool.inspect(b"no picture", "a.jpg")
        assert refused.value.details[0].params == {"name": "a.jpg"}

        victim = pool.process_ids()[0]
        os.kill(victim, signal.SIGSTOP)
        reading = asyncio.create_task(pool.recognise(pdf, "a.pdf"))
        await asyncio.sleep(0)
        os.kill(victim, signal.SIGKILL)
        with pytest.raises(Refusal) as crashed:
            await reading
        assert crashed.value.code == "RECEIPT_READ_CRASHED"

        again = await pool.recognise(pdf, "a.pdf")
        assert again.value("number") == drawn.truth["number"]
        assert pool.process_ids() != [victim]


async def test_workers_can_be_started_before_the_first_file_comes() -> None:
    async with RecognitionPool(2) as pool:
        assert pool.process_ids() == []
        await pool.start()
        started = pool.process_ids()
        assert len(started) == 2
        await pool.inspect(draw_digital_invoice(43).png, "a.png")
        assert pool.process_ids() == started


async def test_a_document_that_takes_too_long_is_given_up() -> None:
    async with RecognitionPool(1, limits=Limits(wall_seconds=0.01)) as pool:
        with pytest.raises(Refusal) as late:
            await pool.recognise(draw_digital_invoice(42).pdf, "a.pdf")
        assert late.value.code == "RECEIPT_READ_TIMEOUT"
        assert pool.process_ids() == []


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)",
        "import socket; socket.getaddrinfo('example.test', 80)",
        "import socket; socket.socket().bind(('127.0.0.1', 0))",
    ],
)
def test_a_confined_process_has_no_network(attempt: str) -> None:
    script = f"from mobile_hrp.ocr.child import confine; confine(4096); {attempt}"
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "PermissionError: recognition has no network" in done.stderr
