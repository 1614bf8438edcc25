"""What the user set in napari's Preferences for this plugin."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    rater
        Name of the person who rates.
    advance
        Whether the next frame comes when the last unit is scored.
    spot_check
        Share of an annotator's frames that is drawn for an expert to check, 0 to 1.
    learners
        Folder of all learners; empty for the one in the user's folder.
    examples
        Set of a lab's own examples; empty for the one in the user's folder.
    keys
        Keys of the shortcuts that the user has changed, by their names.
    """

    scale: str = "mgs-black"
    detector: str = ""
    scorer: str = ""
    device: str = "auto"
    setting: str = "fast"
    rate: float = 1.0
    rater: str = ""
    advance: bool = True
    spot_check: float = 0.1
    learners: str = ""
    examples: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


def load_settings() -> Settings:
    """Read the settings; where napari has none for plugins, the defaults."""
    groups = _stored()
    told: dict[str, Any] = {}
    for group in ("scoring", "rating", "teaching"):
        told |= groups.get(group, {})
    names = [one.name for one in fields(Settings)]
    chosen = {name: told[name] for name in names if name in told}
    return Settings(**chosen, keys=groups.get("shortcuts", {}))


def _stored() -> dict[str, dict[str, Any]]:
    try:
        from napari.settings import get_plugin_settings
    except ImportError:  # napari before 0.9
        return {}
    try:
        groups = get_plugin_settings(PLUGIN)
    except KeyError:  # the plugin is disabled, or runs without its manifest
        return {}
    return {
        group: dict(getattr(groups, group, ()))
        for group in ("scoring", "rating", "teaching", "shortcuts")
    }
