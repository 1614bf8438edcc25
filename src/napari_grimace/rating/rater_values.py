"""What one rater has set in a recording, in memory, while the work goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.recording.values import block_of, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.reading import PersonPass
    from napari_grimace.recording.record import Place, Record, Value


class RaterValues:
    """One rater's values, as they are on the disk and as records change them.

    Parameters
    ----------
    read
        What is on the disk.
    """

    def __init__(self, read: PersonPass) -> None:
        self._values = values_of(read.block, read.notes)
        for label, frames in read.confirmed.items():
            for frame in frames:
                self._values.setdefault(frame, {})["confirmed", label] = True
        numbers, times = read.block["frame"].values, read.block["time"].values
        self._times = dict(zip(numbers.tolist(), times.tolist(), strict=True))

    @property
    def frames(self) -> list[int]:
        """Frames with anything but confirmations of others' scores, in order."""
        return sorted(
            frame
            for frame, told in self._values.items()
            if any(not (field == "confirmed" and at) for field, at in told)
        )

    def values(self, frame: int) -> Mapping[Place, Value]:
        """Give what is set in a frame, by field and place."""
        return self._values.get(frame, {})

    def value(self, frame: int, field: str, at: str) -> Value:
        """Give one value; None (for marks False) where it is not set."""
        missing = False if field in ("flag", "confirmed") else None
        return self.values(frame).get((field, at), missing)

    def take(self, record: Record) -> None:
        """Take over what a record changes."""
        told = self._values.setdefault(record.frame, {})
        if record.seconds is not None:
            self._times[record.frame] = record.seconds
        for change in record.changes:
            if change.new is None or change.new is False:
                told.pop((change.field, change.at), None)
            else:
                told[change.field, change.at] = change.new

    def block(self, rater: Rater) -> xr.Dataset:
        """Give it as a recording of this rater."""
        worked = {frame: self._values[frame] for frame in self.frames}
        return block_of(rater, worked, self._times)
