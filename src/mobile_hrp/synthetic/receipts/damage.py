"""What phones do to receipts: perspective, blur, shade, noise, folds, faded ribbon, compression.

Five levels, seeded. Level 0 is the drawing itself; 1 a careful photo; 2 an ordinary one; 3 a hasty
one in bad light; 4 one that a person would take again.
"""

import io
import random
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
LEVELS = 5


@dataclass(frozen=True, slots=True)
class Damage:
    """Strengths of one level.

    Tilt in degrees, perspective as a part of the side, blur and motion in pixels, noise in grey
    levels, shade and fade 0..1, long side in pixels, JPEG quality.
    """

    tilt: float
    perspective: float
    blur: float
    motion: int
    noise: float
    shade: float
    fade: float
    side_pixels: int
    quality: int


BY_LEVEL = (
    Damage(0, 0, 0, 0, 0, 0, 0, 2400, 95),
    Damage(2, 0.01, 0.5, 0, 3, 0.15, 0, 2000, 85),
    Damage(5, 0.03, 0.9, 0, 6, 0.3, 0.1, 1700, 75),
    Damage(9, 0.06, 1.2, 3, 9, 0.45, 0.25, 1500, 60),
    Damage(14, 0.09, 1.6, 5, 14, 0.6, 0.4, 1300, 45),
)


def photographed(
    picture: Image.Image, level: int, seed: int, *, shows_table: bool = False
) -> bytes:
    """A JPEG of the drawing as a phone would have taken it. Same arguments, same bytes.

    A drawing that ``shows_table`` gets no margin of table around it.
    """
    random_ = random.Random(seed * LEVELS + level)
    damage = BY_LEVEL[level]
    pixels = np.asarray(picture.convert("RGB"), dtype=np.uint8)
    if level:
        pixels = pixels if shows_table else _on_table(pixels, random_)
        pixels = _faded(pixels, damage.fade)
        pixels = _folded(pixels, damage.shade, random_)
        pixels = _seen_from_aside(pixels, damage, random_)
        pixels = _shaded(pixels, damage.shade, random_)
        pixels = _resized(pixels, damage.side_pixels)
        pixels = _blurred(pixels, damage, random_)
        pixels = _noisy(pixels, damage.noise, seed)
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "JPEG", quality=damage.quality)
    return target.getvalue()


def _pixels(array: object) -> Pixels:
    clipped: Pixels = np.clip(np.asarray(array), 0, 255).astype(np.uint8)
    return clipped


def _on_table(pixels: Pixels, random_: random.Random) -> Pixels:
    """A margin of table around the paper."""
    margin = int(0.08 * max(pixels.shape[:2]))
    colour = [random_.randint(40, 130) for _ in range(3)]
    return _pixels(
        cv2.copyMakeBorder(
            pixels, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=colour
        )
    )


def _faded(pixels: Pixels, strength: float) -> Pixels:
    """Ink goes towards paper, as on thermal paper and with an old ribbon."""
    return _pixels(pixels + (235.0 - pixels) * np.where(pixels < 235, strength, 0))


def _folded(pixels: Pixels, strength: float, random_: random.Random) -> Pixels:
    """A crease: a narrow darker line with a lighter edge across the paper."""
    height = pixels.shape[0]
    at = random_.uniform(0.3, 0.7) * height
    distance = np.arange(height) - at
    relief = -40 * strength * np.exp(-((distance / 2) ** 2))
    relief += 18 * strength * np.exp(-(((distance - 5) / 4) ** 2))
    return _pixels(pixels + relief[:, None, None])


def _seen_from_aside(pixels: Pixels, damage: Damage, random_: random.Random) -> Pixels:
    """Perspective and tilt."""
    height, width = pixels.shape[:2]
    reach = damage.perspective
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    shifts = [[random_.uniform(-reach, reach) for _ in "xy"] for _ in corners]
    moved = corners + np.array(shifts, dtype=np.float32) * np.array([width, height], np.float32)
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2), random_.uniform(-damage.tilt, damage.tilt), 1 - reach
    )
    moved = np.asarray(cv2.transform(moved[None], turn)[0], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    edge = [int(value) for value in pixels[2, 2]]
    return _pixels(
        cv2.warpPerspective(
            pixels, matrix, (width, height), borderMode=cv2.BORDER_CONSTANT, borderValue=edge
        )
    )


def _shaded(pixels: Pixels, strength: float, random_: random.Random) -> Pixels:
    """Light falls off towards one corner, and a soft shadow of the hand lies on the paper."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    falloff = 1 - strength * 0.5 * np.abs(
        (x - random_.random()) * 0.7 + (y - random_.random()) * 0.7
    )
    centre_x, centre_y = random_.random(), random_.random()
    shadow = 1 - strength * 0.5 * np.exp(-(((x - centre_x) ** 2 + (y - centre_y) ** 2) / 0.05))
    return _pixels(pixels * (falloff * shadow)[:, :, None])


def _resized(pixels: Pixels, side: int) -> Pixels:
    factor = side / max(pixels.shape[:2])
    mode = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return _pixels(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=mode))


def _blurred(pixels: Pixels, damage: Damage, random_: random.Random) -> Pixels:
    if damage.motion:
        kernel = np.zeros((damage.motion, damage.motion), dtype=np.float32)
        kernel[damage.motion // 2 if random_.random() < 0.5 else slice(None), :] = 1
        pixels = _pixels(cv2.filter2D(pixels, -1, kernel / kernel.sum()))
    return _pixels(cv2.GaussianBlur(pixels, (0, 0), damage.blur)) if damage.blur else pixels


def _noisy(pixels: Pixels, strength: float, seed: int) -> Pixels:
    noise = np.random.default_rng(seed).normal(0, strength, pixels.shape)
    return _pixels(pixels + noise)
