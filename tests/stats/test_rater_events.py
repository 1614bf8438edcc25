"""Timed events of several raters: reading, kappa per second, matched events."""

import warnings
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.stats import event_agreement, read_events
from napari_grimace.stats.reliability import (
    absolute_agreement,
    check_events,
    event_counts,
    event_icc,
)
from napari_grimace.stats.reliability.events import observed_spans

REAL = ["AllEPMLables.csv", "AllFSTLables.csv", "AllLabDataOFT_final.csv"]


def table(*rows, watched=((0, 60),), recordings=("v1",), raters=("AS", "JT")):
    """Events (rater, onset, offset) in the first recording, and what was watched."""
    events = [(recordings[0], rater, "rear", *times) for rater, *times in rows]
    events += [
        (recording, rater, "observed", *span)
        for recording in recordings
        for rater in raters
        for span in watched
    ]
    return pd.DataFrame(
        events, columns=["recording", "rater", "behaviour", "onset", "offset"]
    )


def pair(events, **more):
    rows = event_agreement(events, **more)
    assert len(rows) == 1
    return rows.iloc[0]


def test_by_hand():
    events = table(
        ("AS", 2, 6), ("AS", 10, 14), ("AS", 30, 31), ("JT", 3, 6), ("JT", 11, 19)
    )  # fmt: skip
    row = pair(events)
    # 2-6 and 3-6 share 3 of 4 s; 10-14 and 11-19 share 3 of 9 s.
    assert (row["n_events"], row["n_events_other"], row["matched"]) == (3, 2, 1)
    assert row["precision"] == pytest.approx(1 / 3)
    assert row["recall"] == pytest.approx(1 / 2)
    assert row["f1"] == pytest.approx(2 * 1 / 5)
    assert pair(events, min_overlap=0.3)["matched"] == 2
    assert pair(events, tolerance=1)["matched"] == 2
    assert pair(events, tolerance=0.5)["matched"] == 0
    assert row["n_steps"] == 60
    second = np.arange(60)
    mine = np.isin(second, [2, 3, 4, 5, 10, 11, 12, 13, 30])
    theirs = np.isin(second, [3, 4, 5, *range(11, 19)])
    assert row["kappa"] == pytest.approx(cohen_kappa_score(mine, theirs))
    assert row["percent_agreement"] == pytest.approx(100 * (mine == theirs).mean())


def test_the_grid_looks_at_the_middle_of_each_step():
    events = table(("AS", 0, 0.5), ("JT", 0, 0.51), watched=[(0, 10)])
    # 0.5 s is the middle of the first second: the first event is over by then.
    assert pair(events)["percent_agreement"] == 90
    # By tenths of a second, the two look alike.
    assert pair(events, step=0.1)["percent_agreement"] == 100
    # 10 s hold three whole steps of 3 s.
    assert pair(events, step=3)["n_steps"] == 3


def most_matches(first, second, min_overlap):
    """As many as any order of matching gives; for few events."""

    def overlap(a, b):
        shared = min(a[1], b[1]) - max(a[0], b[0])
        return shared / (max(a[1], b[1]) - min(a[0], b[0])) >= min_overlap

    few, many = sorted([first, second], key=len)
    return max(
        sum(overlap(a, b) for a, b in zip(few, chosen, strict=True))
        for chosen in permutations(many, len(few))
    )


def test_as_many_events_match_as_can():
    rng = np.random.default_rng(0)
    for _ in range(15):
        sides = []
        for _ in range(2):
            gaps = rng.uniform(0, 3, (rng.integers(2, 6), 2)).cumsum().reshape(-1, 2)
            sides.append(gaps)
        first, second = sides
        rows = [("AS", *event) for event in first] + [("JT", *e) for e in second]
        row = pair(table(*rows), min_overlap=0.2)
        assert row["matched"] == most_matches(first, second, 0.2)


