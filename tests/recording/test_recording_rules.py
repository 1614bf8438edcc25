"""Every rule of the recording dataset is broken once, and named."""

import json

import numpy as np
import pytest
from recording_samples import model, person, random_block, random_recording

from napari_grimace.errors import RecordingError
from napari_grimace.recording import Rater, rater_block, validate_recording
from napari_grimace.recording.content import CONTENT_RULES
from napari_grimace.recording.rules import STRUCTURE_RULES
from napari_grimace.scales import load_scale


def attr(key, value):
    return lambda ds: ds.assign_attrs({key: value})


def coord(name, dims, values):
    return lambda ds: ds.assign_coords({name: (dims, values)})


def put(name, index, value):
    def broken(ds):
        ds[name].values[index] = value
        return ds

    return broken


def score_without_state(ds):
    ds["state"].values[0, 0, 0] = 2
    ds["score"].values[0, 0, 0] = 1
    return ds


def state_without_score(ds):
    ds["state"].values[0, 0, 0] = 1
    ds["score"].values[0, 0, 0] = np.nan
    return ds


def nose_scored_one(ds):
    ds["state"].loc[{"unit": "nose"}] = 1
    ds["score"].loc[{"unit": "nose"}] = 1
    return ds


def confidence_without_box(ds):
    ds["box"].values[0, 0, 0] = np.nan
    ds["box_confidence"].values[0, 0, 0] = 0.5
    return ds


def without_scale(ds):
    return ds.assign_attrs(scales="{}")


def misnamed_scale(ds):
    scales = json.loads(ds.attrs["scales"])
    return ds.assign_attrs(scales=json.dumps({**scales, "other": scales["mgs-black"]}))


def broken_scale(ds):
    scales = json.loads(ds.attrs["scales"])
    scales["mgs-black"]["total"] = "product"
    return ds.assign_attrs(scales=json.dumps(scales))


def twice(ds):
    return ds.isel(rater=[0, 0])


OFF = [0.5, 0.2, 0.2]
ROWS = [1, 4, 9]

BREAKS = [
    ("schema-version", attr("schema_version", 0), "schema_version is 0, not 1"),
    ("attributes", attr("software", None), "software must be text"),
    ("attributes", attr("identity", 5), "identity must be text"),
    ("attributes", attr("frame_rate", -1.0), "frame_rate is -1.0"),
    ("attributes", attr("frame_rate", float("nan")), "frame_rate is nan"),
    ("attributes", attr("made", {"of": "parts"}), "made is nested"),
    ("attributes", attr("source", "a\0b"), "NUL"),
    ("nested-attributes", attr("subject", "a mouse"), "subject must be JSON"),
    ("nested-attributes", attr("roi", "[0, 1, 2]"), "y_min, x_min, y_max, x_max"),
    ("nested-attributes", attr("roi", "[5, 0, 5, 9]"), "roi is [5, 0, 5, 9]"),
    ("scales-known", without_scale, "'mgs-black' is followed by a rater"),
    ("scales-known", misnamed_scale, "kept under the name 'other'"),
    ("scales-known", broken_scale, "`total` is 'product'"),
    ("coordinates", lambda ds: ds.drop_vars("time"), "time is missing"),
    ("coordinates", coord("build", "frame", ["", "", ""]), "build has dimensions"),
    ("coordinates", coord("occasion", "rater", [1.0]), "occasion is of type float64"),
    ("variables", lambda ds: ds.drop_vars("box"), "box is missing"),
    ("variables", lambda ds: ds.assign(flag=ds["confirmed"].T), "flag has dimensions"),
    (
        "variables",
        lambda ds: ds.assign(score=ds["score"].astype(float)),
        "score is of type",
    ),
    ("frames-increase", coord("frame", "frame", [1, 9, 4]), "4 follows 9"),
    ("frames-increase", coord("frame", "frame", [1, 4, 4]), "4 follows 4"),
    ("frames-increase", coord("frame", "frame", [-1, 4, 9]), "-1 is negative"),
    ("frames-increase", attr("frame_count", 9), "frame 9 is beyond"),
    ("times-do-not-fall", coord("time", "frame", [0.1, 0.3, 0.2]), "after 0.3 s"),
    ("times-do-not-fall", coord("time", "frame", [0.1, np.inf, 0.2]), "infinite"),
    ("raters", twice, "'unit nets 1' is there twice"),
    ("raters", coord("rater_name", "rater", [""]), "rater_name is ''"),
    ("raters", coord("rater_kind", "rater", np.int8([3])), "0 to 2"),
    ("raters", coord("occasion", "rater", [0]), "counts from 1"),
    (
        "labels-in-order",
        lambda ds: ds.isel(region=slice(None, None, -1)),
        "region must",
    ),
    ("labels-in-order", lambda ds: ds.isel(edge=[1, 0, 3, 2]), "edge must be y_min"),
    ("labels-in-order", lambda ds: ds.isel(level=[2, 1, 0]), "level must be 0, 1, 2"),
    ("labels-in-order", lambda ds: ds.isel(unit=[1, 0, 2, 3]), "unit must be in"),
    ("labels-in-order", coord("measure", "measure", ["a", "a"]), "names one twice"),
    ("units-of-scales", lambda ds: ds.isel(unit=[0, 1, 3]), "unit lacks ear"),
    ("units-of-scales", lambda ds: ds.isel(region=slice(7)), "region lacks whiskers"),
    (
        "box-edges",
        put("box", (0, 1, 2), [np.nan, 0, 5, 5]),
        "at rater unit nets 1, frame 4",
    ),
    ("box-edges", put("box", (0, 1, 2, 0), np.inf), "infinite"),
    ("box-edges", put("box", (0, 0, 0), [9, 0, 3, 5]), "above its maximum"),
    ("box-confidence", put("box_confidence", (0, 0, 0), 1.5), "0 to 1"),
    ("box-confidence", confidence_without_box, "without a box"),
    ("state-known", put("state", (0, 0, 0), 7), "0 to 3"),
    ("score-needs-state", score_without_state, "not scored"),
    ("score-needs-state", state_without_score, "without a score"),
    ("score-allowed", nose_scored_one, "unit nose, and in 2 more places"),
    ("probability", put("probability", (0, 0, 0), OFF), "does not add up to 1"),
    ("probability", put("probability", (0, 0, 0), [1.5, -0.5, 0]), "within 0 to 1"),
    ("probability", put("probability", (0, 0, 1), [0.5, 0.2, 0.3]), "unit lacks"),
    ("region-probability", put("region_probability", (0, 0, 2), OFF), "add up to 1"),
    ("region-score", put("region_score", (0, 0, 0), 3), "0 to 2"),
    ("quality-finite", put("quality", (0, 0, 0), np.inf), "infinite"),
    ("face-count", put("face_count", (0, 0), -1), "whole number"),
    ("face-count", put("face_count", (0, 0), 1.5), "whole number"),
]


