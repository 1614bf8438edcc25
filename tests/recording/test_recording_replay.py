"""Journals are read quickly, and as if record after record were read."""

import json
import random
from collections import defaultdict

import numpy as np
import pytest
from recording_samples import BLACK, VIDEO, person, random_block

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording import (
    Change,
    RecordingStore,
    open_recording,
    read_journals,
    validate_recording,
)

ANNA = person()


@pytest.fixture
def store(tmp_path):
    return RecordingStore.create(tmp_path / "a.grimace", VIDEO)


def flag(new=True):
    return Change("flag", "", not new, new)


def told(block, frame, field, at):
    """Give a value of a recording as a change would tell it."""
    row = block.isel(rater=0).sel(frame=frame)
    if field in ("flag", "confirmed"):
        return bool(row[field])
    if field == "score":
        state = int(row["state"].sel(unit=at))
        value = row["score"].sel(unit=at).item()
        return [None, value, "not_scorable", "region_not_found"][state]
    value = row[field].sel(region=at)
    if field == "region_score":
        return None if np.isnan(value) else value.item()
    if np.isfinite(value).all():
        return tuple(value.values.tolist())
    absent = row["box_confidence"].sel(region=at) == 0
    return "region_not_found" if absent else None


def any_change(rng):
    field = rng.choice(["score", "score", "box", "region_score", "flag", "confirmed"])
    if field in ("flag", "confirmed"):
        return field, "", rng.choice([True, False])
    if field == "score":
        unit = rng.choice(BLACK.units)
        states = [None, "not_scorable", "region_not_found"]
        return field, unit.name, rng.choice([*map(float, unit.levels), *states])
    region = rng.choice(BLACK.regions)
    if field == "region_score":
        return field, region, rng.choice([None, 0.0, 1.0, 2.0])
    y, x = rng.randrange(100), rng.randrange(100)
    box = (float(y), float(x), y + 10.5, x + 20.25)
    return field, region, rng.choice([None, "region_not_found", box])


@pytest.mark.parametrize("seed", range(4))
def test_the_last_of_each_value_counts(store, seed):
    rng = random.Random(seed)
    stored = random_block(ANNA, range(0, 40, 4), seed=seed)
    store.add_rater(ANNA)
    store.append("Anna", stored)
    now = {}
    with store.journal(ANNA) as writer:
        for _ in range(600):
            frame = rng.randrange(40)
            field, at, new = any_change(rng)
            old = now.get((frame, field, at))
            if old is None and frame % 4 == 0 and (frame, field, at) not in now:
                old = told(stored, frame, field, at)
            if old is None and field in ("flag", "confirmed"):
                old = False
            writer.commit(frame, [Change(field, at, old, new)])
            now[frame, field, at] = new
    block = open_recording(store.path).load()
    validate_recording(block)
    for (frame, field, at), value in now.items():
        assert told(block, frame, field, at) == value
    places = defaultdict(set)
    for frame, field, at in now:
        places[frame].add((field, at))
    for frame in stored["frame"].values.tolist():  # what nobody touched is as it was
        untouched = [("score", u) for u in BLACK.unit_names]
        untouched += [(f, r) for f in ("box", "region_score") for r in BLACK.regions]
        for field, at in set(untouched) - places[frame]:
            before = told(stored, frame, field, at)
            assert told(block, frame, field, at) == before


def test_a_box_that_was_put_back_keeps_its_confidence(store):
    stored = random_block(ANNA, range(30))
    store.add_rater(ANNA)
    store.append("Anna", stored)
    boxes = stored["box"].isel(rater=0).sel(region="nose").dropna("frame")
    kept, moved = boxes["frame"].values[:2].tolist()
    edges = {frame: tuple(boxes.sel(frame=frame).values) for frame in (kept, moved)}
    with store.journal(ANNA) as writer:
        for frame in (kept, moved):
            there, other = edges[frame], (0, 0, 1, 1)
            record = writer.commit(frame, [Change("box", "nose", there, other)])
            if frame == kept:
                writer.undo(record)
    confidence = open_recording(store.path)["box_confidence"].sel(region="nose")[0]
    before = stored["box_confidence"].sel(region="nose")[0]
    np.testing.assert_array_equal(confidence.sel(frame=kept), before.sel(frame=kept))
    assert np.isnan(confidence.sel(frame=moved))


