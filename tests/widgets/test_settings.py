"""Settings: napari's where they are, else the defaults."""

from pathlib import Path

import napari.settings
import pytest

import napari_grimace
from napari_grimace.widgets.settings import PLUGIN, Settings, load_settings

pytestmark = pytest.mark.skipif(
    not hasattr(napari.settings, "get_plugin_settings"),
    reason="before 0.9, napari has no settings of plugins",
)
MANIFEST = Path(napari_grimace.__file__).parent / "napari.yaml"


def test_without_the_manifest_they_are_the_defaults(plugin_settings) -> None:
    assert load_settings() == Settings()


def test_the_manifest_has_the_same_defaults(plugin_settings, npe2pm) -> None:
    npe2pm.register(str(MANIFEST))
    assert load_settings() == Settings()


def test_what_the_user_sets_is_read(plugin_settings, npe2pm) -> None:
    from napari.settings import get_plugin_settings

    npe2pm.register(str(MANIFEST))
    stored = get_plugin_settings(PLUGIN)
    stored.scoring.scale = "rgs"
    stored.scoring.rate = 0.1
    stored.shortcuts.next_frame = "Ctrl+N"
    assert load_settings() == Settings(scale="rgs", rate=0.1, next_frame="Ctrl+N")


def test_an_older_napari_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import napari.settings

    monkeypatch.delattr(napari.settings, "get_plugin_settings")
    assert load_settings() == Settings()
