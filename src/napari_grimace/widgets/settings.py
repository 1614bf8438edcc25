"""What the user set in napari's Preferences for this plugin."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

PLUGIN = "napari-grimace"


@dataclass(frozen=True)
class Settings:
    """What forms begin with, and the shortcuts.

    Attributes
    ----------
    scale
        Name of a grimace scale.
    detector, scorer
        Name or folder of a model; empty for the bundled one.
    device
        `auto`, `cpu`, `cuda` or `mps`.
    setting
        `fast` or `accurate`.
    rate
        Frames per second of video.
    next_frame, previous_frame
        Keys that go to the next analysed frame, and to the one before.
    """

    scale: str = "mgs-black"
    detector: str = ""
    scorer: str = ""
    device: str = "auto"
    setting: str = "fast"
    rate: float = 1.0
    next_frame: str = "Alt+Right"
    previous_frame: str = "Alt+Left"


def load_settings() -> Settings:
    """Read the settings; where napari has none for plugins, the defaults."""
    stored = _stored()
    names = [field.name for field in fields(Settings)]
    return Settings(**{name: stored[name] for name in names if name in stored})


def _stored() -> dict[str, Any]:
    try:
        from napari.settings import get_plugin_settings
    except ImportError:  # napari before 0.9
        return {}
    try:
        groups = get_plugin_settings(PLUGIN)
    except KeyError:  # the plugin is disabled, or runs without its manifest
        return {}
    return {
        name: value
        for group in ("scoring", "shortcuts")
        for name, value in dict(getattr(groups, group, ())).items()
    }
