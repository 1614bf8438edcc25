"""Settings: napari's where they are, else the defaults."""

from dataclasses import replace
from pathlib import Path

import napari.settings
import pytest

import napari_grimace
from napari_grimace.widgets.key_help import help_words
from napari_grimace.widgets.keys import SHORTCUTS, is_key, shortcut
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
    told = load_settings()
    assert replace(told, keys={}) == Settings()
    assert told.keys == {one.name: one.default for one in SHORTCUTS}


def test_every_key_is_one_and_serves_once() -> None:
    keys = [one.default for one in SHORTCUTS]
    assert len(set(keys)) == len(keys)
    assert all(is_key(key) for key in keys)


def test_a_key_can_be_changed_and_left_out_and_misspelt(plugin_settings, npe2pm):
    from napari.settings import get_plugin_settings

    npe2pm.register(str(MANIFEST))
    stored = get_plugin_settings(PLUGIN).shortcuts
    stored.next_wanted, stored.flag, stored.draw = "Ctrl+N", "", "Alt+Rihgt"
    assert shortcut("next_wanted").key == "Ctrl+N"
    assert shortcut("flag").key == ""
    assert shortcut("draw").key == "D"
    assert "Alt+Rihgt" in help_words()


def test_what_the_user_sets_is_read(plugin_settings, npe2pm) -> None:
    from napari.settings import get_plugin_settings

    npe2pm.register(str(MANIFEST))
    stored = get_plugin_settings(PLUGIN)
    stored.scoring.scale = "rgs"
    stored.scoring.rate = 0.1
    stored.rating.rater = "Anna"
    told = replace(load_settings(), keys={})
    assert told == Settings(scale="rgs", rate=0.1, rater="Anna")


def test_an_older_napari_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import napari.settings

    monkeypatch.delattr(napari.settings, "get_plugin_settings")
    assert load_settings() == Settings()
