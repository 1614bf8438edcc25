"""A simulated study: scores of animals that never lived, whose truth is known.

``python -m napari_grimace.study.simulate FOLDER`` writes it as one file. It is built to
what was published of real studies, so that every analysis can be tried on it.

References
----------
McCoy ES, Park SK, Patel RP, et al. (2024) Development of PainFace software to simplify,
standardize, and scale up mouse grimace analyses. Pain 165:1793-1805.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from napari_grimace.files import written_whole
from napari_grimace.recording.disk import disk_errors
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.schema import (
    NOT_FOUND,
    NOT_RATED,
    SCORED,
    to_json,
)
from napari_grimace.scales import load_scale
from napari_grimace.study.sample import NAME
from napari_grimace.study.scores import scores_dataset
from napari_grimace.study.simulate_design import (
    CARRAGEENAN,
    FRAME_RATE,
    LAPAROTOMY,
    N_ANIMALS_OF_PEOPLE,
    N_FRAMES_OF_PEOPLE,
    SECONDS,
)
from napari_grimace.study.simulate_frames import (
    RISE_FROM,
    Faces,
    read,
    scores_of,
    simulate_faces,
)
from napari_grimace.study.simulate_raters import (
    BOTH_LABS,
    LAB_ONE,
    N_TARGETS,
    READ_OTHERWISE,
    search_ratings,
)
from napari_grimace.study.stack import stacked
from napari_grimace.study.tree import make_study

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.study.simulate_design import Group

SEED = 208
"""The seed of the study that ships."""

_COMMAND = "python -m napari_grimace.study.simulate"

ABOUT = {
    "laparotomy": "Sham operation, laparotomy, and laparotomy after carprofen, before "
    "(baseline) and after (post); 30 min at 1 frame/s. A simulated model scored all "
    "frames; two simulated people scored 10 frames of 12 animals of each group.",
    "carrageenan": "Carrageenan in animals that did not know the chamber and in those "
    "that did (habituated): baseline, 3 to 3.5 h and 3.5 to 4 h later; 30 min at 1 "
    "frame/s. A simulated model scored all frames, a simulated person 10 of each "
    "recording.",
    "raters": "One frame of each of 25 animals, scored by three simulated raters in "
    "lab 1 and one in lab 2; the first scored all of them a second time.",
}
"""What each experiment is."""

_COLUMNS = ["animal", "group", "timepoint", "sex", "lab"]
_VIDEO = {"frame_rate": float(FRAME_RATE)}
_SIMULATED = f"SIMULATED, not measured on animals ({_COMMAND}). "


def simulate_study(seed: int = SEED) -> dict[str, xr.Dataset]:
    """Simulate the study.

    Parameters
    ----------
    seed
        Equal seeds give equal studies. The default is the first, counting from 0, with
        which all that was published holds; small groups of animals differ by chance.

    Returns
    -------
    dict
        By experiment (`laparotomy`, `carrageenan`, `raters`) the scores as they are in
        the file, of which `open_study` makes a study: `score` (recording, rater, frame,
        unit), NaN where not scored; `state` of the same shape; `time` (recording,
        frame) in s; along `recording` the columns `animal`, `group`, `timepoint`, `sex`
        and `lab`; along `rater` what is told of raters.

        The truth of each recording, but in `raters`: `true_mean`, the mean total that
        is to be expected if all units are seen in all frames; `true_mean_10min`, that
        of the first 10 minutes; `true_effect`, by how much animal and recording differ
        from the typical animal, in logits; `true_facing`, the share of time in which
        the animal faces the camera. Attributes are `about`, `scales` (JSON), and
        `truth` (JSON): what the typical animal does, or the published agreement.

    Raises
    ------
    GrimaceError
        If no raters are found that agree as published: take another seed.
    """
    laparotomy, carrageenan, raters = np.random.default_rng(seed).spawn(3)
    people = [_person(f"simulated person {letter}") for letter in "ABC"]
    study = {
        "laparotomy": _experiment(
            LAPAROTOMY, "lab 1", people[:2], ["post"], laparotomy
        ),
        "carrageenan": _experiment(
            CARRAGEENAN, "lab 2", people[2:], list(CARRAGEENAN[0].courses), carrageenan
        ),
        "raters": _raters(raters),
    }
    for name, scores in study.items():
        scores.attrs["about"] = _SIMULATED + ABOUT[name]
    return study


def write_study(folder: str | Path, seed: int = SEED) -> Path:
    """Simulate the study and write it as one file.

    Returns
    -------
    Path
        Of the file.
    """
    path = Path(folder) / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    root = xr.Dataset(attrs={"about": _SIMULATED.strip()})
    study = xr.DataTree.from_dict({"/": root, **simulate_study(seed)})
    content = study.to_netcdf(engine="h5netcdf")
    with disk_errors(path), written_whole(path) as aside:
        aside.write_bytes(content)
    return path


def _experiment(
    groups: Sequence[Group],
    lab: str,
    people: Sequence[Rater],
    timepoints: Sequence[str],
    rng: np.random.Generator,
) -> xr.Dataset:
    """Simulate recordings that a model scored, and people some frames of."""
    scale = load_scale("mgs-black")
    parts = [
        simulate_faces(
            [*group.courses.values()], group.males + group.females, SECONDS, scale, rng
        )
        for group in groups
    ]
    faces = Faces(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    sheet = pd.concat([_sheet(group, lab) for group in groups])
    rated = np.ones((len(sheet), 1 + len(people), SECONDS), np.bool_)
    rated[:, 1:] = _frames_of_people(faces, sheet, timepoints, rng)[:, None]
    raters = [_model(), *people]
    level = np.stack([read(faces.level, scale, rng) for _ in raters], axis=1)
    seen = np.where(faces.found, SCORED, NOT_FOUND)[:, None]
    state = np.where(rated[..., None], seen, NOT_RATED).astype(np.int8)
    seconds = np.tile(np.arange(SECONDS), (len(sheet), 1))
    scores = _stack(sheet, raters, scores_of(level, scale), state, seconds)
    truth = {
        "true_mean": faces.expected.mean(axis=1),
        "true_mean_10min": faces.expected[:, : int(RISE_FROM)].mean(axis=1),
        "true_effect": faces.effect,
        "true_facing": faces.facing,
    }
    typical = {group.name: asdict(group)["courses"] for group in groups}
    scores = scores.assign({k: ("recording", v) for k, v in truth.items()})
    return scores.assign_attrs(truth=to_json(typical))


def _raters(rng: np.random.Generator) -> xr.Dataset:
    """Simulate raters in two labs, and the first once more."""
    scale = load_scale("mgs-black")
    level = search_ratings(scale, rng)
    again = read(level[:, 0], scale, rng, READ_OTHERWISE)
    level = np.concatenate([level, again[:, None]], axis=1)
    animals = _animals("R", N_TARGETS)
    labels = ["lab 1 rater A", "lab 1 rater B", "lab 1 rater C", "lab 2 rater D"]
    raters = [_person(label, f"simulated {label}") for label in labels]
    raters.append(_person(f"{labels[0]} (2)", raters[0].name, occasion=2))
    rows = [(animal, "random frames", "once", "male", "lab 2") for animal in animals]
    sheet = pd.DataFrame(rows, index=animals, columns=_COLUMNS)
    score = scores_of(level, scale)[:, :, None]
    state = np.full(score.shape, SCORED, np.int8)
    agreement = {"lab 1": LAB_ONE, "both labs": BOTH_LABS}
    seconds = np.zeros((N_TARGETS, 1), np.int64)
    scores = _stack(sheet, raters, score, state, seconds)
    return scores.assign_attrs(truth=to_json(agreement))


def _sheet(group: Group, lab: str) -> pd.DataFrame:
    """Give the rows of a sample sheet: animal by animal, then by timepoint."""
    sexes = ["male"] * group.males + ["female"] * group.females
    rows = {
        f"{animal} {timepoint}": (animal, group.name, timepoint, sex, lab)
        for animal, sex in zip(_animals(group.letter, len(sexes)), sexes, strict=True)
        for timepoint in group.courses
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=_COLUMNS)


def _animals(letter: str, number: int) -> list[str]:
    return [f"{letter}{i:02d}" for i in range(1, number + 1)]


def _frames_of_people(
    faces: Faces,
    sheet: pd.DataFrame,
    timepoints: Sequence[str],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Choose the frames that people score: random ones in which all units are seen."""
    whole: NDArray[np.bool_] = np.asarray(faces.found.all(axis=-1))
    chosen = np.zeros_like(whole)
    enough = whole.sum(axis=1) >= N_FRAMES_OF_PEOPLE
    wanted = sheet.reset_index()[enough & sheet["timepoint"].isin(timepoints).values]
    for _, rows in wanted.groupby(["group", "timepoint"], sort=False):
        n_animals = min(N_ANIMALS_OF_PEOPLE, len(rows))
        for i in rng.choice(rows.index.to_numpy(), n_animals, replace=False):
            frames = rng.choice(np.flatnonzero(whole[i]), N_FRAMES_OF_PEOPLE, False)
            chosen[i, frames] = True
    return chosen