def test_one_long_event_matches_one_of_two():
    events = table(("AS", 0, 10), ("JT", 0, 5), ("JT", 5, 10))
    row = pair(events, min_overlap=0.5)
    assert row["matched"] == 1  # touching events stay two
    assert row["kappa"] == 1


def test_exchanging_the_raters_exchanges_precision_and_recall():
    events = table(("AS", 1, 4), ("AS", 20, 22), ("JT", 2, 4))
    row = pair(events)
    names = {"AS": "JT", "JT": "AS"}
    swapped = pair(events.assign(rater=events["rater"].map(names)))
    assert (row["precision"], row["recall"]) == (
        swapped["recall"],
        swapped["precision"],
    )
    assert row["f1"] == swapped["f1"]
    assert row["kappa"] == pytest.approx(swapped["kappa"])


def test_only_what_both_watched_counts():
    events = table(("AS", 5, 8), ("AS", 50, 58), ("JT", 5, 8))
    events.loc[
        events["rater"].eq("JT") & events["behaviour"].eq("observed"), "offset"
    ] = 40
    row = pair(events)
    assert row["n_steps"] == 40
    assert (row["n_events"], row["matched"]) == (1, 1)
    assert row["f1"] == row["kappa"] == 1


def test_the_interval_is_between_recordings():
    """Recordings that are copies of each other tell no more than their number says."""
    rng = np.random.default_rng(1)
    parts = []
    for video in range(6):
        onsets = np.sort(rng.choice(np.arange(0, 300, 6), 20, replace=False))
        for rater in ("AS", "JT"):
            seen = onsets + rng.uniform(0, 2.5, 20)
            rows = [(rater, onset, onset + 3) for onset in seen]
            parts.append(
                table(
                    *rows, watched=[(0, 310)], recordings=[f"v{video}"], raters=[rater]
                )
            )
    row = pair(pd.concat(parts))
    assert row["n_recordings"] == 6
    assert row["kappa_low"] < row["kappa"] < row["kappa_high"]
    assert row["f1_low"] < row["f1"] < row["f1_high"]
    again = pd.concat(
        [*parts, *(p.assign(recording=p["recording"] + "b") for p in parts)]
    )
    doubled = pair(again)
    assert doubled["kappa"] == pytest.approx(row["kappa"])
    assert doubled["f1"] == pytest.approx(row["f1"])
    for low, high in (("kappa_low", "kappa_high"), ("f1_low", "f1_high")):
        assert doubled[high] - doubled[low] < row[high] - row[low]


def test_counts_and_a_rater_who_saw_nothing():
    events = table(("AS", 1, 3), ("AS", 10, 14.5), recordings=("v1", "v2"))
    counts = event_counts(events).set_index(["recording", "rater"])
    assert counts.loc[("v1", "AS"), "n_events"] == 2
    assert counts.loc[("v1", "AS"), "duration"] == 6.5
    assert counts.loc[("v2", "JT"), "n_events"] == 0
    assert (counts["watched"] == 60).all()


def test_agreement_on_counts_is_the_intraclass_correlation_over_recordings():
    rng = np.random.default_rng(2)
    numbers = rng.integers(1, 9, (7, 1)) + rng.integers(0, 3, (7, 3))
    rows = [
        (f"v{i}", f"r{j}", "rear", 4.0 * k, 4.0 * k + 1 + j)
        for i, j in np.ndindex(7, 3)
        for k in range(numbers[i, j])
    ]
    rows += [(f"v{i}", f"r{j}", "observed", 0, 60) for i, j in np.ndindex(7, 3)]
    events = pd.DataFrame(rows, columns=table().columns)
    told = event_icc(events)
    of_counts = told.loc[("n_events", "rear", "ICC2"), "estimate"]
    assert of_counts == pytest.approx(absolute_agreement(numbers))
    durations = numbers * np.array([1, 2, 3])
    of_time = told.loc[("duration", "rear", "ICC2"), "estimate"]
    assert of_time == pytest.approx(absolute_agreement(durations))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_reading(tmp_path, separator):
    comma = "," if separator != "," else "."  # decimal comma where it can be
    rows = [
        ["ID", "Experimenter", "type", "from", "to"],
        ["v1", "AS", "Start_End", "2", "3"],
        ["v1", "AS", "rear", f"4{comma}5", "6"],
        ["v1", "AS", "StartEnd", "61", f"61{comma}5"],
        ["v1", "JT", "Start/End", "1", "2"],
        ["", "", "", "", ""],
    ]
    path = tmp_path / "events.csv"
    path.write_text("\n".join(map(separator.join, rows)), "utf-8-sig")
    events = read_events(path)
    assert list(events) == ["recording", "rater", "behaviour", "onset", "offset"]
    rear = events[events["behaviour"] == "rear"]
    assert rear.to_numpy().tolist() == [["v1", "AS", "rear", 4.5, 6.0]]
    spans = observed_spans(events)
    assert spans.loc[("v1", "AS")].tolist() == [2, 61.5]
    assert spans.loc[("v1", "JT")].tolist() == [1, 2]


