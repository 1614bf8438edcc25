"""Train the detector on renders: one seeded loop that goes on where it stopped."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from napari_grimace.errors import ModelError
from napari_grimace.models.guard import quiet_ultralytics
from napari_grimace.models.store import find_build, read_weights
from napari_grimace.models.yolo import build_network
from napari_grimace.progress import Progress
from napari_grimace.scales.regions import DETECTOR_CLASSES
from napari_grimace.training.batches import Batch, RenderPool, iter_batches
from napari_grimace.training.checkpoint import (
    load_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

SIZES = ((160, 160), (192, 192), (224, 224), (256, 256), (224, 384))


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """Settings of a detector's training.

    Attributes
    ----------
    steps
        Batches in all.
    batch
        Images in a batch.
    sizes
        Heights and widths of the network's input, one drawn for each batch.
    rate
        Highest learning rate of AdamW; reached after `warm_up` steps, then falling
        with a cosine to a fiftieth.
    decay
        Weight decay of AdamW.
    average
        Decay of the running average of the weights, which is what is kept.
    seed
        Of the weights and of the batches.
    save_every
        Steps between checkpoints.
    """

    steps: int = 7500
    batch: int = 20
    sizes: tuple[tuple[int, int], ...] = SIZES
    rate: float = 2e-3
    warm_up: int = 300
    decay: float = 0.02
    average: float = 0.998
    seed: int = 0
    save_every: int = 200

    def rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        done = (step - self.warm_up) / max(self.steps - self.warm_up, 1)
        return self.rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


class _Training:
    """Network, running average, optimizer and loss of one training."""

    def __init__(self, plan: DetectorPlan) -> None:
        import torch

        torch.manual_seed(plan.seed)
        self.plan = plan
        self.step = 0
        network = build_network(len(DETECTOR_CLASSES))
        self.network = network.to(memory_format=torch.channels_last)
        self.average = {
            name: value.clone() for name, value in network.state_dict().items()
        }
        self.optimizer = _optimizer(self.network, plan)
        self.loss = _loss(self.network)

    def advance(self, batch: Batch) -> float:
        """Take one step; gives the loss per image."""
        import torch

        rate = self.plan.rate_at(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        images = torch.from_numpy(batch.image).permute(0, 3, 1, 2).float() / 255
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            raw = self.network(images)
        raw = {name: raw[name].float() for name in ("boxes", "scores")} | {
            "feats": raw["feats"]
        }
        loss = self.loss(raw, _targets(batch))[0].sum()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 10.0 * len(images))
        self.optimizer.step()
        self.step += 1
        self._follow()
        return float(loss.detach()) / len(images)

    def _follow(self) -> None:
        import torch

        # A short memory at first, so that the random start is soon forgotten.
        decay = min(self.plan.average, (1 + self.step) / (20 + self.step))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                kept = self.average[name]
                if kept.is_floating_point():
                    kept.lerp_(value, 1 - decay)
                else:
                    kept.copy_(value)

    def save(self, path: Path) -> None:
        tensors = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizer": optimizer_tensors(self.optimizer),
        }
        save_checkpoint(path, tensors, {"step": self.step, "plan": asdict(self.plan)})

    def load(self, path: Path) -> None:
        tensors, facts = load_checkpoint(path)
        self.network.load_state_dict(tensors["network"])
        self.average = tensors["average"]
        restore_optimizer(self.optimizer, tensors["optimizer"])
        self.step = facts["step"]

    def start_from(self, build: str | Path) -> None:
        """Begin with the weights of a build."""
        folder, card = find_build(build, "detector")
        self.network.load_state_dict(read_weights(folder, card))
        self.average = {
            name: value.clone() for name, value in self.network.state_dict().items()
        }


def _optimizer(network: torch.nn.Module, plan: DetectorPlan) -> torch.optim.Optimizer:
    import torch

    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": weights, "weight_decay": plan.decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.99))


def _loss(network: torch.nn.Module) -> Any:
    with quiet_ultralytics():
        from ultralytics.utils.loss import v8DetectionLoss
    network.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5)  # type: ignore[assignment]
    return v8DetectionLoss(network, tal_topk=10)


def _targets(batch: Batch) -> dict[str, torch.Tensor]:
    import torch

    size = torch.tensor([batch.image.shape[2], batch.image.shape[1]])
    edges = torch.from_numpy(batch.box)
    low, high = edges[:, [1, 0]] / size, edges[:, [3, 2]] / size
    return {
        "batch_idx": torch.from_numpy(batch.index).float(),
        "cls": torch.from_numpy(batch.kind).float(),
        "bboxes": torch.cat([(low + high) / 2, high - low], dim=1).float(),
    }


def iter_train_detector(
    renders: Sequence[str | Path],
    folder: str | Path,
    plan: DetectorPlan | None = None,
    *,
    start: str | Path | None = None,
) -> Iterator[Progress]:
    """Train a detector; goes on from `folder`'s checkpoint if there is one.

    Parameters
    ----------
    renders
        Folders of shards.
    folder
        Where `detector.safetensors` is kept.
    plan
        Settings; a checkpoint must have been made with the same.
    start
        Name or folder of a detector's build to begin with; by default from scratch.

    Yields
    ------
    Progress
        After each step, the loss in its message.

    Raises
    ------
    ModelError
        If there are no renders, the checkpoint was made with another plan, or there
        is no build to begin with.
    """
    plan = plan or DetectorPlan()
    pool = RenderPool(renders)
    if not len(pool):
        raise ModelError(f"No renders in {', '.join(map(str, renders))}. Draw some.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "detector.safetensors"
    training = _Training(plan)
    if path.exists():
        _check_plan(path, plan)
        training.load(path)
    elif start is not None:
        training.start_from(start)
    todo = range(training.step, plan.steps)
    for batch in iter_batches(pool, plan.batch, plan.sizes, plan.seed, todo):
        loss = training.advance(batch)
        if training.step % plan.save_every == 0 or training.step == plan.steps:
            training.save(path)
        yield Progress(training.step, plan.steps, f"detector: loss {loss:.3f}")


def _check_plan(path: Path, plan: DetectorPlan) -> None:
    made = load_checkpoint(path)[1]["plan"]
    made["sizes"] = tuple(map(tuple, made["sizes"]))
    if DetectorPlan(**made) != plan:
        raise ModelError(
            f"{path} was made with other settings. Train into another folder, or "
            "remove it to begin anew."
        )
