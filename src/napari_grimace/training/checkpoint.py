"""Where a training stands, in one safetensors file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_grimace.files import written_whole

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    State = dict[str, dict[str, torch.Tensor]]


def save_checkpoint(path: Path, tensors: State, facts: dict[str, Any]) -> None:
    """Write groups of tensors, and facts that JSON can hold, whole or not at all."""
    from safetensors.torch import save_file

    flat = {
        f"{group}/{name}": value.detach().contiguous()
        for group, values in tensors.items()
        for name, value in values.items()
    }
    with written_whole(path) as aside:
        save_file(flat, aside, metadata={"facts": json.dumps(facts)})


def load_checkpoint(path: Path) -> tuple[State, dict[str, Any]]:
    """Read what `save_checkpoint` wrote."""
    from safetensors import safe_open

    tensors: State = {}
    with safe_open(path, "pt") as stored:
        facts = json.loads(stored.metadata()["facts"])
        for key in stored.keys():  # noqa: SIM118 - not a mapping
            group, name = key.split("/", 1)
            # A copy: the file stays mapped otherwise, and could not be replaced.
            tensors.setdefault(group, {})[name] = stored.get_tensor(key).clone()
    return tensors, facts


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """State of an optimizer as named tensors."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": value
        for number, values in state.items()
        for name, value in values.items()
    }


def restore_optimizer(
    optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]
) -> None:
    """Put back what `optimizer_tensors` gave."""
    whole = optimizer.state_dict()
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = value
    whole["state"] = state
    optimizer.load_state_dict(whole)
