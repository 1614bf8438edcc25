"""The detector's network: YOLO26 nano, built from its configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_grimace.errors import ModelError
from napari_grimace.models.guard import quiet_ultralytics

if TYPE_CHECKING:
    import torch

CONFIGURATION = "yolo26n.yaml"
STRIDE = 32


def build_network(classes: int, configuration: str = CONFIGURATION) -> torch.nn.Module:
    """Build the network with random weights.

    The one-to-many head alone is built: it learns faster from few images than the
    one-to-one head of the published model, and needs non-maximum suppression instead.

    Parameters
    ----------
    classes
        Number of classes.
    configuration
        Name of a configuration that ultralytics ships.

    Returns
    -------
    torch.nn.Module
        In training mode.

    Raises
    ------
    ModelError
        If ultralytics does not know the configuration.
    """
    with quiet_ultralytics():
        from ultralytics.nn import tasks
    # The package has no complete annotations.
    make: Any = tasks
    try:
        layout = make.yaml_model_load(configuration)
    except (FileNotFoundError, OSError) as error:
        raise ModelError(
            f"The network configuration {configuration!r} is not in the installed "
            "ultralytics. Update it: pip install -U ultralytics"
        ) from error
    layout["end2end"] = False
    network: torch.nn.Module = make.DetectionModel(layout, nc=classes, verbose=False)
    return network


def fused(network: Any) -> torch.nn.Module:
    """Put the network into inference form: convolutions fused with their norms."""
    import torch

    network.eval().requires_grad_(False)
    network.fuse(verbose=False)
    plain: torch.nn.Module = network.to(memory_format=torch.channels_last)
    return plain


def raw_outputs(
    network: Any, images: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Run the network, its body in reduced precision, its head in float32.

    Half precision moves box edges by pixels, so the head and the decoding of its
    distances stay in float32.

    Parameters
    ----------
    network
        From `build_network`.
    images
        (image, 3, y, x) float32 in 0..1, sides multiples of `STRIDE`.

    Returns
    -------
    tuple of torch.Tensor
        Boxes (image, anchor, 4) as x_min, y_min, x_max, y_max in pixels of the
        input, and class probabilities (image, anchor, class); float32.
    """
    import torch

    layers = network.model
    reduced = images.device.type in ("cpu", "cuda")
    kept: list[torch.Tensor | None] = []
    value: Any = images
    with torch.autocast(images.device.type, torch.bfloat16, enabled=reduced):
        for layer in layers[:-1]:
            value = layer(_inputs(layer, value, kept))
            kept.append(value if layer.i in network.save else None)
    head = layers[-1]
    features = [kept[index].float() for index in head.f]
    raw = head.forward_head(features, **head.one2many)
    return _decoded(raw, head), raw["scores"].permute(0, 2, 1).sigmoid()


def _inputs(layer: Any, value: Any, kept: list[Any]) -> Any:
    if layer.f == -1:
        return value
    if isinstance(layer.f, int):
        return kept[layer.f]
    return [value if index == -1 else kept[index] for index in layer.f]


def _decoded(raw: dict[str, Any], head: Any) -> torch.Tensor:
    """Boxes from distances to their anchors' four sides, in units of the stride."""
    import torch

    corners = []
    offset = 0
    distances = head.dfl(raw["boxes"]).permute(0, 2, 1)
    for feature, stride in zip(raw["feats"], head.stride.tolist(), strict=True):
        height, width = feature.shape[2:]
        y, x = torch.meshgrid(
            torch.arange(height, device=feature.device) + 0.5,
            torch.arange(width, device=feature.device) + 0.5,
            indexing="ij",
        )
        centre = torch.stack([x, y], dim=-1).reshape(-1, 2)
        part = distances[:, offset : offset + height * width]
        offset += height * width
        corners.append(
            torch.cat([centre - part[..., :2], centre + part[..., 2:]], -1) * stride
        )
    return torch.cat(corners, dim=1)