def test_of_many_lines_those_that_are_damaged_are_told(store):
    with store.journal(ANNA) as writer:
        writer.commit_all([(frame, [flag()], {}) for frame in range(1000)])
    lines = writer.path.read_bytes().splitlines(keepends=True)
    wrong = json.loads(lines[500])
    wrong["changes"][0]["new"] = 1  # equals True, and is none
    lines[500] = json.dumps(wrong).encode() + b"\n"
    lines[10] = lines[10].replace(b'"flag"', b'"mood"')
    lines[20] = lines[20][:20] + b"\r" + lines[20][20:]
    lines[30] = lines[30].replace(b"true", b"\xff\xfe")
    lines[40] = lines[40].replace(b'"frame"', b'"frames"')
    lines[50] = lines[50].removesuffix(b"\n")  # the next one is on the same line
    lines[60] = b"\n"
    writer.path.write_bytes(b"".join(lines))
    with pytest.warns(GrimaceWarning) as caught:
        (journal,) = read_journals(store.journals)
    numbers = [int(str(w.message).split(": line ")[1].split()[0]) for w in caught]
    assert numbers == [11, 21, 31, 41, 51, 60, 500]
    left_out = {9, 19, 29, 39, 49, 50, 59, 499}
    frames = [record.frame for record in journal.records]
    assert frames == [frame for frame in range(1000) if frame not in left_out]


def test_a_copy_of_a_journal_changes_nothing(store):
    """As programs leave behind that keep folders alike on several machines."""
    with store.journal(ANNA) as writer:
        writer.commit(1, [Change("score", "ear", None, 1)])
        older = writer.path.read_bytes()
        writer.commit(1, [Change("score", "ear", 1, 2)])
    for name in ("a conflict of Anna's.jsonl", f"{writer.path.stem} (2).jsonl"):
        copy = store.journals / name
        copy.write_bytes(older)
        with pytest.warns(GrimaceWarning, match="is a copy of .* left out: remove"):
            block = open_recording(store.path)
        assert block["score"].sel(frame=1, unit="ear").item() == 2
        copy.unlink()


def test_hidden_files_beside_the_journals_are_not_read(store):
    """As macOS leaves them on a network share."""
    with store.journal(ANNA) as writer:
        writer.commit(1, [flag()])
    for name in (f"._{writer.path.name}", "._x.names"):
        (store.journals / name).write_bytes(b"\0\5\26\7\0Mac OS X\n\0\2")
    assert open_recording(store.path)["frame"].values.tolist() == [1]


def test_what_cannot_be_read_again_is_not_written(store):
    with store.journal(ANNA) as writer:
        for facts in ({"reason": 5}, {"settles": "no"}, {"reason": "\udc80"}):
            with pytest.raises(RecordingError, match=r"frame 3: .* cannot be written"):
                writer.commit(3, [flag()], **facts)
        assert not writer.path.exists()


def test_numbers_that_other_programs_wrote_are_rounded(store):
    with store.journal(ANNA) as writer:
        writer.commit(3, [Change("box", "nose", None, (0.5, 0.5, 1, 1))])
        writer.commit(3, [flag()])
    text = writer.path.read_text().replace("0.5,0.5,1.0,1.0", "0.1,0.2,1,1e2")
    writer.path.write_text(text)
    (journal,) = read_journals(store.journals)
    edges = tuple(map(float, np.float32([0.1, 0.2, 1, 100])))
    assert journal.records[0].changes == (Change("box", "nose", None, edges),)
