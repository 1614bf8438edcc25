"""A recording on disk: a folder that grows while frames are scored and rated."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.files import written_whole
from napari_grimace.recording.access import check_same_video, raters_of
from napari_grimace.recording.build import new_recording, rater_block
from napari_grimace.recording.disk import disk_errors
from napari_grimace.recording.groups import Groups, open_group
from napari_grimace.recording.join import join_raters
from napari_grimace.recording.journal import JournalWriter
from napari_grimace.recording.migrate import check_version
from napari_grimace.recording.rater import check_name
from napari_grimace.recording.reading import person_pass, put_journals, stored_block
from napari_grimace.recording.rules import validate_recording
from napari_grimace.recording.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.recording.names import Names
    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.reading import PersonPass
    from napari_grimace.recording.resolve import Conflict

SUFFIX = ".grimace"


class RecordingStore:
    """A recording's folder ``NAME.grimace``.

    It holds ``recording.zarr``, with a group per rater to which blocks of frames are
    appended, and ``journals``, with what people rated. One program at a time may
    append for a rater; any number may read, and write journals.

    Use `create` or `open`.
    """

    def __init__(self, path: Path, root: zarr.Group) -> None:
        self.path = path
        self._root = root
        self._groups = Groups(path, root)

    @classmethod
    def create(
        cls,
        path: str | Path,
        video_attrs: Mapping[str, Any],
        subject: Mapping[str, Any] | None = None,
    ) -> RecordingStore:
        """Make the folder of a new recording.

        Parameters
        ----------
        path
            Where, ending in ``.grimace``.
        video_attrs, subject
            As for `new_recording`.

        Raises
        ------
        RecordingError
            If the folder is there already, or cannot be written.
        """
        path = Path(path)
        if path.suffix != SUFFIX:
            raise RecordingError(f"{path}: name the recording's folder NAME{SUFFIX}.")
        if path.exists():
            raise RecordingError(
                f"{path}: there is a recording already. Open it to go on with it, or "
                "choose another name."
            )
        empty = new_recording(video_attrs, subject=subject)
        validate_recording(empty)
        with disk_errors(path), written_whole(path) as aside:
            (aside / "journals").mkdir(parents=True)
            zarr.create_group(
                str(aside / "recording.zarr"), zarr_format=3, attributes=empty.attrs
            )
        return cls.open(path)

    @classmethod
    def open(cls, path: str | Path) -> RecordingStore:
        """Open the folder of a recording; nothing is written until `append`.

        Raises
        ------
        RecordingError
            If it is not a recording's folder, is damaged, or is of a newer version.
        """
        path = Path(path)
        if not (path / "recording.zarr").is_dir():
            raise RecordingError(
                f"{path}: this is not a recording's folder (it has no recording.zarr). "
                f"Give the path of a folder NAME{SUFFIX}."
            )
        root = open_group(path / "recording.zarr")
        check_version(root.attrs.asdict(), path)
        return cls(path, root)

    @property
    def attrs(self) -> dict[str, Any]:
        """The recording's attributes."""
        return dict(self._root.attrs.asdict())

    @property
    def raters(self) -> list[Rater]:
        """Raters to whom frames can be appended, in the order they were added."""
        return list(self._groups.raters.values())

    @property
    def names(self) -> Names:
        """Who was called otherwise before."""
        return self._groups.names

    @property
    def journals(self) -> Path:
        """Folder of the journals."""
        return self.path / "journals"

    def check_video(self, attrs: Mapping[str, Any]) -> None:
        """Check that this is a recording of a video.

        Parameters
        ----------
        attrs
            Attributes of the video, as `open_video` gives them.

        Raises
        ------
        RecordingError
            If it is a recording of another video, or of another region of it.
        """
        check_same_video(self.attrs, new_recording(attrs).attrs, str(self.path))

    def add_rater(self, rater: Rater) -> None:
        """Add a rater; one that is there already, with the same facts, is kept.

        Raises
        ------
        RecordingError
            If another rater has this label, a person is called as the consensus is,
            or the disk refuses.
        """
        check_name(rater)
        self._check_current()
        if not self._groups.check(rater):
            self._groups.add(rater)

    def go_on(self, rater: Rater) -> Rater:
        """Let a rater that is there go on with frames chosen in another way.

        Parameters
        ----------
        rater
            A rater with the facts of the one that is there, but for `sampling`.

        Returns
        -------
        Rater
            The rater, whose `sampling` names both ways, as it is stored from now on.

        Raises
        ------
        RecordingError
            If there is no such rater, other facts differ, or the disk refuses.
        """
        known = self._groups[rater.label]
        self.add_rater(replace(rater, sampling=known.sampling))  # compares the rest
        joined = known.joined(rater)
        if joined != known:
            self._groups.replace(joined)
        return joined

    def append(self, label: str, block: xr.Dataset) -> None:
        """Append frames of a rater; killing the program then loses none of them.

        They are given to the operating system, which takes some seconds to bring them
        to the disk: a power cut can cost the blocks of these seconds, or damage them,
        which reading them tells. Waiting for the disk makes an append two to three
        times as long. What people rate, in journals, does wait for it.

        Parameters
        ----------
        label
            The rater, added before.
        block
            A recording of this one rater, as `rater_block` makes it. Its frames must
            be new; blocks may come in any order of frames.

        Raises
        ------
        RecordingError
            If the block is not valid, repeats a frame, or the disk refuses. What was
            appended before is kept whatever happens.
        """
        self._check_current()
        columns = self._groups.columns(label)
        validate_recording(block)
        if raters_of(block) != [self._groups[label]]:
            raise RecordingError(f"The block is not of rater {label!r} alone.")
        repeated = np.intersect1d(block["frame"].values, columns.frames)
        if len(repeated):
            raise RecordingError(
                f"{self.path}: rater {label!r} has frame {repeated[0]} already. Leave "
                "out the frames that are done, or add a rater for another occasion."
            )
        with disk_errors(self.path, len(columns.frames)):
            columns.append(block)

    def frames(self, label: str) -> NDArray[np.int64]:
        """Give the frames that a rater has on disk, in increasing order."""
        return np.sort(self._groups.columns(label).frames)

    def journal(self, rater: Rater) -> JournalWriter:
        """Open a new journal for a person or a consensus.

        Raises
        ------
        RecordingError
            If the rater is a model, has another name by now, or a label of another's,
            or is a person who is called as the consensus is.
        """
        check_name(rater)
        self._groups.look_up_names()
        self._groups.check(rater)
        return JournalWriter(self.journals, rater, self.attrs.get("frame_count"))

    def read(self, *, check: bool = False) -> xr.Dataset:
        """Read the recording; see `open_recording`."""
        recording, conflicts = self.read_with_conflicts(check=check)
        if conflicts:
            listed = "".join(f"\n- {conflict}" for conflict in conflicts)
            warnings.warn(
                f"{self.path}: journals contradict each other. Settle it by rating "
                f"these anew:{listed}",
                GrimaceWarning,
                stacklevel=2,
            )
        return recording

    def read_with_conflicts(
        self, *, check: bool = False
    ) -> tuple[xr.Dataset, list[Conflict]]:
        """Read the recording, and where its journals contradict each other."""
        self._groups.look_up_names()
        raters, columns = self._groups.raters, self._groups.columns
        blocks = {
            label: stored_block(rater, columns(label), self.attrs, check=check)
            for label, rater in raters.items()
        }
        conflicts = put_journals(blocks, self.journals, raters)
        whole = [*blocks.values()] or [new_recording({})]
        return join_raters(whole, self._read_attrs), conflicts

    def read_person(self, rater: Rater) -> PersonPass:
        """Read what one person has rated, without reading the other raters.

        Parameters
        ----------
        rater
            A person or a consensus, who may be new to the recording, or renamed; no
            model, and none that contradicts another of this label (`RecordingError`).
        """
        if rater.kind == "model":
            raise RecordingError(f"{rater.label!r} is a model: use `open_recording`.")
        self._groups.look_up_names()
        rater = self.names.renamed(rater)
        stored = rater_block(rater, [], [])
        if self._groups.check(rater):
            stored = stored_block(rater, self._groups.columns(rater.label), self.attrs)
        return person_pass(stored, self.journals, rater, self._read_attrs)

    @property
    def _read_attrs(self) -> dict[str, Any]:
        """Attributes of what is read, which is of the current version."""
        return {**self.attrs, "schema_version": SCHEMA_VERSION}

    def _check_current(self) -> None:
        if self.attrs["schema_version"] != SCHEMA_VERSION:
            raise RecordingError(
                f"{self.path}: was begun by an older version, "
                f"{self.attrs['software']}: it can be read, but not go on. Save it as "
                ".zarr or .nc, and start another for new frames."
            )
