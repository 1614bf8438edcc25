"""How well raters agree."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "gwet": ["agreement_coefficients", "fleiss_kappa", "gwet_ac"],
        "kappa": ["cohen_kappa"],
        "krippendorff": ["krippendorff_alpha"],
        "pairs": [
            "absolute_agreement",
            "bias",
            "confusion",
            "percent_agreement",
            "weighted_kappa",
        ],
        "ratings": ["as_ratings"],
        "targets": ["rated_targets"],
    },
)
