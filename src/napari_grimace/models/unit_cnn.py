"""The scorer's network: three parallel branches on the crop of one action unit.

The design is PainFace's (McCoy et al. 2024, doi:10.1097/j.pain.0000000000003187):
convolutions of 3 x 3, 5 x 5 and 7 x 7 side by side, their outputs concatenated, and a
head that classifies the level.
"""

from __future__ import annotations

import torch
from torch import nn

from napari_grimace.scales.regions import LEVELS

KERNELS = (3, 5, 7)


def _stage(before: int, after: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class UnitNetwork(nn.Module):
    """Levels of one action unit from grey crops.

    Parameters
    ----------
    width
        Channels of a branch's last convolution.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(
                _stage(1, width // 2, kernel, 2),
                nn.MaxPool2d(2),
                _stage(width // 2, width, kernel),
                nn.MaxPool2d(2),
            )
            for kernel in KERNELS
        )
        joined = width * len(KERNELS)
        self.head = nn.Sequential(
            _stage(joined, 2 * width, 3),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(2 * width * 16, 64),
            nn.ReLU(inplace=True),
            nn.Linear(64, len(LEVELS)),
        )

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """Give log-odds (crop, level) of crops (crop, 1, 64, 64)."""
        seen = torch.cat([branch(crops) for branch in self.branches], dim=1)
        levels: torch.Tensor = self.head(seen)
        return levels
