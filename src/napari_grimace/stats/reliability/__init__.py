"""How well raters agree."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "pairs": [
            "absolute_agreement",
            "bias",
            "confusion",
            "percent_agreement",
            "weighted_kappa",
        ],
        "ratings": ["as_ratings", "rated_targets"],
    },
)
