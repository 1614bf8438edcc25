"""How many frames a recording needs."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "dependence": ["autocorrelation", "effective_sample_size"],
        "inaccuracy": ["sampling_inaccuracy"],
        "power": ["sampling_power"],
        "rates": ["means_by_rate"],
        "schemes": ["SCHEMES"],
        "smallest": ["sampling_text", "smallest_sample"],
    },
)
