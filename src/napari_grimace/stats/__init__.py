"""Agreement of raters, numbers of frames, distributions, groups, and their figures."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "distribution": [],
        "figures": [],
        "groups": [],
        "reliability": [
            "BAND_CONVENTIONS",
            "absolute_agreement",
            "against_others",
            "bias",
            "bland_altman",
            "cohen_kappa",
            "confusion",
            "decision_study",
            "fleiss_kappa",
            "gwet_ac",
            "intra_inter_lab",
            "intra_rater",
            "intraclass_correlation",
            "intraclass_correlation_by_unit",
            "krippendorff_alpha",
            "measurement_error",
            "percent_agreement",
            "rated_targets",
            "rater_bias",
            "rater_matrix",
            "raters_needed",
            "ratings_by_unit",
            "spearman_brown",
            "variance_components",
            "verbal_band",
            "weighted_kappa",
        ],
        "sampling": [],
    },
)
