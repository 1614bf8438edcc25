"""Recordings of small videos whose every frame can be told from its pixels."""

import numpy as np
from PIL import Image

from napari_grimace.recording import Change, Rater, RecordingStore, rater_block
from napari_grimace.scales import REGIONS, load_scale
from napari_grimace.video import open_video

BLACK = load_scale("mgs-black")
UNITS = BLACK.unit_names
FRAMES = 40  # one per second
HEIGHT, WIDTH = 64, 80
SIDE = 32  # of the face; with a margin of 1/4 on each side, pictures of 48 px are exact
NAMES = ("saline-m07", "CFA-m12", "cfa-M13")
MODEL = Rater("nets 1", "nets", "model", scale=BLACK, build="1 (abcd)")


def frame_of(recording: int, frame: int) -> np.ndarray:
    rng = np.random.default_rng([recording, frame])
    return rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def face_of(recording: int, frame: int) -> np.ndarray:
    """Edges of the face: in some frames its surround reaches beyond the picture."""
    y, x = (7 * frame) % (HEIGHT - SIDE), (11 * frame + recording) % (WIDTH - SIDE)
    return np.array([y, x, y + SIDE, x + SIDE], np.float32)


def picture_of(recording: int, frame: int) -> np.ndarray:
    """What a blind set shows of a frame, by another way than the program's."""
    surround = SIDE // 4
    padding = ((surround, surround), (surround, surround), (0, 0))
    padded = np.pad(frame_of(recording, frame), padding, constant_values=128)
    y, x = face_of(recording, frame)[:2].astype(int)
    return padded[y : y + SIDE + 2 * surround, x : x + SIDE + 2 * surround]


def make_recordings(folder, count=3, fit=None, scale=BLACK, rois=None):
    """Recordings beside their videos.

    `fit` tells which frames a model saw well; with `rois`, all are of the first video.
    """
    return [
        _make(
            folder,
            index,
            range(FRAMES) if fit is None else fit[index],
            scale,
            rois[index] if rois else None,
        )
        for index in range(count)
    ]


def _make(folder, index, fit, scale, roi):
    video = folder / "videos" / NAMES[0 if roi else index]
    if not video.exists():
        video.mkdir(parents=True)
        for frame in range(FRAMES):
            Image.fromarray(frame_of(index, frame)).save(video / f"f{frame:03d}.png")
    attrs = dict(open_video(video, roi).attrs)
    frames = np.arange(FRAMES)
    box = np.full((FRAMES, len(REGIONS), 4), np.nan, np.float32)
    box[:, 0] = [face_of(index, frame) for frame in frames]
    seen = np.isin(frames, list(fit))
    box[seen, 2:] = box[seen, :1]
    score = np.where(seen[:, None], [max(u.levels) for u in scale.units], np.nan)
    model = Rater("nets 1", "nets", "model", scale=scale, build="1 (abcd)")
    quality = {
        name: np.where(seen, 0.9, 0.1)
        for name in ("sharpness", "exposure", "frontality", "face_size")
    }
    store = RecordingStore.create(
        folder / "videos" / f"{NAMES[index]}.grimace", attrs, {"group": "painful"}
    )
    store.add_rater(model)
    block = rater_block(
        model,
        frames,
        frames.astype(float),
        box=box,
        score=score,
        quality=quality,
        face_count=np.ones(FRAMES),
        video=attrs,
        subject={"group": "painful"},
    )
    store.append(model.label, block)
    return store.path


def given_scores(picture: int, rater: str = "Anna", scale=BLACK) -> dict[str, object]:
    """What a simulated rater says of a picture."""
    rng = np.random.default_rng([picture, len(rater), ord(rater[0])])
    options = [[*map(float, unit.levels), "not_scorable"] for unit in scale.units]
    chosen = [each[rng.integers(len(each))] for each in options]
    return dict(zip(scale.unit_names, chosen, strict=True))


def rate(blind, rater, pictures=None, scores=given_scores):
    """Rate pictures as a person would, one commit for each unit."""
    with blind.store.journal(rater) as writer:
        for picture in pictures or range(1, blind.count + 1):
            writer.commit(picture - 1, event="shown")
            for unit, value in scores(picture, rater.name).items():
                writer.commit(picture - 1, [Change("score", unit, None, value)])
