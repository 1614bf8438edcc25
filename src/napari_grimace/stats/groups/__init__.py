"""Comparing groups of animals."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "anova": ["brown_forsythe_anova", "one_way_anova", "welch_anova"],
        "assumptions": ["check_assumptions"],
        "compare": ["Comparison", "compare_groups", "describe"],
        "effects": [
            "Effect",
            "cliffs_delta",
            "hedges_g",
            "hedges_g_paired",
            "rank_biserial",
        ],
        "equivalence": ["equivalence_test"],
        "explained": [
            "eta_squared",
            "omega_squared",
            "partial_eta_squared",
            "partial_omega_squared",
        ],
        "model_people": ["ModelAndPeople", "compare_model_with_people"],
        "multiplicity": ["adjust"],
        "posthoc": [
            "dunn",
            "dunnett",
            "dunnett_t3",
            "games_howell",
            "pairwise",
            "tukey",
        ],
        "ranks": ["kruskal_wallis", "mann_whitney", "wilcoxon_signed_rank"],
        "ttest": ["paired_t_test", "student_t_test", "welch_t_test"],
        "mixed": ["MixedModel", "mixed_model"],
        "ordinal": ["OrdinalModel", "ordinal_model"],
        "variances": ["FrameVariance", "frame_variance"],
        "permutation": ["permutation_test", "sign_flip_test"],
        "power": ["animals_needed", "simulate_power"],
    },
)
