"""A round of rating that goes on until the program is killed; run by a test.

It reads from its input who rates, where, with what seed, and what they have rated so
far; before each commit it prints what will be changed, after it that it is done.
"""

import json
import random
import sys

from napari_grimace.recording.journal import JournalWriter
from napari_grimace.recording.rater import Rater
from napari_grimace.recording.record import Change

FRAMES = 40


def rate(told):
    rng = random.Random(told["seed"])
    raters = [Rater.from_dict(rater) for rater in told["raters"]]
    writers = {r.label: JournalWriter(told["folder"], r) for r in raters}
    now = {(label, *key): value for label, *key, value in told["now"]}
    done = {rater.label: [] for rater in raters}
    while True:
        rater = rng.choice(raters)
        writer, before = writers[rater.label], done[rater.label]
        kind = rng.choice(["one", "one", "one", "several", "undo", "batch"])
        if kind == "undo" and before:
            last = before.pop()
            changes = [change.undone() for change in reversed(last.changes)]
            tell([[rater.label, last.frame, *told_of(change)] for change in changes])
            writer.undo(last)
            put(now, rater.label, last.frame, changes)
        elif kind == "batch":
            frames = rng.sample(range(FRAMES), 30)
            commits = [(f, any_changes(rng, rater, f, now, 1)) for f in frames]
            tell([[rater.label, f, *told_of(c)] for f, cs in commits for c in cs])
            writer.commit_all([(f, cs, {"batch": "b"}) for f, cs in commits])
            for frame, changes in commits:
                put(now, rater.label, frame, changes)
            before.clear()
        else:
            frame = rng.randrange(FRAMES)
            count = 1 if kind == "one" else 4
            changes = any_changes(rng, rater, frame, now, count)
            tell([[rater.label, frame, *told_of(change)] for change in changes])
            before.append(writer.commit(frame, changes, seconds=frame / 30))
            put(now, rater.label, frame, changes)
        print("done", flush=True)


def tell(changes):
    print(json.dumps(changes), flush=True)


def told_of(change):
    return change.field, change.at, change.new


def put(now, label, frame, changes):
    for change in changes:
        now[label, frame, change.field, change.at] = change.new


def any_changes(rng, rater, frame, now, count):
    places = [("score", unit.name) for unit in rater.scale.units]
    places += [("box", region) for region in rater.scale.regions]
    places += [("flag", ""), ("confirmed", "")]
    changes = []
    for field, at in rng.sample(places, count):
        nothing = False if field in ("flag", "confirmed") else None
        old = now.get((rater.label, frame, field, at), nothing)
        old = tuple(old) if isinstance(old, list) else old
        changes.append(Change(field, at, old, any_value(rng, rater, field, at)))
    return changes


def any_value(rng, rater, field, at):
    if field == "score":
        return rng.choice([*rater.scale.unit(at).levels, "not_scorable", None])
    if field == "box":
        y, x = rng.randrange(100), rng.randrange(100)
        return rng.choice([(y, x, y + 1.5, x + 9), "region_not_found", None])
    return rng.choice([True, False])


if __name__ == "__main__":
    rate(json.loads(sys.stdin.readline()))
