"""The overview picture is made of any recording, and says what the scores are."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from napari_grimace.exchange import one_pass, overview
from napari_grimace.exchange.examples import lowest_and_highest
from napari_grimace.exchange.figures import total_bins
from napari_grimace.scales import Scale, load_scale

Make = Callable[..., xr.Dataset]


def test_a_picture_with_and_without_example_frames(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    recording = one_rater_recording()
    overview(recording, clip, tmp_path / "with.png")
    overview(recording, None, tmp_path / "without.png")
    with (
        Image.open(tmp_path / "with.png") as tall,
        Image.open(tmp_path / "without.png") as low,
    ):
        assert tall.height > low.height > 500
        assert np.asarray(tall.convert("L")).std() > 10


def test_its_text_names_scale_and_origin(
    one_rater_recording: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import matplotlib as mpl

    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")
    recording = one_rater_recording()
    recording.attrs["source"] = "mouse $1$.mp4"
    overview(recording, None, tmp_path / "page.svg")
    text = (tmp_path / "page.svg").read_text(encoding="utf-8")
    assert "scale mgs-black, scored by Anna (person)" in text
    assert "mouse" in text
    assert "8 frames analysed" in text
    assert "7 with a total (88%)" in text


def test_it_counts_frames_that_several_faces_left_out(
    one_rater_recording: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import matplotlib as mpl

    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")
    recording = one_rater_recording(face_count=[2, 2, 2, 1, 1, 1, 1, 1])
    overview(recording, None, tmp_path / "page.svg")
    text = (tmp_path / "page.svg").read_text(encoding="utf-8")
    assert "5 with a total" in text
    assert "2 left out:" in text  # of the third frame a unit is missing
    overview(recording, None, tmp_path / "all.svg", several_faces=True)
    text = (tmp_path / "all.svg").read_text(encoding="utf-8")
    assert "7 with a total" in text
    assert "left out" not in text


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_few_frames_are_enough(
    one_rater_recording: Make, clip: Path, tmp_path: Path, frames: int
) -> None:
    overview(
        one_rater_recording().isel(frame=slice(0, frames)), clip, tmp_path / "few.png"
    )
    assert (tmp_path / "few.png").exists()


def test_pictures_without_times(one_rater_recording: Make, tmp_path: Path) -> None:
    recording = one_rater_recording()
    recording = recording.assign_coords(time=("frame", np.full(8, np.nan)))
    overview(recording, None, tmp_path / "pictures.svg")
    assert "nan" not in (tmp_path / "pictures.svg").read_text(encoding="utf-8")


def test_many_frames(one_rater_recording: Make, tmp_path: Path) -> None:
    recording = one_rater_recording()
    many = np.arange(3000)
    recording = recording.isel(frame=many % 8).assign_coords(
        frame=many, time=("frame", many / 5)
    )
    overview(recording, None, tmp_path / "many.png")
    assert (tmp_path / "many.png").exists()


def test_frames_without_any_total(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    recording = one_rater_recording().isel(frame=[2])
    overview(recording, clip, tmp_path / "none.png")
    assert (tmp_path / "none.png").exists()


@pytest.mark.parametrize(
    ("name", "sides", "each"),
    [
        ("mgs-black", "level", 1),
        ("mgs-black", "mean", 0.5),
        ("rgs", "level", 0.25),
        ("rgs-no-whiskers", "mean", 1 / 6),
    ],
)
def test_every_total_has_a_bin_of_its_own(name: str, sides: str, each: float) -> None:
    scale = Scale.from_dict({**load_scale(name).to_dict(), "sides": sides})
    totals = np.arange(round(scale.max_total / each) + 1) * each
    edges = total_bins(scale)
    np.testing.assert_allclose((edges[1:] + edges[:-1]) / 2, totals, atol=1e-9)


def test_lowest_and_highest_share_no_frame(one_rater_recording: Make) -> None:
    done = one_pass(one_rater_recording())
    lowest, highest = lowest_and_highest(done)
    assert len(lowest) == 4
    assert len(highest) == 3
    assert not set(lowest) & set(highest)
    assert done.total[lowest].max() <= done.total[highest].min()
