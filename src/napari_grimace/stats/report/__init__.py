"""A study on one page of HTML: groups, distributions, sampling and raters."""

from napari_grimace._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "choices": ["Choices", "main_rater"],
        "write": ["iter_write_study_report", "write_study_report"],
    },
)
