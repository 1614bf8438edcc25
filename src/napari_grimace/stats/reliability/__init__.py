"""How well raters agree."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "bands": ["BAND_CONVENTIONS", "verbal_band"],
        "by_unit": ["ratings_by_unit"],
        "event_pairs": ["event_agreement", "event_counts", "event_icc"],
        "events": ["check_events", "read_events"],
        "gwet": ["agreement_coefficients", "fleiss_kappa", "gwet_ac"],
        "icc": ["intraclass_correlation", "intraclass_correlation_by_unit"],
        "kappa": ["cohen_kappa"],
        "krippendorff": ["krippendorff_alpha"],
        "labs": ["intra_inter_lab"],
        "limits": ["bland_altman"],
        "more_raters": ["raters_needed", "spearman_brown"],
        "occasions": ["intra_rater"],
        "others": ["against_others", "describe_against_others"],
        "pairs": [
            "absolute_agreement",
            "bias",
            "confusion",
            "percent_agreement",
            "weighted_kappa",
        ],
        "raters": ["rater_bias", "rater_matrix"],
        "ratings": ["as_ratings"],
        "sem": ["measurement_error"],
        "targets": ["differences", "rated_targets"],
        "variance": ["decision_study", "variance_components"],
    },
)
