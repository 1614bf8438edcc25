"""Boxes and captions drawn into frames."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

#: One colour for each kind of region, told apart by colour-blind eyes too
#: (Okabe and Ito's set).
COLOURS = {
    "face": (240, 228, 66),
    "body": (160, 160, 160),
    "orbital": (0, 158, 115),
    "ear": (86, 180, 233),
    "nose": (230, 159, 0),
    "whiskers": (204, 121, 167),
    "cheek": (213, 94, 0),
}


# Their boxes overlap the nose's, whose label stands over it.
_BELOW = ("whiskers", "cheek")


def colour_of(region: str) -> tuple[int, int, int]:
    """Colour of a region; left and right have the same."""
    kind = region.removesuffix("_left").removesuffix("_right")
    return COLOURS.get(kind, (255, 255, 255))


def draw_frame(
    image: NDArray[np.uint8],
    boxes: Mapping[str, Sequence[float] | NDArray[np.floating]],
    labels: Mapping[str, str],
    *,
    caption: str = "",
    origin: str = "",
    stale: bool = False,
    text_share: float = 1 / 36,
) -> NDArray[np.uint8]:
    """Draw boxes with labels, and a caption, into a copy of a frame.

    Parameters
    ----------
    image
        The frame (y, x, rgb).
    boxes
        Edges in pixels by region; a box with NaN is left out.
    labels
        Text to set beside a region's box, such as its score.
    caption, origin
        Lines for the top and the bottom of the frame.
    stale
        The boxes are those of an earlier frame: draw them thin and dark.

    text_share
        Height of the text as a share of the frame's shorter side.

    Returns
    -------
    ndarray
        Same shape and type.
    """
    picture = Image.fromarray(np.ascontiguousarray(image))
    draw = ImageDraw.Draw(picture)
    short = min(image.shape[:2])
    font = ImageFont.load_default(max(9, round(short * text_share)))
    width = 1 if stale else max(1, round(short / 240))
    for region, edges in boxes.items():
        if not np.all(np.isfinite(edges)):
            continue
        red, green, blue = colour_of(region)
        colour = (red // 2, green // 2, blue // 2) if stale else (red, green, blue)
        corners = _corners(edges, image.shape)
        draw.rectangle(corners, outline=colour, width=width)
        if region in labels:
            _tag(draw, corners, labels[region], colour, font, region in _BELOW)
    _line(draw, caption, font, picture.size)
    _line(draw, origin, font, picture.size, bottom=True)
    return np.asarray(picture)


def _corners(
    edges: Sequence[float] | NDArray[np.floating], shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Corner pixels of a box, inside the frame: left, top, right, bottom."""
    y_min, x_min, y_max, x_max = edges
    # Pixel i covers [i, i + 1): the last pixel of a box ends at its edge.
    left, top = max(0, int(x_min)), max(0, int(y_min))
    right = min(shape[1], int(np.ceil(x_max))) - 1
    bottom = min(shape[0], int(np.ceil(y_max))) - 1
    return left, top, max(left, right), max(top, bottom)


def _tag(
    draw: ImageDraw.ImageDraw,
    corners: tuple[int, int, int, int],
    text: str,
    colour: tuple[int, int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    below: bool,
) -> None:
    """Write a label just over or below a box, or inside it at the upper rim."""
    left, top, _, bottom = corners
    high = draw.textbbox((0, 0), text, font=font)[3] + 2
    over = top - high if top >= high else top
    place = (left, bottom + 1 if below else over)
    draw.rectangle(draw.textbbox(place, text, font=font), fill=colour)
    dark = sum(colour) < 300
    draw.text(place, text, fill=(255, 255, 255) if dark else (0, 0, 0), font=font)


def _line(
    draw: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    size: tuple[int, int],
    *,
    bottom: bool = False,
) -> None:
    """Write text on black along the top or the bottom, in as many lines as it takes."""
    if not text:
        return
    width, height = size
    fitting = max(8, int((width - 8) * len(text) / font.getlength(text)) - 1)
    lines = "\n".join(textwrap.wrap(text, fitting))
    _, top, right, end = draw.multiline_textbbox((4, 0), lines, font=font)
    y = height - end - 4 if bottom else 4 - top
    draw.rectangle((0, y + top - 4, right + 3, y + end + 3), fill=(0, 0, 0))
    draw.multiline_text((4, y), lines, fill=(255, 255, 255), font=font)
