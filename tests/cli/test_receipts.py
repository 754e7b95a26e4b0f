"""``receipts read`` as a person and a program use it."""

import json
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

from mobile_hrp.cli import app
from mobile_hrp.synthetic.receipts.drawing import draw_digital_invoice

_RUN = CliRunner()


def test_a_program_gets_one_object_a_file_and_an_exit_code_for_refusals(tmp_path: Path) -> None:
    drawn = draw_digital_invoice(3)
    good, cat = tmp_path / "invoice.pdf", tmp_path / "cat.jpg"
    good.write_bytes(drawn.pdf)
    cat.write_bytes(b"not a picture")
    result = _RUN.invoke(app, ["receipts", "read", str(good), str(cat), "--json"])
    assert result.exit_code == 1
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first["reading"]["fields"]["number"]["value"] == drawn.truth["number"]
    assert first["reading"]["fields"]["number"]["state"] == "proven"
    assert second["refused"] == ["RECEIPT_TYPE_UNSUPPORTED"]


def test_a_person_sees_names_and_proofs_and_the_picture(tmp_path: Path) -> None:
    original = draw_digital_invoice(4).pdf
    file = tmp_path / "invoice.pdf"
    file.write_bytes(original)
    into = tmp_path / "seen"
    result = _RUN.invoke(app, ["receipts", "read", str(file), "--explain", "--into", str(into)])
    assert result.exit_code == 0
    assert "发票号码" in result.stdout
    assert "已验证" in result.stdout
    with Image.open(into / "invoice.explained.png") as picture:
        assert picture.width > 1400
    assert file.read_bytes() == original


def test_an_unknown_engine_is_named_before_anything_is_read(tmp_path: Path) -> None:
    file = tmp_path / "invoice.pdf"
    file.write_bytes(draw_digital_invoice(5).pdf)
    result = _RUN.invoke(app, ["receipts", "read", str(file), "--engine", "magic"])
    assert result.exit_code == 2
    assert not list(tmp_path.glob("*.png"))
