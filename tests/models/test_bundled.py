"""The bundled builds find and score what is drawn, on renders they never saw."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from napari_grimace.errors import ModelError
from napari_grimace.models import Detector, Scorer, load_detector, load_scorer
from napari_grimace.scales import list_scales, load_scale
from napari_grimace.scales.regions import REGIONS, UNIT_OF_REGION
from napari_grimace.training.crops import NETWORKS
from napari_grimace.training.evaluate import measure_finds, render_pictures
from napari_grimace.training.measures import weighted_kappa
from napari_grimace.training.renders import HELD_OUT, draw

SEEDS = range(HELD_OUT + 30_000_000, HELD_OUT + 30_000_070)


@pytest.fixture(scope="module")
def detector():
    return load_detector(device="cpu")


@pytest.fixture(scope="module")
def crops():
    """Held-out renders of one animal whose face fills the picture."""
    drawn = (draw(seed) for seed in SEEDS)
    return [r for r, framing in drawn if framing == 0 and len(r.animals) == 1]


def as_boxes(render):
    box = np.full((len(REGIONS), 4), np.nan, np.float32)
    for region, edges in render.animals[0].boxes.items():
        box[REGIONS.index(region)] = edges
    return box


def as_truth(render):
    truth = {}
    for region, edges in render.animals[0].boxes.items():
        name = region.removesuffix("_left").removesuffix("_right")
        truth.setdefault(name, []).append(np.array(edges, np.float32))
    return truth


@pytest.mark.parametrize("setting", ["fast", "accurate"])
def test_detector_finds_drawn_regions(detector, crops, setting):
    some = crops[:: 1 if setting == "fast" else 4]
    pictures = ((render.image, as_truth(render)) for render in some)
    classes = ("face", "orbital", "ear", "nose")
    measures = measure_finds(detector, pictures, classes, setting).measures()
    for name in classes:
        assert measures[f"{name}_found_0.3"] > FLOOR[name], measures
    assert measures["false_per_image"] < 0.6, measures


FLOOR = {"face": 0.85, "orbital": 0.5, "ear": 0.6, "nose": 0.75}


def test_detections_are_well_formed(detector):
    images = [draw(seed)[0].image for seed in SEEDS[:10]]
    found = detector.detect(images)
    assert found.box.shape == (10, len(REGIONS), 4)
    assert found.box.dtype == np.float32
    assert found.confidence.dtype == np.float32
    assert found.face_count.shape == (10,)
    seen = np.isfinite(found.confidence)
    np.testing.assert_array_equal(np.isfinite(found.box).all(-1), seen)
    assert (found.box[seen][:, 2:] > found.box[seen][:, :2]).all()
    has_face = seen[:, REGIONS.index("face")]
    np.testing.assert_array_equal(has_face, found.face_count > 0)
    assert not seen[~has_face][:, 2:].any()
    for side in ("orbital", "ear"):
        left = found.box[:, REGIONS.index(f"{side}_left")]
        right = found.box[:, REGIONS.index(f"{side}_right")]
        both = np.isfinite(left).all(-1) & np.isfinite(right).all(-1)
        assert (left[both][:, 1] <= right[both][:, 3]).all()


def test_a_picture_is_seen_alike_alone_and_in_company(detector, crops):
    images = [render.image for render in crops[:3]]
    together = detector.detect(images)
    for i, image in enumerate(images):
        alone = detector.detect([image])
        assert_array_equal(alone.box[0], together.box[i])
        assert_array_equal(alone.confidence[0], together.confidence[i])


def test_blank_pictures_and_no_pictures(detector):
    blank = [np.zeros((90, 160, 3), np.uint8), np.full((40, 30, 3), 255, np.uint8)]
    found = detector.detect(blank)
    assert np.isnan(found.box).all()
    assert found.face_count.tolist() == [0, 0]
    assert detector.detect([]).box.shape == (0, len(REGIONS), 4)


def test_an_unknown_setting_is_told(detector):
    with pytest.raises(ModelError, match="fast or accurate"):
        detector.detect([], "slow")


def test_builds_keep_the_protocols(detector):
    assert isinstance(detector, Detector)
    assert isinstance(load_scorer("mgs", device="cpu"), Scorer)


@pytest.mark.parametrize("name", list_scales())
def test_scorer_serves_every_scale(name, crops):
    scale = load_scale(name)
    scorer = load_scorer(scale, device="cpu")
    boxes = np.stack([as_boxes(render) for render in crops[:4]])
    probability = scorer.score([render.image for render in crops[:4]], boxes)
    assert probability.shape == (4, len(REGIONS), 3)
    assert probability.dtype == np.float32
    scored = {region for unit in scale.units for region in unit.regions}
    for place, region in enumerate(REGIONS):
        present = np.isfinite(boxes[:, place, 0]) & (region in scored)
        levels = probability[:, place]
        assert np.isnan(levels[~present]).all()
        if region in scored:
            kept = list(scale.unit(UNIT_OF_REGION[region]).levels)
            assert_allclose(levels[present][:, kept].sum(-1), 1, atol=1e-4)
            assert np.isnan(np.delete(levels[present], kept, axis=-1)).all()


@pytest.mark.parametrize("unit", ["orbital", "ear", "cheek", "nose"])
def test_scorer_beats_chance(crops, unit):
    mice = [render for render in crops if render.animals[0].species == "mouse"]
    scorer = load_scorer("mgs", device="cpu")
    boxes = np.stack([as_boxes(render) for render in mice])
    probability = scorer.score([render.image for render in mice], boxes)
    true, guess = [], []
    for render, levels in zip(mice, probability, strict=True):
        for region, level in render.animals[0].levels.items():
            place = REGIONS.index(region)
            if UNIT_OF_REGION[region] == unit and np.isfinite(levels[place]).all():
                true.append(level)
                guess.append(levels[place].argmax())
    assert len(true) > 12
    assert weighted_kappa(np.array(true), np.array(guess)) > 0.25


def test_the_nose_is_judged_as_in_the_scales_species():
    """A bridge that bulges is pain in mice and none in rats."""
    drawn = [draw(seed)[0] for seed in SEEDS]
    means = {}
    for name, species in (("mgs", "mouse"), ("rgs", "rat")):
        scorer = load_scorer(name, device="cpu")
        own = [r for r in drawn if r.animals and r.animals[0].species == species]
        own = [render for render in own if "nose" in render.animals[0].levels]
        boxes = np.stack([as_boxes(render) for render in own])
        probability = scorer.score([render.image for render in own], boxes)
        nose = probability[:, REGIONS.index("nose")] @ np.arange(3)
        other = load_scorer("rgs" if name == "mgs" else "mgs", device="cpu")
        swapped = other.score([render.image for render in own], boxes)
        wrong = swapped[:, REGIONS.index("nose")] @ np.arange(3)
        true = np.array([render.animals[0].levels["nose"] for render in own])
        means[name] = [np.corrcoef(true, guess)[0, 1] for guess in (nose, wrong)]
    for right, wrong in means.values():
        assert right > wrong, means


def test_the_card_names_the_units_that_the_scorer_cannot_tell():
    card = load_scorer("mgs", device="cpu").card
    measured = card.metrics["held_out_renders_true_boxes"]
    said = next((limit for limit in card.limits if "guessing" in limit), "")
    named = said.partition(": ")[2].partition(".")[0].split(", ")
    blind = [
        name.replace("_", " ")
        for name in NETWORKS
        if measured[f"{name}_weighted_kappa"] < 0.2
    ]
    assert [name for name in named if name] == blind


def test_a_mirrored_picture_has_mirrored_scores(crops):
    scorer = load_scorer("mgs", device="cpu")
    image, boxes = crops[0].image, as_boxes(crops[0])[None]
    width = image.shape[1]
    turned = boxes.copy()
    turned[..., [1, 3]] = width - boxes[..., [3, 1]]
    swap = [
        REGIONS.index(
            name.replace("left", "?").replace("right", "left").replace("?", "right")
        )
        for name in REGIONS
    ]
    one = scorer.score([image], boxes)
    flipped = np.ascontiguousarray(image[:, ::-1])
    other = scorer.score([flipped], turned[:, swap])[:, swap]
    sided = [i for i, name in enumerate(REGIONS) if name.endswith(("_left", "_right"))]
    assert_allclose(one[:, sided], other[:, sided], atol=0.05)


def test_no_animal_is_not_scored():
    scorer = load_scorer("mgs", device="cpu")
    boxes = np.full((1, len(REGIONS), 4), np.nan, np.float32)
    image = np.zeros((50, 50, 3), np.uint8)
    assert np.isnan(scorer.score([image], boxes)).all()


def test_a_scale_that_is_not_served_is_told():
    from dataclasses import replace

    other = replace(load_scale("mgs"), name="own-scale")
    with pytest.raises(ModelError, match=r"own-scale.*serve"):
        load_scorer(other)
    with pytest.raises(ModelError, match=r"does not serve the scale 'own-scale'"):
        load_scorer(other, "renders-scorer")


def test_an_absent_device_is_told():
    with pytest.raises(ModelError, match="no device 'abacus'"):
        load_detector(device="abacus")


def test_half_of_the_machine_precision_moves_no_edge(detector, crops):
    """The reduced precision of the network's body moves boxes by under a pixel."""
    import torch

    from napari_grimace.models.yolo import raw_outputs

    image = torch.from_numpy(crops[0].image[:192, :192].copy()).permute(2, 0, 1)
    batch = image[None].float() / 255
    network = detector._network
    with torch.inference_mode():
        box, sure = raw_outputs(network, batch)
        decoded = network(batch)[0]
    centre, size = decoded[:, :2], decoded[:, 2:4]
    exact = torch.cat([centre - size / 2, centre + size / 2], 1).permute(0, 2, 1)
    certain = sure.amax(-1)[0] > 0.3
    assert certain.any()
    assert (box - exact)[0, certain].abs().max() < 1.5


def test_real_animals_are_found(detector, real_data):
    from napari_grimace.training.evaluate import keypoint_pictures, side_view_pictures

    eyes = measure_finds(detector, keypoint_pictures(real_data), ("orbital",))
    assert eyes.measures()["orbital_boxes"] == 28
    assert eyes.measures()["orbital_found_0.5"] > 0.9
    assert eyes.measures()["orbital_false_per_image"] < 0.1
    frames = measure_finds(detector, side_view_pictures(real_data), ("orbital", "ear"))
    assert frames.measures()["images"] == 6
    assert frames.measures()["orbital_found_0.3"] > 0.6
    assert frames.measures()["ear_found_0.5"] > 0.6


def test_render_pictures_leave_out_what_is_tiny(tmp_path):
    from napari_grimace.training.renders import iter_draw_renders, shard_paths

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_grimace.training.renders.SHARD", 6)
        list(iter_draw_renders(tmp_path, 6, seed=HELD_OUT, workers=0))
    pictures = list(render_pictures(shard_paths(tmp_path), smallest=10))
    assert len(pictures) == 6
    for _, truth in pictures:
        for boxes in truth.values():
            assert all((box[2:] - box[:2]).min() >= 10 for box in boxes)
