"""Train the scorer: small networks, one for each action unit, on crops of renders."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import ModelError
from napari_grimace.models.crops import normalised
from napari_grimace.progress import Progress
from napari_grimace.scales.regions import LEVELS
from napari_grimace.training.checkpoint import (
    load_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from napari_grimace.training.crops import (
    NETWORKS,
    UnitCrops,
    jittered,
    unit_crops,
    unit_of,
)
from napari_grimace.training.renders import shard_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SIDED = ("orbital", "ear")


@dataclass(frozen=True, slots=True)
class ScorerPlan:
    """Settings of a scorer's training.

    Attributes
    ----------
    steps, batch
        Batches for each network, and crops in a batch.
    rate
        Highest learning rate of Adam; one rise and one fall.
    width
        Channels of a branch of the network.
    seed
        Of the weights and of the batches.
    save_every
        Steps between checkpoints.
    """

    steps: int = 2000
    batch: int = 96
    rate: float = 2e-3
    width: int = 32
    seed: int = 0
    save_every: int = 250

    def rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        done = (step + 1) / self.steps
        if done < 0.15:
            return self.rate * done / 0.15
        return self.rate * 0.5 * (1.001 + math.cos(math.pi * (done - 0.15) / 0.85))


class _UnitTraining:
    """One of `NETWORKS` and its optimizer."""

    def __init__(self, plan: ScorerPlan, name: str, crops: UnitCrops) -> None:
        import torch

        from napari_grimace.models.unit_cnn import UnitNetwork

        torch.manual_seed(plan.seed + NETWORKS.index(name))
        self.plan, self.name, self.crops = plan, name, crops
        self.step = 0
        network = UnitNetwork(plan.width)
        self.network = network.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=plan.rate, weight_decay=1e-5
        )
        count = np.bincount(crops.level, minlength=len(LEVELS)).astype(float)
        # Rare levels count more, but not in full: the balance of the renders is
        # roughly what probabilities are calibrated for.
        balance = (count.sum() / np.maximum(count, 1) / len(LEVELS)) ** 0.5
        self.loss = torch.nn.NLLLoss(torch.tensor(balance, dtype=torch.float32))

    def batch(self, step: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        seed = (self.plan.seed, NETWORKS.index(self.name), step)
        rng = np.random.default_rng(seed)
        chosen = rng.integers(len(self.crops.level), size=self.plan.batch)
        mirror = unit_of(self.name) not in SIDED
        images = jittered(self.crops.image[chosen], rng, mirror=mirror)
        return normalised(images)[:, None], self.crops.level[chosen]

    def advance(self, images: NDArray[np.float32], levels: NDArray[np.int64]) -> float:
        import torch

        torch.manual_seed(self.plan.seed * 1_000_003 + self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate_at(self.step)
        self.network.train()
        crops = torch.from_numpy(images).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            odds = self.network(crops)
        loss = self.loss(odds.float().log_softmax(-1), torch.from_numpy(levels))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.step += 1
        return float(loss.detach())

    def save(self, path: Path) -> None:
        tensors = {
            "network": self.network.state_dict(),
            "optimizer": optimizer_tensors(self.optimizer),
        }
        save_checkpoint(path, tensors, {"step": self.step, "plan": asdict(self.plan)})

    def load(self, path: Path) -> None:
        tensors, facts = load_checkpoint(path)
        self.network.load_state_dict(tensors["network"])
        restore_optimizer(self.optimizer, tensors["optimizer"])
        self.step = facts["step"]


def iter_train_scorer(
    renders: Sequence[str | Path],
    folder: str | Path,
    plan: ScorerPlan | None = None,
    networks: Sequence[str] = NETWORKS,
) -> Iterator[Progress]:
    """Train networks of a scorer; goes on from their checkpoints.

    Parameters
    ----------
    renders
        Folders of shards.
    folder
        Where `scorer_NETWORK.safetensors` are kept.
    plan
        Settings; checkpoints must have been made with the same.
    networks
        Which of `NETWORKS`.

    Yields
    ------
    Progress
        After each step, network and loss in its message.

    Raises
    ------
    ModelError
        If there are no renders, or a checkpoint was made with another plan.
    """
    plan = plan or ScorerPlan()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [path for one in renders for path in shard_paths(one)]
    if not paths:
        raise ModelError(f"No renders in {', '.join(map(str, renders))}. Draw some.")
    for number, name in enumerate(networks):
        path = folder / f"scorer_{name}.safetensors"
        if _steps_done(path, plan) >= plan.steps:
            continue
        training = _UnitTraining(plan, name, unit_crops(paths, name))
        if path.exists():
            training.load(path)
        for loss in _steps(training, path):
            done = number * plan.steps + training.step
            yield Progress(done, len(networks) * plan.steps, f"{name}: loss {loss:.3f}")


def _steps_done(path: Path, plan: ScorerPlan) -> int:
    if not path.exists():
        return 0
    facts = load_checkpoint(path)[1]
    if facts["plan"] != asdict(plan):
        raise ModelError(
            f"{path} was made with other settings. Train into another folder, or "
            "remove it to begin anew."
        )
    return int(facts["step"])


def _steps(training: _UnitTraining, path: Path) -> Iterator[float]:
    plan = training.plan
    with ThreadPoolExecutor(1) as worker:
        waiting = worker.submit(training.batch, training.step)
        while training.step < plan.steps:
            images, levels = waiting.result()
            waiting = worker.submit(training.batch, training.step + 1)
            loss = training.advance(images, levels)
            if training.step % plan.save_every == 0 or training.step == plan.steps:
                training.save(path)
            yield loss
