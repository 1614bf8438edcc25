"""Agreement of raters, numbers of frames, distributions, groups, and their figures."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "distribution": [],
        "figures": [],
        "groups": [],
        "reliability": [
            "absolute_agreement",
            "bias",
            "bland_altman",
            "cohen_kappa",
            "confusion",
            "fleiss_kappa",
            "gwet_ac",
            "krippendorff_alpha",
            "percent_agreement",
            "rated_targets",
            "weighted_kappa",
        ],
        "sampling": [],
    },
)
