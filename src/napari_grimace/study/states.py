"""How far each recording of a study has come: scored, rated, confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_grimace.recording.rater import KINDS
from napari_grimace.recording.schema import NOT_RATED
from napari_grimace.study.tree import sheet_of

if TYPE_CHECKING:
    import xarray as xr


def recording_states(study: xr.DataTree) -> pd.DataFrame:
    """Count what models scored, people rated, and anybody confirmed.

    Parameters
    ----------
    study
        A study; its recordings are opened.

    Returns
    -------
    DataFrame
        Index `recording`; the columns of the sample sheet; `scored`, frames that a
        model rated; `rated`, frames that a person rated; `confirmed`, frames that were
        confirmed; `people`, number of persons.
    """
    counts = {name: _counts(study[str(name)].to_dataset()) for name in study.children}
    sheet = sheet_of(study)
    told = pd.DataFrame.from_dict(counts, orient="index").reindex(sheet.index)
    return sheet.join(told)


def _counts(recording: xr.Dataset) -> dict[str, int]:
    # (rater, frame): who looked at which frame
    looked = (recording["state"].values != NOT_RATED).any(axis=-1)
    kind = recording["rater_kind"].values
    model, person = (kind == KINDS.index(name) for name in ("model", "person"))
    confirmed = (
        recording["confirmed"].values
        if "confirmed" in recording
        else np.zeros_like(looked)
    )
    names = recording["rater_name"].values[person & looked.any(axis=1)]
    return {
        "scored": int(looked[model].any(axis=0).sum()),
        "rated": int(looked[person].any(axis=0).sum()),
        "confirmed": int(confirmed.any(axis=0).sum()),
        "people": len(set(names.tolist())),
    }
