"""Figures of studies: each takes and returns axes."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "cells": ["draw_confusion", "draw_rater_matrix"],
        "distribution": [
            "draw_combinations",
            "draw_enrichment",
            "draw_qq",
            "draw_score_histogram",
            "draw_shape",
            "draw_share_at_score",
            "draw_state_shares",
        ],
        "groups": [
            "draw_effects",
            "draw_group_comparison",
            "draw_model_and_people",
            "draw_repeated_measures",
        ],
        "over_time": [
            "draw_change",
            "draw_dwell_times",
            "draw_time_course",
            "draw_transitions",
        ],
        "reliability": [
            "draw_against_others",
            "draw_bland_altman",
            "draw_differences",
            "draw_icc",
        ],
        "sampling": [
            "draw_autocorrelation",
            "draw_frames_with_all_units",
            "draw_rate_comparison",
            "draw_sampling_curve",
            "draw_sampling_power",
            "draw_schemes",
        ],
        "style": ["GROUP_COLOURS", "new_axes", "save_figure"],
    },
)