@pytest.fixture
def sound():
    block = random_block(model(), ROWS)
    times = np.array(ROWS) / 29.97
    return block.assign_coords(time=("frame", times, block["time"].attrs))


def test_sound_recordings_pass(sound):
    validate_recording(sound)
    validate_recording(random_recording([model(), person()], np.arange(20)))


@pytest.mark.parametrize(("rule", "breaking", "told"), BREAKS)
def test_a_broken_rule_is_named(sound, rule, breaking, told):
    broken = breaking(sound)
    with pytest.raises(RecordingError) as caught:
        validate_recording(broken)
    named = [line for line in str(caught.value).splitlines() if told in line]
    assert named, caught.value
    assert named[0].startswith(f"- {rule}: ")


def test_every_rule_is_tried():
    assert {rule for rule, _, _ in BREAKS} == {*STRUCTURE_RULES, *CONTENT_RULES}


def test_all_broken_rules_are_named_together(sound):
    broken = nose_scored_one(sound).drop_vars("box").assign_attrs(schema_version=9)
    with pytest.raises(RecordingError) as caught:
        validate_recording(broken)
    for rule in ("schema-version", "variables", "score-allowed"):
        assert f"- {rule}: " in str(caught.value)


def test_content_can_be_left_unread(sound):
    validate_recording(nose_scored_one(sound), content=False)


def test_scores_between_levels_need_a_reason():
    half = {"score": [[0.5, 1, 1.5]]}
    sides = load_scale("rgs-no-whiskers")  # the mean of both sides
    validate_recording(rater_block(person(scale=sides), [0], [0], **half))
    rgs = load_scale("rgs")
    four = {"score": [[0.5, 1, 1.5, 0.25]]}
    agreed = Rater("all", "all", "consensus", scale=rgs)
    validate_recording(rater_block(agreed, [0], [0], **four))
    with pytest.raises(RecordingError, match="score-allowed"):
        validate_recording(rater_block(person(scale=rgs), [0], [0], **four))


def test_a_unit_of_another_scale_stays_unrated():
    mgs, rat = (
        person("A", load_scale("mgs")),
        person("B", load_scale("rgs-no-whiskers")),
    )
    recording = random_recording([mgs, rat], np.arange(9))
    validate_recording(recording)
    recording["state"].loc[{"rater": "B", "unit": "cheek"}] = 2
    with pytest.raises(RecordingError, match=r"score-allowed: .*rater B.*unit cheek"):
        validate_recording(recording)