def _model() -> Rater:
    return Rater(
        "simulated model 1.0",
        "simulated model",
        "model",
        build="1.0",
        trained_on="simulated",
        sampling="1 frame/s",
        scale=load_scale("mgs-black"),
    )


def _person(label: str, name: str = "", occasion: int = 1) -> Rater:
    return Rater(
        label,
        name or label,
        "person",
        occasion=occasion,
        sampling="random frames with all units",
        scale=load_scale("mgs-black"),
    )


def _stack(
    sheet: pd.DataFrame,
    raters: Sequence[Rater],
    score: NDArray[np.float32],
    state: NDArray[np.int8],
    seconds: NDArray[np.int64],
) -> xr.Dataset:
    """Stack the scores of recordings as they are kept in one file.

    `score` and `state` are (recording, rater, frame, unit), `seconds` (recording,
    frame); `sheet` has a row for each recording.
    """
    recordings = {
        name: scores_dataset(
            raters, s * FRAME_RATE, s, score[i], state=state[i], attrs=_VIDEO
        )
        for i, (name, s) in enumerate(zip(sheet.index, seconds, strict=True))
    }
    stack = stacked(make_study(recordings, sheet))
    for name in stack.data_vars:
        stack[name].encoding = {"zlib": True, "complevel": 9, "shuffle": True}
    stack["score"].encoding |= {"dtype": "int8", "_FillValue": np.int8(-1)}
    return stack


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"Name one folder: {_COMMAND} FOLDER")
    print(write_study(sys.argv[1]))
