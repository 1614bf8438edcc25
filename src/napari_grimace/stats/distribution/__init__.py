"""How scores are distributed within animals, by group and over time."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "animals": ["group_means"],
        "combinations": ["unit_combinations"],
        "course": ["change_from_baseline", "time_bins", "time_course"],
        "dwelling": ["bouts", "dwell_survival", "dwell_times", "transitions"],
        "enrichment": ["combination_enrichment"],
        "shape": ["qq_points", "score_shape"],
        "shares": ["score_histogram", "share_at_score", "state_shares"],
    },
)
