"""A program that is killed while people rate loses nothing that was acknowledged."""

import json
import random
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from recording_samples import VIDEO, model, person, random_block

from napari_grimace.errors import GrimaceWarning
from napari_grimace.recording import (
    RecordingStore,
    open_recording,
    read_journals,
    validate_recording,
)
from napari_grimace.recording.schema import SCORED, STATES

SCRIPT = Path(__file__).with_name("rate_until_killed.py")
RATERS = [person("Anna"), person("Bo"), person("Anna (2)", occasion=2)]
ROUNDS = 25


@pytest.fixture
def store(tmp_path):
    store = RecordingStore.create(tmp_path / "a.grimace", VIDEO)
    store.add_rater(model())
    store.append(model().label, random_block(model(), [0, 10, 20]))
    return store


def rated_in(path):
    """Everything that people have set, by (rater, frame, field, place)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        recording = open_recording(path).load()
    notices = [w for w in caught if issubclass(w.category, GrimaceWarning)]
    assert all("its last record was torn off" in str(w.message) for w in notices)
    validate_recording(recording)
    found = {}
    for rater in RATERS:
        if rater.label in recording["rater"]:
            block = recording.sel(rater=rater.label)
            for (frame, *place), value in set_in(block):
                found[(rater.label, frame, *place)] = value
    return found


def set_in(block):
    frames, units = block["frame"].values.tolist(), block["unit"].values
    for row, i in np.argwhere(block["state"].values):
        state = int(block["state"].values[row, i])
        value = STATES[state]
        if state == SCORED:
            value = float(block["score"].values[row, i])
        yield (frames[row], "score", str(units[i])), value
    for row, i in np.argwhere(~np.isnan(block["box"].values[..., 0])):
        place = (frames[row], "box", str(block["region"].values[i]))
        yield place, block["box"].values[row, i].tolist()
    for row, i in np.argwhere(block["box_confidence"].values == 0):
        place = (frames[row], "box", str(block["region"].values[i]))
        yield place, "region_not_found"
    for field in ("flag", "confirmed"):
        for (row,) in np.argwhere(block[field].values):
            yield (frames[row], field, ""), True


def after(now, changes):
    """What is set after changes, as `rated_in` tells it."""
    now = dict(now)
    for label, frame, field, at, value in changes:
        now[label, frame, field, at] = value
        if value is None or value is False:
            del now[label, frame, field, at]
    return now


def started():
    """A program that is ready to rate."""
    command = [sys.executable, str(SCRIPT)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


def rate_and_kill(child, store, now, seed):
    """Give the commits that were acknowledged, and the one that was begun, if any."""
    rng = random.Random(seed)
    told = {
        "seed": seed,
        "folder": str(store.journals),
        "raters": [rater.to_dict() for rater in RATERS],
        "now": [[*key, value] for key, value in now.items()],
    }
    with child:
        child.stdin.write(json.dumps(told) + "\n")
        child.stdin.flush()
        lines = [child.stdout.readline()]
        if seed % 2:  # while it writes: the next thing that it does is a commit
            for _ in range(2 * rng.randrange(40)):
                lines.append(child.stdout.readline())
        else:
            time.sleep(rng.uniform(0, 0.1))
        child.kill()  # SIGKILL; on Windows TerminateProcess
        lines += child.stdout.read().splitlines(keepends=True)
    lines = [line for line in lines if line.endswith("\n")]  # a torn one tells nothing
    sent = [json.loads(line) for line in lines[::2]]
    acknowledged = lines[1::2]
    assert set(acknowledged) <= {"done\n"}
    begun = sent[len(acknowledged) :]
    return sent[: len(acknowledged)], begun


@pytest.mark.slow
def test_killed_at_any_moment_all_that_was_acknowledged_is_there(store):
    now, commits = {}, 0
    following = started()
    for seed in range(ROUNDS):
        child, following = following, started()  # it gets ready meanwhile
        acknowledged, begun = rate_and_kill(child, store, now, seed)
        for changes in acknowledged:
            now = after(now, changes)
        commits += len(acknowledged)
        # Of the commit that was begun, nothing, all, or the records before a torn one.
        last = begun[0] if begun else []
        possible = [after(now, last[:count]) for count in range(len(last) + 1)]
        found = rated_in(store.path)
        assert found in possible
        now = found
    with following:
        following.kill()
    assert commits > 10 * ROUNDS
    assert len(now) > 100
    journals = read_journals_quietly(store)
    assert {journal.rater.label for journal in journals} == {r.label for r in RATERS}
    assert any(r.undoes for journal in journals for r in journal.records)
    assert any(r.batch for journal in journals for r in journal.records)


def read_journals_quietly(store):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GrimaceWarning)
        return read_journals(store.journals)
