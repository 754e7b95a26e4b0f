"""PDFs that keep pdfium busy or fill memory: a check refuses them, or the worker's limits do."""

import pytest
from tests.hostile.bombs import pdf_bombs

from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.ocr.workers import Limits, RecognitionPool
from mobile_hrp.synthetic.receipts import draw_digital_invoice

BOMBS = pdf_bombs()


def test_inspection_is_bounded_as_promised() -> None:
    assert Limits().cpu_seconds_to_inspect <= 2
    assert Limits().mebibytes_to_inspect <= 512


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_refused_and_small(name: str) -> None:
    assert len(BOMBS[name]) < 200_000
    async with RecognitionPool(1) as pool:
        with pytest.raises(Refusal) as refused:
            await pool.inspect(BOMBS[name], f"{name}.pdf")
    assert refused.value.code == "RECEIPT_TOO_COMPLEX"


async def test_after_a_bomb_the_next_file_is_served() -> None:
    async with RecognitionPool(1) as pool:
        with pytest.raises(Refusal):
            await pool.inspect(BOMBS["form_of_itself"], "bomb.pdf")
        assert (await pool.inspect(draw_digital_invoice(3).pdf, "a.pdf")).pages == 1
