"""The form of "Score a recording": which video, and how it is scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.types import FileDialogMode
from magicgui.widgets import ComboBox, FileEdit
from napari.layers import Image
from qtpy.QtWidgets import QFileDialog, QVBoxLayout, QWidget
from superqt.utils import QSignalThrottler

from napari_grimace.errors import GrimaceError, VideoError
from napari_grimace.scales import list_scales, load_scale
from napari_grimace.widgets.cards import ModelChoice, device_choice
from napari_grimace.widgets.chamber_fields import ChamberFields
from napari_grimace.widgets.choices import ChoiceOrOwn
from napari_grimace.widgets.layers import browsed
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.plan import Plan, default_folder, found_at, recordings_in
from napari_grimace.widgets.rows import rows, section, wrapped_text
from napari_grimace.widgets.sampling import SamplingFields
from napari_grimace.widgets.settings import load_settings
from napari_grimace.widgets.subject import SubjectFields
from napari_grimace.widgets.words import READER_ASKED

if TYPE_CHECKING:
    from napari_grimace.widgets.desk import Desk
    from napari_grimace.widgets.settings import Settings

_NO_VIDEO = f"Drag a video file into the window {READER_ASKED}."
_TELL_EVERY = 200  # ms, while chambers are drawn
_SETTINGS = [("fast", "fast"), ("accurate (slower)", "accurate")]


class ScoreForm(QWidget):
    """Fields of "Score a recording".

    Parameters
    ----------
    desk
        Of the viewer that has the videos.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._default = ""
        settings = load_settings()
        self._make_fields(settings)
        self._make_models(settings)
        self.chambers = ChamberFields(desk, lambda: self.video.value)
        self.subject = SubjectFields()
        self._lay_out()
        self._connect()
        self.follow_layers()

    def plan(self) -> Plan:
        """Give what the form says.

        Raises
        ------
        VideoError
            If there is no video, the layer shows none, or the chambers do not serve.
        """
        layer = self.video.value
        if layer is None:
            raise VideoError(_NO_VIDEO)
        video = path_of(layer)
        folder = Path(self.folder.line_edit.value or default_folder(video))
        return Plan(
            video=video,
            recordings=recordings_in(folder, video, self.chambers.chambers(layer)),
            sampling=self.sampling.sampling,
            scale=self.scale.value,
            detector=self.detector.model,
            scorer=self.scorer.model,
            device=self.device.value,
            setting=self.setting.value,
            subject=self.subject.facts,
        )

    def follow_layers(self, _: Any = None) -> None:
        """Offer the layers that there are now."""
        for choice in (self.video, self.chambers.layer):
            chosen = choice.value
            choice.reset_choices()
            # A layer that got another name is still the same.
            if chosen in choice.choices:
                choice.value = chosen
        self._on_video()

    def _make_fields(self, settings: Settings) -> None:
        self.video = ComboBox(
            label="Video",
            choices=self._layers,
            tooltip="The video to score. Drag a video file into the window to have it "
            "listed here.",
        )
        titles = [(scale.title, scale.name) for scale in list_scales()]
        self.scale = ChoiceOrOwn(
            titles,
            "own file ...",
            self._ask_scale,
            label="Scale",
            value=settings.scale,
            tooltip="The grimace scale that suits your animals.",
        )
        self.sampling = SamplingFields(settings.rate)
        self.setting = ComboBox(
            label="Setting",
            choices=_SETTINGS,
            value=settings.setting,
            tooltip="How often each frame is looked at: once, or several times, which "
            "finds more faces and takes longer.",
        )
        self.folder = FileEdit(
            label="Save in",
            mode=FileDialogMode.EXISTING_DIRECTORY,
            tooltip="Folder for the recordings, which hold all scores and boxes.",
        )
        self.folder.choose_btn.text = "..."
        self.folder.choose_btn.max_width = 40

    def _make_models(self, settings: Settings) -> None:
        self.detector = ModelChoice(
            "detector", "The model that finds face, eyes and ears.", settings.detector
        )
        self.scorer = ModelChoice(
            "scorer", "The model that scores what was found.", settings.scorer
        )
        self.device = device_choice(settings.device)
        self.trained_on, self.place = wrapped_text(), wrapped_text()

    def _lay_out(self) -> None:
        sampling = self.sampling
        fields = (self.video, self.scale, sampling.chosen, sampling.span)
        models = (self.detector.both, self.scorer.both, self.device)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(rows(*fields, self.setting, self.folder))
        layout.addWidget(self.place.native)
        layout.addWidget(self.trained_on.native)
        layout.addWidget(section("Chambers", self.chambers.native))
        layout.addWidget(section("Animal", self.subject.native))
        layout.addWidget(section("Models and device", rows(*models)))
        layout.addStretch(1)

    def _connect(self) -> None:
        self.video.changed.connect(self._on_video)
        for changed in (
            self.scale.changed,
            self.detector.choice.changed,
            self.scorer.choice.changed,
        ):
            changed.connect(self._tell_training)
        self.folder.changed.connect(self.tell_place)
        # Each time it looks into every recording: a drag changes chambers more often.
        self._telling = QSignalThrottler(parent=self)
        self._telling.setTimeout(_TELL_EVERY)
        self._telling.triggered.connect(self.tell_place)
        self.chambers.changed.connect(self._telling.throttle)
        events = self._desk.viewer.layers.events
        emitters = [events.inserted, events.removed, events.reordered, events.renamed]
        for emitter in emitters:
            emitter.connect(self.follow_layers)

        def disconnect() -> None:
            for emitter in emitters:
                emitter.disconnect(follow)

        follow = self.follow_layers
        self.destroyed.connect(disconnect)

    def _layers(self, _: Any) -> list[tuple[str, Image]]:
        """Image layers, videos of ours first."""
        layers = [la for la in self._desk.viewer.layers if isinstance(la, Image)]
        layers.sort(key=lambda layer: browsed(layer) is None)
        return [(layer.name, layer) for layer in layers]

    def _ask_scale(self) -> tuple[str, str] | None:
        path, _ = QFileDialog.getOpenFileName(
            self, "File of a grimace scale", "", "Scales (*.toml)"
        )
        if not path:
            return None
        try:
            return load_scale(path).title, path
        except GrimaceError as error:
            tell(error)
            return None

    def _on_video(self) -> None:
        """Propose a folder, unless the user chose one."""
        layer = self.video.value
        if str(self.folder.line_edit.value) == self._default and layer is not None:
            try:
                self._default = str(default_folder(path_of(layer)))
            except VideoError:
                self._default = ""
            self.folder.line_edit.value = self._default
        self._tell_training()
        self.tell_place()

    def tell_place(self) -> None:
        """Say where the recordings go, and what is there already."""
        if not self.isEnabled():  # while it runs
            return
        layer = self.video.value
        try:
            plan = self.plan()
        except (GrimaceError, OSError) as problem:
            self.place.value = str(problem)
            return
        video = browsed(layer)
        attrs = None if video is None else video.source.attrs
        lines = [
            f"→ {path.name}{found_at(path, attrs, roi)}"
            for path, roi in plan.recordings.items()
        ]
        self.place.value = "\n".join(lines)
        self.place.tooltip = "\n".join(map(str, plan.recordings))

    def _tell_training(self) -> None:
        try:
            scale = load_scale(self.scale.value).name
            self.detector.scale = self.scorer.scale = scale
            cards = [self.detector.card, self.scorer.card]
        except GrimaceError as problem:
            self.trained_on.value = str(problem)
            return
        if None in cards:
            self.trained_on.value = (
                "No bundled model serves this scale: choose one of your own below."
            )
            return
        learned = dict.fromkeys(card.trained_on for card in cards if card)
        self.trained_on.value = (
            f"The models were trained on {', '.join(learned)}: see their cards below."
        )


def path_of(layer: Image) -> Path:
    """Give the file of the video that a layer shows.

    Raises
    ------
    VideoError
        If it shows none.
    """
    video = browsed(layer)
    path = layer.source.path if video is None else video.source.attrs["source_path"]
    if path is None or not Path(path).exists():
        raise VideoError(
            f"The layer {layer.name!r} is no video: drag the video file into the "
            f"window {READER_ASKED}, and choose it here."
        )
    return Path(path)
