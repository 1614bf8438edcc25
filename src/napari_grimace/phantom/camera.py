"""What a camera does to a picture: exposure, colour, blur, noise, compression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.phantom.arrays import Floats, floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_grimace.phantom.scene import Camera


def photograph(
    picture: Floats, camera: Camera, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Take a photograph of a picture.

    Parameters
    ----------
    picture
        (y, x, rgb) shares of white.
    camera
        Its settings.
    rng
        Noise.

    Returns
    -------
    ndarray
        (y, x, rgb) uint8.
    """
    image = _tones(picture, camera)
    image = _blur(image, camera)
    if camera.noise > 0:
        channels = 1 if camera.grey or rng.random() < 0.5 else 3
        grain = rng.standard_normal((*image.shape[:2], channels), np.float32)
        if rng.random() < 0.4:
            grain = cv2.GaussianBlur(grain, (0, 0), 0.7).reshape(grain.shape) * 1.8
        image += grain * floats(camera.noise)
    pixels = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    if camera.jpeg < 100:
        pixels = _compress(pixels, camera.jpeg)
    return pixels


def _tones(picture: Floats, camera: Camera) -> Floats:
    height, width = picture.shape[:2]
    if camera.grey:
        grey = cv2.transform(picture, floats([[0.35, 0.5, 0.15]]))
        image = cv2.merge([grey, grey, grey])
    else:
        image = picture * floats(camera.cast)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    gain = camera.exposure * (1 - camera.vignette * (x * x + y * y) * 0.5)
    if camera.spot:
        gain = gain * (1 + camera.spot * x)
    image = np.clip(image * gain[..., None].astype(np.float32), 0, 1.6)
    # Highlights roll off, as film and sensors let them.
    over = np.clip(image - 0.8, 0, None)
    image += over * (0.2 / (0.2 + over)) - over
    toned = floats(cv2.pow(image, camera.gamma))
    toned -= floats(0.5)
    toned *= floats(camera.contrast)
    toned += floats(0.5)
    return toned


def _blur(image: Floats, camera: Camera) -> Floats:
    height, width = image.shape[:2]
    if camera.shrink < 1:
        small = cv2.resize(
            image,
            None,
            fx=camera.shrink,
            fy=camera.shrink,
            interpolation=cv2.INTER_AREA,
        )
        image = floats(
            cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        )
    if camera.blur > 0.2:
        image = floats(cv2.GaussianBlur(image, (0, 0), camera.blur))
    dy, dx = camera.motion
    far = round(max(abs(dy), abs(dx)))
    if far >= 2:
        kernel = np.zeros((far * 2 + 1, far * 2 + 1), np.float32)
        middle = (far, far)
        end = (round(far + dx), round(far + dy))
        cv2.line(kernel, middle, end, 1.0, 1)
        image = floats(cv2.filter2D(image, -1, kernel / kernel.sum()))
    return image


def _compress(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), settings)
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])
