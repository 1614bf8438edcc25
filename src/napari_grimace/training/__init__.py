"""Training on rendered faces, and measuring on renders and on real animals."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "command": ["iter_train_renders", "train_renders"],
        "detector_loop": ["DetectorPlan", "iter_train_detector"],
        "evaluate": ["evaluate_real"],
        "renders": ["iter_draw_renders"],
        "scorer_loop": ["ScorerPlan", "iter_train_scorer"],
    },
)
