import io

import numpy as np
from PIL import Image

from mobile_hrp.domain.receipts.sameness import Traces, looks_alike
from mobile_hrp.ocr import similarity
from mobile_hrp.synthetic.receipts import KINDS


def traces(picture: Image.Image, texts: list[str]) -> Traces:
    pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1].copy()
    return Traces(similarity.picture_hash(pixels), similarity.text_marks(texts))


def texts_of(kind: str, seed: int) -> list[str]:
    return [text.text for text in KINDS[kind](seed).canvas.texts]


def test_a_recompressed_scaled_and_turned_picture_is_found_again() -> None:
    picture = KINDS["taxi"](1).picture
    target = io.BytesIO()
    picture.resize((200, 494)).save(target, "JPEG", quality=40)
    with Image.open(target) as small:
        again = small.rotate(90, expand=True)
    assert looks_alike(traces(picture, []), traces(again, []))


def test_a_crop_is_found_by_the_figures_it_still_shows() -> None:
    texts = texts_of("taxi", 2)
    blank = Image.new("RGB", (100, 100))
    noise = Image.effect_noise((100, 100), 80)
    assert looks_alike(traces(blank, texts), traces(noise, texts[: len(texts) * 2 // 3]))


def test_two_rides_of_one_city_are_two_receipts() -> None:
    first, second = KINDS["taxi"](3), KINDS["taxi"](4)
    one = traces(first.picture, texts_of("taxi", 3))
    other = traces(second.picture, texts_of("taxi", 4))
    assert not looks_alike(one, other)