def test_without_marks_the_time_of_all_events_is_taken():
    events = table(("AS", 5, 8), ("JT", 2, 40), watched=())
    with pytest.warns(GrimaceWarning, match="Nothing says from when to when 2 of 2"):
        row = pair(events)
    assert row["n_steps"] == 38
    partly = table(("AS", 5, 8), ("JT", 2, 40), raters=("AS",))
    with pytest.warns(GrimaceWarning, match="1 of 2"):
        assert pair(partly)["n_steps"] == 60


def test_overlapping_events_of_one_rater_are_one():
    events = table(("AS", 1, 4), ("AS", 3, 7), ("AS", 7, 8), ("AS", 2, 3), ("JT", 1, 7))
    with pytest.warns(
        GrimaceWarning, match="2 events overlap others of the same rater"
    ):
        merged = check_events(events)
    mine = merged[merged["rater"].eq("AS") & merged["behaviour"].eq("rear")]
    assert mine[["onset", "offset"]].to_numpy().tolist() == [[1, 7], [7, 8]]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("AS", 5, 5), "row 1 .*has no duration"),
        (("AS", 6, 5), "row 1 .*ends before it begins"),
        (("AS", -1, 5), "row 1 .*begins before the video does"),
        (("AS", np.nan, 5), "row 1 .*is not complete"),
        (("", 1, 5), "row 1 .*is not complete"),
        (("AS", 1, np.inf), "row 1 .*is not complete"),
    ],
)
def test_faulty_events_are_refused_by_row(row, told):
    with pytest.raises(GrimaceError, match=told):
        event_agreement(table(("JT", 1, 2), row))


def test_what_does_not_fit_is_refused(tmp_path):
    events = table(("AS", 1, 2), ("JT", 1, 2))
    with pytest.raises(GrimaceError, match="lacks the columns onset"):
        event_agreement(events.drop(columns="onset"))
    with pytest.raises(GrimaceError, match="'onset' holds other than numbers"):
        event_agreement(events.assign(onset="soon"))
    with pytest.raises(GrimaceError, match="one rater"):
        event_agreement(events[events["rater"] == "AS"])
    with pytest.raises(
        GrimaceError, match=r"Nobody saw 'jump'. The behaviours are rear"
    ):
        event_agreement(events, ["jump"])
    for wrong in ({"step": 0}, {"min_overlap": 0}, {"tolerance": -1}):
        with pytest.raises(GrimaceError, match=next(iter(wrong))):
            event_agreement(events, **wrong)
    path = tmp_path / "events.csv"
    path.write_text("ID,rater,type,from\nv1,AS,rear,2\n")
    with pytest.raises(GrimaceError, match="no column 'offset'"):
        read_events(path)
    path.write_text("ID,rater,type,from,to\nv1,AS,rear,2,soon\n")
    with pytest.raises(GrimaceError, match="offset in row 2 is 'soon'"):
        read_events(path)
    path.write_text("ID,rater,type,from,to\nv1,AS,rear,2,3\nv1,AS,rear,9,8\n")
    with pytest.raises(GrimaceError, match=r"in row 3 .*ends before it begins"):
        read_events(path)
    path.write_text("")
    with pytest.raises(GrimaceError, match="no column 'recording'"):
        read_events(path)


