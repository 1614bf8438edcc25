"""Reference sets built from recordings: the right frames, cut, with experts' scores."""

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image
from reference_sets import BLACK, UNITS

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.recording import Change, Rater, RecordingStore, rater_block
from napari_grimace.scales import load_scale
from napari_grimace.teaching import ConsensusRule, Source, build_reference
from napari_grimace.video import open_source

FACE = BLACK.regions.index("face")
ANNA, BEN = (Rater(name, name, "person", scale=BLACK) for name in ("Anna", "Ben"))


def shade(number):
    return 40 + 8 * number


@pytest.fixture
def recording(tmp_path):
    """20 frames, each of its own shade; a model saw the face in all but frame 4."""
    clip = tmp_path / "mouse.mkv"
    with av.open(str(clip), "w") as file:
        stream = file.add_stream("ffv1", rate=Fraction(10))
        stream.width, stream.height, stream.pix_fmt = 80, 60, "bgr0"
        for number in range(20):
            picture = np.full((60, 80, 3), shade(number), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            file.mux(stream.encode(frame.reformat(format="bgr0")))
        file.mux(stream.encode(None))
    source = open_source(clip)
    attrs = dict(source.attrs)
    source.close()
    model = Rater("model", "model", "model", build="1", scale=BLACK)
    frames = np.arange(20)
    box = np.full((20, len(BLACK.regions), 4), np.nan)
    box[:, FACE] = 10, 20, 40, 50
    box[4] = np.nan
    store = RecordingStore.create(tmp_path / "mouse.grimace", attrs)
    store.add_rater(model)
    store.append("model", rater_block(model, frames, frames / 10, box=box, video=attrs))
    return store


def rate(store, rater, frames, value=lambda frame: frame % 3):
    with store.journal(rater) as journal:
        for frame in frames:
            changes = [
                Change("score", u, None, value(frame)) for u in UNITS if u != "nose"
            ]
            changes.append(Change("score", "nose", None, "not_scorable"))
            journal.commit(frame, changes)


def test_each_picture_shows_its_frame_and_has_its_scores(tmp_path, recording):
    rate(recording, ANNA, [3, 11, 7])
    rate(recording, BEN, [7, 11, 15], lambda frame: min(2, frame % 3 + 1))
    built = build_reference(
        tmp_path / "lab.reference", [recording.path], title="Lab", size=32, margin=0.1
    )
    assert built.pictures.count == 4
    sources = built.pictures.facts["sources"]
    assert [told["frame"] for told in sources] == [3, 7, 11, 15]
    for number, told in enumerate(sources, start=1):
        with Image.open(built.pictures.picture(number)) as picture:
            assert picture.size == (32, 32)
            assert np.abs(np.asarray(picture) - float(shade(told["frame"]))).max() <= 2
    ear = built.expert_scores.sel(unit="ear")
    np.testing.assert_equal(ear.sel(rater="Anna").values, [0, 1, 2, np.nan])
    np.testing.assert_equal(ear.sel(rater="Ben").values, [np.nan, 2, 2, 1])
    np.testing.assert_equal(built.consensus.sel(unit="ear").values, [0, np.nan, 2, 1])
    assert np.isnan(built.consensus.sel(unit="nose")).all()
    assert not built.to_decide.sel(unit="nose").any()
    assert built.to_decide.sel(unit="ear").values.tolist() == [
        False,
        True,
        False,
        False,
    ]
    assert not built.rendered


def test_chosen_experts_frames_and_rule(tmp_path, recording):
    rate(recording, ANNA, range(6, 16))
    rate(recording, BEN, range(6, 16), lambda _: 0)
    source = Source(recording.path, frames=[14, 8, 8])
    built = build_reference(
        tmp_path / "a.reference",
        [source],
        title="A",
        experts=["Ben"],
        rule=ConsensusRule("mean", 0),
        size=16,
        facts={"pass_rule": {"kappa": 0.5}},
    )
    assert [expert.name for expert in built.experts] == ["Ben"]
    assert [told["frame"] for told in built.pictures.facts["sources"]] == [8, 14]
    assert built.pictures.facts["pass_rule"] == {"kappa": 0.5}
    assert built.rule == ConsensusRule("mean", 0)
    some = build_reference(
        tmp_path / "b.reference", [recording.path], title="B", count=4, seed=3, size=16
    )
    assert some.pictures.count == 4


def test_frames_without_a_face_are_left_out_and_told(tmp_path, recording):
    rate(recording, ANNA, [3, 4, 5])
    with pytest.warns(GrimaceWarning, match="no face box in frames 4"):
        built = build_reference(
            tmp_path / "a.reference", [recording.path], title="A", size=16
        )
    assert built.pictures.count == 2
    with pytest.raises(GrimaceError, match="no face box in frames 4"):
        build_reference(
            tmp_path / "b.reference", [Source(recording.path, [3, 4])], title="B"
        )


def test_what_does_not_make_a_set_is_refused_and_nothing_is_written(
    tmp_path, recording
):
    path = tmp_path / "a.reference"
    with pytest.raises(GrimaceError, match="nobody rated"):
        build_reference(path, [recording.path], title="A")
    rate(recording, ANNA, [3])
    with pytest.raises(GrimaceError, match="none of Cem rated"):
        build_reference(path, [recording.path], title="A", experts=["Cem"])
    with pytest.raises(GrimaceError, match="no expert rated frame 9"):
        build_reference(path, [Source(recording.path, [9])], title="A")
    other = Rater("Dana", "Dana", "person", scale=load_scale("mgs"))
    with recording.journal(other) as journal:
        journal.commit(3, [Change("score", "ear", None, 1)])
    with pytest.raises(
        GrimaceError, match=r"Dana in mouse\.grimace followed scale 'mgs'"
    ):
        build_reference(path, [recording.path], title="A")
    (tmp_path / "mouse.mkv").unlink()
    with pytest.raises(GrimaceError, match="not where it was"):
        build_reference(path, [recording.path], title="A", experts=["Anna"])
    assert not path.exists()
