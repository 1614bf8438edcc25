"""Videos of rendered animals, with the truth of each frame beside them."""

from __future__ import annotations

import csv
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.files import written_whole
from napari_grimace.phantom.animal import add_whiskers, draw_animal, look
from napari_grimace.phantom.backdrop import draw_backdrop
from napari_grimace.phantom.body import make_body, make_frame
from napari_grimace.phantom.camera import photograph
from napari_grimace.phantom.chance import draw_scene
from napari_grimace.phantom.motion import make_motion
from napari_grimace.phantom.pose import View
from napari_grimace.phantom.renderer import metered
from napari_grimace.phantom.shade import cast_shadow
from napari_grimace.phantom.truth import make_truth
from napari_grimace.progress import Progress, in_one_go
from napari_grimace.scales.regions import EDGES, REGIONS, UNIT_OF_REGION

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from napari_grimace.phantom.motion import Motion
    from napari_grimace.phantom.scene import Animal, Scene
    from napari_grimace.phantom.truth import AnimalTruth

Part = tuple[int, int, int, int]


def iter_render_video(
    path: str | Path,
    *,
    seconds: float,
    fps: float,
    size: tuple[int, int],
    seed: int,
    quality: int = 24,
    **constraints: Any,
) -> Generator[Progress, None, Path]:
    """Draw a video of one animal whose pain, pose and blinks change smoothly.

    Parameters
    ----------
    path
        The video, mp4 or mkv; H.264 with B-frames, a key frame every 30 frames. The
        truth goes beside it, as NAME_truth.csv.
    seconds, fps
        Length and frame rate.
    size
        Height and width in pixels, even.
    seed
        The same seed gives the same frames.
    quality
        Constant rate factor of the encoder: lower is better and larger.
    **constraints
        `species`, `coat`, `length`, `kind` (of backdrop), as `draw_scene` takes them.

    Yields
    ------
    Progress
        After each frame.

    Returns
    -------
    Path
        Of the truth.
    """
    import av

    path = Path(path)
    rng = np.random.default_rng(seed)
    scene = _still(rng, constraints)
    motion = make_motion(rng, seconds, fps)
    rows: list[list[str]] = []
    rate = Fraction(fps).limit_denominator(1001)
    with written_whole(path) as aside, av.open(str(aside), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = 30
        stream.codec_context.max_b_frames = 3
        stream.options = {"crf": str(quality), "preset": "slow"}
        for number, (image, truth) in enumerate(iter_frames(scene, motion, size)):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            container.mux(stream.encode(frame))
            rows.append(_row(number, number / float(rate), truth))
            yield Progress(number + 1, len(motion), "drawing frames", number)
        container.mux(stream.encode())
    beside = path.with_name(f"{path.stem}_truth.csv")
    with written_whole(beside) as aside, aside.open("w", newline="") as file:
        csv.writer(file).writerows([truth_columns(), *rows])
    return beside


render_video = in_one_go(iter_render_video, "render_video")


def _still(rng: np.random.Generator, constraints: dict[str, Any]) -> Scene:
    """Draw what does not change: one animal, a mild camera, nothing in front."""
    kind = constraints.pop("kind", None)
    given = {"length": 0.36, **constraints}
    scene = draw_scene(rng, framing="crop", plain=True, **given)
    camera = replace(
        scene.camera, vignette=0.0, spot=0.0, noise=0.0, blur=0.0, grey=False,
        infrared=False, contrast=1.0, gamma=0.9, exposure=1.05,
    )  # fmt: skip
    extras = replace(scene.animals[-1].extras, paws=0.0, cap=0.0, whisker_strength=0.7)
    animal = replace(scene.animals[-1], extras=extras, rise=4.0, stretch=0.9)
    backdrop = replace(
        scene.backdrop, kind=kind or scene.backdrop.kind, floor=0.5, brightness=0.45,
        things=("bottle", "panel"), blur=0.004,
    )  # fmt: skip
    return replace(scene, animals=(animal,), camera=camera, backdrop=backdrop)


def iter_frames(
    scene: Scene, motion: Motion, size: tuple[int, int]
) -> Iterator[tuple[NDArray[np.uint8], AnimalTruth]]:
    """Draw the frames of a scene of one animal that moves.

    Only the part around the animal is drawn anew in each frame.

    Yields
    ------
    image, truth
        (y, x, rgb) uint8, and what is to be seen in it.
    """
    height, width = size
    behind = draw_backdrop(scene.backdrop, height, width)
    gain: float | None = None
    still = np.zeros((height, width, 3), np.uint8)
    for number in range(len(motion)):
        animal = motion.pose(scene.animals[0], number)
        part = _surroundings(animal, height, width)
        drawn = draw_animal(animal, scene.light, height, width, part=part)
        at = (slice(part[0], part[2]), slice(part[1], part[3]))
        picture = behind[at].copy()
        cast_shadow(picture, drawn, scene.light)
        picture += drawn.cover[..., None] * (drawn.colour - picture)
        add_whiskers(picture, drawn, animal)
        rng = np.random.default_rng([scene.seed, number])
        if gain is None:
            gain = metered(picture, [drawn])
            still = photograph(behind * gain, scene.camera, rng)
        image = still.copy()
        image[at] = photograph(picture * gain, scene.camera, rng)
        nothing = np.zeros(drawn.cover.shape, bool)
        truth = make_truth(animal, look(drawn, nothing))
        yield image, _moved(truth, part)


def _surroundings(animal: Animal, height: int, width: int) -> Part:
    """Part of the image that holds the animal and its whiskers."""
    view = View.of(animal, height, width)
    body = view.project_camera(make_body(make_frame(animal, view)).grid)
    points = np.concatenate([body[..., :2].reshape(-1, 2), [view.centre]])
    margin = view.scale * 1.0
    x_min, y_min = np.minimum(points.min(0), np.array(view.centre)) - margin
    x_max, y_max = np.maximum(points.max(0), np.array(view.centre)) + margin
    # Never empty, and in steps, so that an encoder sees steady edges.
    top = int(np.clip(y_min // 16 * 16, 0, height - 32))
    left = int(np.clip(x_min // 16 * 16, 0, width - 32))
    bottom = int(np.clip(-(-y_max // 16) * 16, top + 32, height))
    right = int(np.clip(-(-x_max // 16) * 16, left + 32, width))
    return top, left, bottom, right


def _moved(truth: AnimalTruth, part: Part) -> AnimalTruth:
    shift = (part[0], part[1], part[0], part[1])
    boxes = {
        region: tuple(edge + by for edge, by in zip(box, shift, strict=True))
        for region, box in truth.boxes.items()
    }
    return replace(truth, boxes=boxes)  # type: ignore[arg-type]


def truth_columns() -> list[str]:
    """Columns of the truth of a video.

    `frame`, `time` (s), `pain` (latent state, 0 to 1), `in_pain` (0 or 1), `yaw`,
    `pitch`, `roll` (degrees), then for each region its box (pixels, blank where it
    cannot be seen), `REGION_intensity` (0 to 1) and `REGION_level` (0, 1, 2).
    """
    columns = ["frame", "time", "pain", "in_pain", "yaw", "pitch", "roll"]
    for region in REGIONS:
        columns += [f"{region}_{edge}" for edge in EDGES]
        if region in UNIT_OF_REGION:
            columns += [f"{region}_intensity", f"{region}_level"]
    return columns


def _row(number: int, time: float, truth: AnimalTruth) -> list[str]:
    row = [
        str(number),
        f"{time:.4f}",
        f"{truth.pain:.3f}",
        str(int(truth.in_pain)),
        *(f"{angle:.1f}" for angle in (truth.yaw, truth.pitch, truth.roll)),
    ]
    for region in REGIONS:
        box = truth.boxes.get(region)
        row += [""] * 4 if box is None else [f"{edge:.0f}" for edge in box]
        if region in UNIT_OF_REGION:
            seen = region in truth.levels
            row += [f"{truth.intensity[region]:.3f}" if seen else ""]
            row += [str(truth.levels[region]) if seen else ""]
    return row