def test_what_cannot_be_told_is_said():
    extra = table(("AS", 1, 2), ("AS", 4, 5))
    assert pair(extra)["kappa"] == 0
    assert "one rater gave one level" in pair(extra)["note"]
    apart = pd.concat(
        [table(("AS", 1, 2), raters=["AS"]),
         table(("JT", 1, 2), recordings=["v2"], raters=["JT"])]
    )  # fmt: skip
    row = pair(apart)
    assert row["note"] == "the two watched nothing together"
    assert np.isnan([row["kappa"], row["f1"], row["precision"]]).all()
    third = pd.concat([table(("AS", 1, 2)), table(raters=["KM"])])
    rows = event_agreement(third).set_index(["rater", "other"])
    assert rows.loc[("JT", "KM"), "note"] == "seen by neither"
    alike = pair(table(("AS", 1, 2), ("JT", 1, 2)))
    assert alike["f1"] == 1
    assert np.isnan(alike["f1_low"])
    assert alike["note"]


@pytest.fixture(scope="module", params=REAL)
def real_file(request, real_data):
    return real_data / "behaviour_rater_events" / request.param


@pytest.fixture(scope="module")
def real_events(real_file):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GrimaceWarning)
        return read_events(real_file)


def test_real_raters_by_an_independent_loop(real_file, real_events):
    """Everything once more from the raw file, second by second, for two raters."""
    raw = pd.read_csv(real_file, sep=";")
    raw = raw[raw["ID"].isin(raw["ID"].unique()[:3])]
    events = real_events[real_events["recording"].isin(raw["ID"])]
    known = set(real_events["behaviour"]) - {"observed"}
    name = raw["type"][raw["type"].isin(known)].value_counts().index[0]
    rater, other = sorted(raw["Experimenter"].unique())[:2]
    mine, theirs = [], []
    for _, video in raw.groupby("ID"):
        ends = video.groupby("Experimenter").agg({"from": "min", "to": "max"})
        start = ends["from"][[rater, other]].max()
        end = ends["to"][[rater, other]].min()
        for side, who in ((mine, rater), (theirs, other)):
            own = video[(video["Experimenter"] == who) & (video["type"] == name)]
            for second in range(int(end - start)):
                middle = start + second + 0.5
                side.append(((own["from"] <= middle) & (middle < own["to"])).any())
    rows = event_agreement(events, [name]).set_index(["rater", "other"])
    row = rows.loc[(rater, other)]
    assert row["n_steps"] == len(mine)
    assert row["kappa"] == pytest.approx(cohen_kappa_score(mine, theirs))
    assert row["n_recordings"] == 3


def test_real_raters_agree(real_events):
    rows = event_agreement(real_events)
    assert rows["kappa"].between(0.2, 1).all()
    assert rows["f1"].between(0.2, 1).all()
    assert (rows["matched"] <= rows[["n_events", "n_events_other"]].min(axis=1)).all()
    lenient = event_agreement(real_events, min_overlap=0.1)
    assert (lenient["matched"] >= rows["matched"]).all()
    icc = event_icc(real_events)["estimate"]
    assert icc.notna().all()


def test_what_real_files_leave_out_is_told(real_data):
    path = real_data / "behaviour_rater_events" / REAL[2]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        events = read_events(path)
    said = " ".join(str(each.message) for each in told)
    assert "1 rows have no onset or no offset and are left out (5032)" in said
    assert "12 rows name no behaviour" in said
    assert "events overlap others" in said
    raw = pd.read_csv(path, sep=";")
    kept = raw["type"].isin(["Supported", "Unsupported", "Grooming", "Jumping"]).sum()
    seen = events[events["behaviour"] != "observed"]
    merged = kept - len(seen)
    assert f"{merged} events overlap" in said
