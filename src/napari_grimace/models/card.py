"""Model cards: what a build is, what it was made from and how well it does."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from napari_grimace.errors import ModelError
from napari_grimace.files import written_whole

CARD = "card.toml"
WEIGHTS = "weights.safetensors"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a build is; stored as `card.toml` beside `weights.safetensors`.

    Attributes
    ----------
    name, version
        Of the build.
    kind
        `detector` or `scorer`.
    scales
        Names of the grimace scales that it serves.
    species, coats
        What it was made for.
    regions
        Regions that a detector finds.
    units
        Action units that a scorer scores.
    input
        What the network sees, in words.
    network
        Settings from which the network is built again; for a scorer also the
        temperature that calibrates each unit's probabilities.
    thresholds
        For each setting (`fast`, `accurate`) of a detector the confidence below which
        a find does not count, by detector class.
    trained_on
        In two words, shown with every output: `rendered faces`.
    training
        How it was trained, in words.
    date
        Of the training, ISO format.
    metrics
        For each stated set of images the measures taken on it.
    limits
        What it is not good for.
    licence
        Of the weights.
    sha256
        Of `weights.safetensors`.
    """

    name: str
    version: str
    kind: str
    scales: tuple[str, ...] = ()
    species: tuple[str, ...] = ()
    coats: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    input: str = ""
    network: dict[str, Any] = field(default_factory=dict)
    thresholds: dict[str, dict[str, float]] = field(default_factory=dict)
    trained_on: str = "rendered faces"
    training: str = ""
    date: str = ""
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    licence: str = ""
    sha256: str = ""

    @property
    def build(self) -> str:
        """Name, version and the start of the weights' hash: tells builds apart."""
        return f"{self.name} {self.version} ({self.sha256[:8]})"


def read_card(folder: str | Path) -> ModelCard:
    """Read the card of a build.

    Raises
    ------
    ModelError
        If there is no card, or it is not valid; names file and key.
    """
    path = Path(folder) / CARD
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder} is no model: it has no {CARD}. Give the folder that holds "
            f"{CARD} and {WEIGHTS}."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}.") from error
    return _checked(values, path)


def _checked(values: dict[str, Any], path: Path) -> ModelCard:
    known = {entry.name: str(entry.type) for entry in fields(ModelCard)}
    for key, value in values.items():
        if key not in known:
            raise ModelError(f"{path}: unknown key {key!r}. Remove it.")
        wanted = _python_type(known[key])
        if not isinstance(value, wanted):
            raise ModelError(
                f"{path}: {key!r} must be a {wanted.__name__}, not {value!r}."
            )
    for key in ("name", "version", "kind", "sha256"):
        if not values.get(key):
            raise ModelError(f"{path}: key {key!r} is missing. Add it.")
    if values["kind"] not in ("detector", "scorer"):
        raise ModelError(f"{path}: 'kind' must be detector or scorer.")
    lists = {key: tuple(v) for key, v in values.items() if isinstance(v, list)}
    return ModelCard(**{**values, **lists})


def _python_type(annotation: str) -> type:
    if annotation.startswith("tuple"):
        return list
    return dict if annotation.startswith("dict") else str


def write_card(card: ModelCard, folder: str | Path) -> Path:
    """Write `card.toml` into a folder; `read_card` gives an equal card back."""
    path = Path(folder) / CARD
    values = asdict(card)
    tables = {key: values.pop(key) for key in tuple(values) if _is_table(values[key])}
    lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
    for key, table in tables.items():
        lines += ["", *_table(key, table)]
    with written_whole(path) as aside:
        aside.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
    return path


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _table(name: str, table: dict[str, Any]) -> list[str]:
    plain = {key: value for key, value in table.items() if not _is_table(value)}
    lines = [f"[{name}]", *(f"{_key(k)} = {_toml(v)}" for k, v in plain.items())]
    for key, value in table.items():
        if _is_table(value):
            lines += ["", *_table(f"{name}.{_key(key)}", value)]
    return lines


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: Any) -> str:
    # TOML's strings, numbers, booleans and lists are JSON's.
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(entry) for entry in value) + "]"
    return json.dumps(value, ensure_ascii=False)
