"""Detectors and scorers behind two small protocols, and their model cards."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "card": ["ModelCard"],
        "device": ["default_device"],
        "protocols": ["Detections", "Detector", "Scorer", "Setting"],
        "store": ["list_models", "load_detector", "load_scorer"],
        "units": ["combine"],
    },
)
